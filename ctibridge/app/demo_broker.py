"""An MQTT broker inside the demo's own process, on this machine only: never for production."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class DemoExtraMissingError(Exception):
    """The broker is an optional part of the installation."""

    def __init__(self) -> None:
        super().__init__("the demo needs its embedded broker: pip install 'ctibridge[demo]'")


@asynccontextmanager
async def embedded_broker(port: int, websocket_port: int, access_list: str) -> AsyncIterator[None]:
    """Run amqtt (MQTT 3.1.1) on 127.0.0.1, by TCP and WebSocket, within the context.

    Those whom the access list names may do what it says, with any password; without a name everything is open.
    """
    try:
        from ctibridge.app.demo_access import DemoAccounts, DemoBroker, DemoRights, rights_of  # noqa: PLC0415 - optional
    except ImportError as error:
        raise DemoExtraMissingError from error
    # It reports every refused CONNECT as an error, and ours with MQTT 5 is meant to be refused.
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    rights = rights_of(access_list)
    broker = DemoBroker(
        {
            "listeners": {
                "default": {"type": "tcp", "bind": f"127.0.0.1:{port}"},
                "websocket": {"type": "ws", "bind": f"127.0.0.1:{websocket_port}"},
            },
            "plugins": {
                f"{DemoAccounts.__module__}.{DemoAccounts.__name__}": {"users": list(rights)},
                f"{DemoRights.__module__}.{DemoRights.__name__}": {"rights": rights},
            },
        }
    )
    await broker.start()
    try:
        yield
    finally:
        await broker.shutdown()
