"""Scenes of a queue whose settings and members stand in a database, as many administration tools keep them."""

import asyncio
import sqlite3
from contextlib import closing

from tests.servers.recorder import Recorder
from tests.servers.scenes.scene import Scene, by_name, settled
from tests.servers.stage import Stage, interface_of, state_interface_of

TABLES = """
CREATE TABLE queues (
    name TEXT PRIMARY KEY, strategy TEXT, timeout INTEGER, retry INTEGER, wrapuptime INTEGER,
    joinempty TEXT, leavewhenempty TEXT, ringinuse TEXT, setinterfacevar TEXT, context TEXT
);
CREATE TABLE queue_members (
    uniqueid INTEGER PRIMARY KEY, queue_name TEXT, interface TEXT, membername TEXT, state_interface TEXT,
    penalty INTEGER, paused INTEGER, reason_paused TEXT
);
INSERT INTO queues VALUES (
    'night', 'rrmemory', 3, 1, 2, 'unavailable,invalid', 'unavailable,invalid', 'no', 'yes', 'queue-keys'
);
"""


class Database:
    """The queue `night` and its members; Asterisk looks at them when a caller joins."""

    def __init__(self, stage: Stage) -> None:
        self._path = stage.asterisk.folder / "db" / "realtime.sqlite3"
        self._stage = stage

    async def open(self) -> None:
        """Make it, and let Asterisk use it."""
        asterisk = self._stage.asterisk
        self._path.unlink(missing_ok=True)
        self._write(*TABLES.split(";")[:-1])
        inside = f"/{self._path.relative_to(asterisk.chroot)}"
        asterisk.write("res_config_sqlite3.conf", f"[lab]\ndbfile = {inside}\nbatch = 0\n")
        tables = "".join(f"{table} => sqlite3,lab,{table}\n" for table in ("queues", "queue_members"))
        asterisk.write("extconfig.conf", f"[settings]\n{tables}")
        for command in ("module unload res_config_sqlite3.so", "module load res_config_sqlite3.so", "module reload"):
            await asyncio.to_thread(asterisk.cli, command, check=False)

    def enrol(self, agent: str) -> None:
        """Make an agent a member."""
        self._stage.note(f"agent {agent} is written into the database")
        self._write(
            "INSERT INTO queue_members VALUES (?, 'night', ?, ?, ?, 0, 0, '')",
            values=(int(agent), interface_of(agent), f"Agent {agent}", state_interface_of(agent)),
        )

    def dismiss(self, agent: str) -> None:
        """Take an agent out."""
        self._stage.note(f"agent {agent} is taken out of the database")
        self._write("DELETE FROM queue_members WHERE uniqueid = ?", values=(int(agent),))

    def _write(self, *statements: str, values: tuple[int | str, ...] = ()) -> None:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            for statement in statements:
                connection.execute(statement, values)


async def realtime_members(stage: Stage, _: Recorder) -> None:
    """1001 is a member by the database and answers; 1002 takes the place of 1001, misses a ring and answers."""
    await stage.script("1001", "answer-1-2")
    await stage.script("1002", "miss", "answer-1-1")
    database = Database(stage)
    await database.open()
    database.enrol("1001")
    await settled(stage, await stage.call("night"))
    database.dismiss("1001")
    database.enrol("1002")
    await settled(stage, await stage.call("night"))


async def realtime_queue_without_members(stage: Stage, _: Recorder) -> None:
    """Nobody is in the database: the caller is refused; 1001 comes, and the next caller gives up."""
    await stage.script("1001", "miss")
    database = Database(stage)
    await database.open()
    await settled(stage, await stage.call("night"))
    database.enrol("1001")
    call = await stage.call("night")
    await stage.expect("AgentCalled")
    await asyncio.sleep(1)
    await call.hang_up()
    await settled(stage, call)


SCENES = by_name(Scene(realtime_members), Scene(realtime_queue_without_members))
