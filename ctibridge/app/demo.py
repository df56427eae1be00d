"""`ctibridge demo`: the daemon itself, on a broker inside this process and a simulated PBX."""

import asyncio
import secrets
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from rich.console import Console

from ctibridge.app import demo_site
from ctibridge.app.acl_command import access_list_of
from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration
from ctibridge.app.daemon import Daemon, prepared
from ctibridge.app.demo_broker import embedded_broker
from ctibridge.app.ports import first_free_port, is_free
from ctibridge.app.watch import Watch, watch_until
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.outputs.history.settings import StoreSettings
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.web.settings import HttpSettings
from ctibridge.outputs.web.words import Words
from ctibridge.simulator.demo_centre import FIRST_AGENT, demo_centre
from ctibridge.simulator.server import SimulatedPbx

WEB_PORT: Final = 8080
MQTT_PORT: Final = 11883
WEBSOCKET_PORT: Final = 19001
USERNAME: Final = "demo"


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    port: int | None = None
    """Web port; ``None`` takes 8080 or the next free one."""
    agents: int = 12
    speed: float = 1.0
    """How many times faster than life the callers and agents are."""


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """Where the demo listens."""

    web: int
    mqtt: int
    websocket: int


class PortTakenError(Exception):
    """The port that was asked for is in use."""

    def __init__(self, port: int) -> None:
        super().__init__(f"--port: 127.0.0.1:{port} is in use; name another, or leave --port out to get a free one")


async def run_demo(options: DemoOptions, words: Words, stop: asyncio.Event) -> None:
    """Run until ``stop`` is set."""
    ports = Ports(
        web=_web_port(options.port), mqtt=first_free_port(MQTT_PORT), websocket=first_free_port(WEBSOCKET_PORT)
    )
    secret = secrets.token_hex(8)
    pbx = SimulatedPbx(
        demo_centre(options.agents),
        clock=BridgeClock().now,
        username=USERNAME,
        secret=secret,
        speed=options.speed,
    )
    with TemporaryDirectory(prefix="ctibridge-demo-") as folder:
        async with pbx:
            configuration = _configuration(options, ports, AmiSettings(
                name="demo", port=pbx.port, username=USERNAME, secret=secret
            ), StoreSettings(url=f"sqlite:///{folder}/demo.db"))  # fmt: skip
            watch = Watch(configuration.mqtt[0], words, configuration.site.zone(), _addresses(configuration))
            access_list = access_list_of(configuration)
            async with embedded_broker(ports.mqtt, ports.websocket, access_list), prepared(configuration) as daemon:
                await _show(daemon, watch, stop)


async def _show(daemon: Daemon, watch: Watch, stop: asyncio.Event) -> None:
    """Run the daemon, and the table as soon as it listens."""
    is_listening = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(daemon.run(stop, lambda _host, _port: is_listening.set()), name="demo.daemon")
        await is_listening.wait()
        _announce(watch.heading)
        await watch_until(watch, stop)


def _web_port(asked: int | None) -> int:
    if asked is None:
        return first_free_port(WEB_PORT)
    if asked and not is_free(asked):
        raise PortTakenError(asked)
    return asked or first_free_port(0)


def _configuration(options: DemoOptions, ports: Ports, ami: AmiSettings, store: StoreSettings) -> Configuration:
    """A site as a user would configure it: teams, people, limits, labels."""
    agents = [str(FIRST_AGENT + number) for number in range(options.agents)]
    return Configuration(
        pbx=(ami,),
        mqtt=(MqttSettings(port=ports.mqtt, protocol="3.1.1", websocket_url=f"ws://127.0.0.1:{ports.websocket}"),),
        http=HttpSettings(port=ports.web),
        store=store,
        defaults=demo_site.defaults(options.speed),
        queues=demo_site.queues(),
        pause_reasons=demo_site.pause_reasons(options.speed),
        teams=demo_site.teams(agents),
        users=demo_site.users(agents),
    )


def _addresses(configuration: Configuration) -> tuple[str, ...]:
    mqtt, web = configuration.mqtt[0], f"http://127.0.0.1:{configuration.http.port}"
    return (
        f"web {web}/   floor {web}/floor   agent {web}/agent",
        f"sign in as supervisor, leader or inspector on the floor, as {FIRST_AGENT} for the agent's page; any password",
        f"MQTT 127.0.0.1:{mqtt.port}   WebSocket {mqtt.websocket_url}   AMI 127.0.0.1:{configuration.pbx[0].port}",
        f"try: mosquitto_sub -p {mqtt.port} -t '{mqtt.base}/#' -v      stop with Ctrl-C",
    )


def _announce(addresses: Sequence[str]) -> None:
    console = Console()
    console.print("[bold]ctibridge demo[/]: a simulated PBX, an embedded broker, and the daemon between them")
    if not console.is_terminal:
        for line in addresses:
            console.out(f"  {line}", highlight=False)
