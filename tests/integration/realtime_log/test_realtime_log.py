"""queue_log in a table instead of a file: through a gap of AMI and one of the database no figure differs."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol

import pytest

from tests.integration.seeded_run.figures import Row, rows, state_differences, table
from tests.servers.asterisk import Asterisk
from tests.servers.available import requires_asterisk
from tests.servers.bridge import Bridge
from tests.servers.cuttable import Cuttable
from tests.servers.driver import play
from tests.servers.load import OVERFLOW, seeded
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgresql import ADMINISTRATOR, PASSWORD, Postgresql, installed
from tests.servers.queue_log import judged
from tests.servers.queue_show import shown
from tests.servers.stage import stage_on
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(300)]

POLICY: Final = "[defaults]\nwrap_up = 1\nservice_level_threshold = 5\n"
SHIPPED: Final = Path(__file__).resolve().parents[3] / "config" / "asterisk"
COLUMNS: Final = "time, callid, queuename, agent, event, data1, data2, data3, data4, data5"


class Place(Protocol):
    """A database that Asterisk writes its queue_log into, beside the file that judges."""

    def configuration(self) -> Mapping[str, str]:
        """Files for Asterisk."""

    def open(self, asterisk: Asterisk) -> str:
        """Make the table, let Asterisk use it, and return what ``queue_log`` is set to."""

    def leave(self) -> None:
        """The database cannot be reached."""

    def come_back(self) -> None:
        """It can be again."""

    def settings(self) -> str:
        """Further keys of ``[[pbx]]``."""


class InSqlite:
    """A file below Asterisk's own folder; the bridge knows it by a link, for Asterisk writes no file that was moved."""

    path = Path()
    link = Path()

    def configuration(self) -> Mapping[str, str]:
        return _files("res_config_sqlite3.so", "queue_log => sqlite3,lab,queue_log")

    def open(self, asterisk: Asterisk) -> str:
        self.path = asterisk.folder / "db" / "queue_log.sqlite3"
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(f"CREATE TABLE queue_log (id INTEGER PRIMARY KEY AUTOINCREMENT, {COLUMNS})")
        self.link = self.path.with_name("seen_by_the_bridge")
        self.come_back()
        inside = f"/{self.path.relative_to(asterisk.chroot)}"
        asterisk.write("res_config_sqlite3.conf", f"[lab]\ndbfile = {inside}\nbatch = 100\n")
        return f"sqlite:///{self.link}?table=queue_log"

    def leave(self) -> None:
        self.link.unlink()

    def come_back(self) -> None:
        self.link.symlink_to(self.path)

    def settings(self) -> str:
        return ""


class InPostgresql:
    """A server of its own; it is not stopped, for Asterisk would lose records: only the bridge may not enter."""

    def __init__(self, server: Postgresql) -> None:
        self.server = server

    def configuration(self) -> Mapping[str, str]:
        return _files("res_config_pgsql.so", "queue_log => pgsql,asterisk,queue_log")

    def open(self, asterisk: Asterisk) -> str:
        columns = (
            COLUMNS.replace("time,", "time timestamp,").replace(", ", " text, ").replace("timestamp text", "timestamp")
        )
        self.server.sql(f"CREATE TABLE queue_log (id bigserial PRIMARY KEY, {columns} text)")
        self.server.sql(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        self.come_back()
        asterisk.write(
            "res_pgsql.conf",
            f"[general]\ndbhost = {self.server.host}\ndbport = {self.server.port}\ndbname = asterisk\n"
            f"dbuser = {ADMINISTRATOR}\ndbpass = {PASSWORD}\nrequirements = warn\n",
        )
        return f"postgresql://reader@{self.server.host}:{self.server.port}/asterisk?table=queue_log"

    def leave(self) -> None:
        self.server.sql("REVOKE SELECT ON queue_log FROM reader")

    def come_back(self) -> None:
        self.server.sql("GRANT SELECT ON queue_log TO reader")

    def settings(self) -> str:
        return f'queue_log_password = "{PASSWORD}"\n'


def _files(module: str, mapping: str) -> Mapping[str, str]:
    modules = (SHIPPED / "modules.conf").read_text().replace(f"noload = {module}\n", "")
    return {"modules.conf": f"{modules}\npreload = {module}\n", "extconfig.conf": f"[settings]\n{mapping}\n"}


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "sqlite":
        yield InSqlite()
        return
    pytest.importorskip("psycopg")
    if installed() is None:
        pytest.skip("PostgreSQL is not installed")
    with Postgresql() as server:
        yield InPostgresql(server)


@pytest.fixture
def asterisk(place: Place) -> Iterator[Asterisk]:
    requires_asterisk(22)
    with Asterisk(22, extra=place.configuration()) as server:
        yield server


async def test_a_gap_is_filled_from_the_table(
    place: Place, asterisk: Asterisk, mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    url = place.open(asterisk)
    asterisk.restart()
    story = seeded(17, calls=60, agents=6, seconds=35.0)
    agents = [agent.id for agent in story.agents]
    async with Cuttable(asterisk.port) as link:
        with Bridge(
            ami_port=link.port, mqtt_port=mosquitto.port, queue_log=url, pbx=place.settings(), more=POLICY
        ) as bridge:
            await asyncio.to_thread(bridge.wait_ready)
            async with stage_on(asterisk) as stage:
                run = asyncio.create_task(play(stage, story, overflow=OVERFLOW))
                await asyncio.sleep(10)
                await link.cut(refuse=True)
                await asyncio.sleep(5)
                link.mend()
                await asyncio.sleep(4)
                place.leave()
                await asyncio.to_thread(bridge.kill)
                bridge.start()
                await eventually(lambda: "queue_log cannot be read" in bridge.log, "the loss to be said", 20)
                await asyncio.sleep(2)
                place.come_back()
                await run

            await eventually(lambda: _differing(bridge, asterisk, agents) == [], "equal figures", 45, interval=1.0)
            figures = rows(bridge, judged(asterisk.queue_log), agents)
            with capsys.disabled():
                print(f"\n{url.partition(':')[0]}\n{table(figures)}")  # noqa: T201 - the two columns are for people
            assert await asyncio.to_thread(state_differences, bridge, shown(asterisk.cli("queue show"))) == []
            samples = bridge.metrics()

    assert sum(samples["ctibridge_gap_calls_recovered_total"].values()) > 0
    assert sum(samples.get("ctibridge_queue_calls_lost_total", {}).values()) == 0
    assert samples.get("ctibridge_audit_mismatch_total", {}) == {}
    assert sum(samples["ctibridge_queue_log_damaged_lines_total"].values()) == 0
    assert bridge.log.count("Traceback") == 0
    assert PASSWORD not in bridge.log


def _differing(bridge: Bridge, asterisk: Asterisk, agents: list[str]) -> list[Row]:
    return [row for row in rows(bridge, judged(asterisk.queue_log), agents) if row[2] != row[3]]
