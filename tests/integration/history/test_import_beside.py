"""Old files are imported while the bridge works: it goes on, nothing waits for long, and no call is stored twice."""

import asyncio
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.queue_log_maker import lines
from tests.integration.history.stored import figures
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import Bridge
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, seeded
from tests.servers.mosquitto import Mosquitto
from tests.servers.queue_log import judged
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(180)]

OLD_CALLS = 20_000


async def test_a_year_is_imported_beside_the_running_bridge(
    asterisk: Asterisk, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    old = tmp_path / "queue_log.1"
    others = re.sub(r"\|(sales|support)\|", r"|old-\1|", "".join(lines(OLD_CALLS, days=365)))
    old.write_text(others.replace("|PJSIP/1", "|PJSIP/9"))
    with Bridge(ami_port=asterisk.port, mqtt_port=mosquitto.port, queue_log=asterisk.queue_log) as bridge:
        await asyncio.to_thread(bridge.wait_ready)
        store = bridge.folder / "ctibridge.db"
        async with stage_on(asterisk) as stage:
            run = asyncio.create_task(play(stage, seeded(43, calls=40, agents=6, seconds=25.0), overflow=OVERFLOW))
            await asyncio.to_thread(_import, bridge, old)
            while not run.done():  # The day's own file, again and again, while both write the same calls.
                await asyncio.to_thread(_import, bridge, asterisk.queue_log)
                await asyncio.sleep(1)
            await run
        try:
            await eventually(lambda: _differing(store, asterisk) == [], "equal rows", 45, interval=1.0)
        finally:
            print(_differing(store, asterisk))  # noqa: T201 - what differs, if anything
        await asyncio.to_thread(bridge.wait_ready)
        bridge.stop()
        errors = [line for line in bridge.log.splitlines() if '"error"' in line or "Traceback" in line]
        assert errors == []

    a_year_ago = "SELECT count(*) FROM calls WHERE joined_at < 1767225600"
    assert _count(store, a_year_ago) == OLD_CALLS
    twice = "SELECT count(*) FROM calls AS a JOIN calls AS b USING (pbx, queue, call) WHERE a.stay < b.stay"
    assert _count(store, f"{twice} AND abs(a.joined_at - b.joined_at) < 1") == 0


def _differing(store: Path, asterisk: Asterisk) -> list[object]:
    return [row for row in figures(store, judged(asterisk.queue_log)) if row[2] != row[3]]


def _count(store: Path, query: str) -> int:
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


def _import(bridge: Bridge, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", "ctibridge", "import-queue-log", "-c", str(bridge.folder / "ctibridge.toml")]
    done = subprocess.run([*command, *map(str, arguments)], check=False, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
