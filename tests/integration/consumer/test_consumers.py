"""The reference consumers miss nothing that the bridge still has, and say what it has not."""

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import aiohttp
import pytest

from ctibridge.app.events_api import EventsApi
from ctibridge.domain.picture import Picture
from ctibridge.outputs.mqtt import outbox as module
from ctibridge.outputs.mqtt.outbox import OutboxLimits
from ctibridge.outputs.web.api import samples
from ctibridge.outputs.web.api.events import EventLog
from ctibridge.outputs.web.api.examples import SampleProvider
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings
from tests.integration.mqtt.kept_desk import PLENTY, KeptDesk, kept_desk
from tests.servers.available import requires_program
from tests.servers.cuttable import Cuttable
from tests.servers.mosquitto import Mosquitto
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.mosquitto, pytest.mark.timeout(180)]

EXAMPLES = Path(__file__).parents[3] / "examples" / "consumer"
INSTALL_SECONDS = 120


class Served(SampleProvider):
    """The samples' PBX with the desk's events."""

    def __init__(self, desk: KeptDesk) -> None:
        self._log = EventsApi([SimpleNamespace(name="pbx1", outbox=desk.outbox)])  # type: ignore[list-item]

    @property
    def events(self) -> EventLog | None:
        return self._log

    def pictures(self) -> Mapping[str, Picture]:
        return {"pbx1": samples.picture()}


@contextlib.asynccontextmanager
async def site(folder: Path, limits: OutboxLimits = PLENTY) -> AsyncIterator[tuple[KeptDesk, Cuttable, str]]:
    """A desk that publishes, the link over which consumers listen, and where they can ask."""
    requires_program("mosquitto")
    with Mosquitto() as broker:
        async with (
            kept_desk(folder, [broker.port], limits) as desk,
            Cuttable(broker.port) as link,
            serving(HttpSettings(port=0), Served(desk)) as (host, port),
        ):
            await desk.until_delivered()
            yield desk, link, f"http://{host}:{port}"


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JavaScript consumer with what its lock file names."""
    requires_program("node", "npm")
    folder = tmp_path_factory.mktemp("consumer")
    for name in ("package.json", "package-lock.json", "consumer.mjs"):
        shutil.copy(EXAMPLES / name, folder)
    try:
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True,
            timeout=INSTALL_SECONDS,
        )  # fmt: skip
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm cannot install mqtt.js here: {error}")
    return folder


@pytest.fixture(params=["python", "javascript"])
def command(request: pytest.FixtureRequest) -> list[str]:
    if request.param == "python":
        return [sys.executable, str(EXAMPLES / "consumer.py")]
    return ["node", str(request.getfixturevalue("node_folder") / "consumer.mjs")]


class Consuming:
    """A consumer at work; what it printed."""

    def __init__(self, command: list[str], link: Cuttable, api: str, position: Path) -> None:
        broker = ["--port", str(link.port)] if command[0] != "node" else ["--broker", f"mqtt://127.0.0.1:{link.port}"]
        self._command = [*command, *broker, "--api", api, "--position", str(position)]
        self._process: asyncio.subprocess.Process | None = None
        self._reading: list[asyncio.Task[None]] = []
        self.lines: list[str] = []
        self.complaints: list[str] = []

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=pipe, stderr=pipe)
        for stream, into in ((self._process.stdout, self.lines), (self._process.stderr, self.complaints)):
            self._reading.append(asyncio.create_task(_read(stream, into)))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await asyncio.wait(self._reading)

    @property
    def sequences(self) -> list[int]:
        return [int(line.split()[0]) for line in self.lines]

    async def until(self, newest: int) -> None:
        def says() -> bool:
            assert self._process is not None
            assert self._process.returncode is None, self.complaints
            return self.sequences[-1:] == [newest]

        await eventually(says, f"event {newest}", 30, 0.05)


async def _read(stream: asyncio.StreamReader | None, into: list[str]) -> None:
    assert stream is not None
    while line := await stream.readline():
        into.append(line.decode().rstrip())


async def listening(consuming: Consuming, desk: KeptDesk) -> None:
    """The first start takes what is for known; then it hears."""
    for _ in range(100):
        desk.calls(1)
        await asyncio.sleep(0.1)
        if consuming.lines:
            return
    pytest.fail(f"the consumer hears nothing: {consuming.complaints}")


async def test_what_was_missed_is_asked_for_and_handled_in_order(tmp_path: Path, command: list[str]) -> None:
    """The link is cut, and then the consumer itself is killed, while events go on."""
    async with site(tmp_path) as (desk, link, api):
        async with Consuming(command, link, api, tmp_path / "position") as one:
            await listening(one, desk)
            first = one.sequences[0]
            for _ in range(3):
                await link.cut(refuse=True)
                desk.calls(40)
                await desk.outbox.flush()
                link.mend()
                desk.calls(2)
                await one.until(desk.journal.sequence)
            handled = one.sequences
            assert not any("lost" in line for line in one.complaints)
        desk.calls(700)
        async with Consuming(command, link, api, tmp_path / "position") as one:
            await one.until(desk.journal.sequence)
            handled += one.sequences
    assert handled == list(range(first, desk.journal.sequence + 1))


async def test_what_is_not_kept_any_more_is_said_and_the_rest_handled(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRUNE_EVERY", 50)
    monkeypatch.setattr(module, "MOST_RECENT", 10)
    async with site(tmp_path, OutboxLimits(events=100, size=1 << 30, age=1e9)) as (desk, link, api):
        async with Consuming(command, link, api, tmp_path / "position") as one:
            await listening(one, desk)
            await one.until(desk.journal.sequence)
        last = desk.journal.sequence
        for _ in range(10):
            desk.calls(50)
            await desk.until_delivered()
        await eventually(lambda: desk.outbox.oldest == last + 401, "old events to go")
        async with Consuming(command, link, api, tmp_path / "position") as one:
            await one.until(desk.journal.sequence)
            assert f"events {last + 1} to {last + 400} are lost" in one.complaints
            assert one.sequences == list(range(last + 401, last + 501))


async def test_the_api_gives_pages_and_says_what_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PRUNE_EVERY", 50)
    monkeypatch.setattr(module, "MOST_RECENT", 10)
    async with site(tmp_path, OutboxLimits(events=100, size=1 << 30, age=1e9)) as (desk, _, api):
        for _ in range(6):
            desk.calls(50)
            await desk.until_delivered()
        await eventually(lambda: desk.outbox.oldest == 202, "old events to go")
        async with aiohttp.ClientSession() as session:

            async def ask(**query: str | int) -> tuple[int, Any]:
                async with session.get(f"{api}/api/v1/pbx1/events", params=query) as answer:
                    return answer.status, await answer.json(content_type=None)

            status, page = await ask(after="00000000000000000250", limit=20)
            assert (status, page["next"], page["oldest"], page["newest"]) == (200, 270, 202, 301)
            assert [int(event["sequence"]) for event in page["events"]] == list(range(251, 271))
            assert page["events"][0]["data"]["caller"]["number"] == "***567"
            status, page = await ask(after=290)
            assert (len(page["events"]), page["next"]) == (11, None)
            status, page = await ask(limit=1)
            assert page["events"][0]["id"] == "7-00000000000000000202"
            status, problem = await ask(after=200)
            assert (status, problem["parameter"], problem["expected"]) == (410, "after", "at least 201")
            status, problem = await ask(after=250, epoch=6)
            assert (status, problem["parameter"]) == (410, "epoch")
            assert (await ask(after=-1))[0] == 400
