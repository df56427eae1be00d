"""An MQTT broker inside the demo's own process, on this machine only: never for production."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

ANONYMOUS: Final = "amqtt.plugins.authentication.AnonymousAuthPlugin"


class DemoExtraMissingError(Exception):
    """The broker is an optional part of the installation."""

    def __init__(self) -> None:
        super().__init__("the demo needs its embedded broker: pip install 'ctibridge[demo]'")


@asynccontextmanager
async def embedded_broker(port: int, websocket_port: int) -> AsyncIterator[None]:
    """Run amqtt (MQTT 3.1.1) on 127.0.0.1, by TCP and WebSocket, within the context."""
    try:
        from amqtt.broker import Broker  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        raise DemoExtraMissingError from error
    # It reports every refused CONNECT as an error, and ours with MQTT 5 is meant to be refused.
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    broker = Broker(
        {
            "listeners": {
                "default": {"type": "tcp", "bind": f"127.0.0.1:{port}"},
                "websocket": {"type": "ws", "bind": f"127.0.0.1:{websocket_port}"},
            },
            "plugins": {ANONYMOUS: {"allow_anonymous": True}},
        }
    )
    await broker.start()
    try:
        yield
    finally:
        await broker.shutdown()
