"""The desk with an outbox on disk and any number of brokers: what the daemon puts together, without a PBX.

As a program (``python -m tests.integration.mqtt.kept_desk FOLDER PORT…``) it tells of one call after the other, for
tests that kill it.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterable
from functools import partial
from pathlib import Path

from ctibridge.domain.changes import Change
from ctibridge.domain.figures import Distribution
from ctibridge.domain.journal import Journal
from ctibridge.domain.policy import Policy
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.info import site_info
from ctibridge.outputs.mqtt.outbox import Outbox, OutboxLimits
from ctibridge.outputs.mqtt.outbox_file import outbox_file
from ctibridge.outputs.mqtt.publisher import MqttOutput
from ctibridge.outputs.mqtt.settings import MqttSettings
from tests.integration.mqtt.desk import EPOCH, ONLINE, now
from tests.servers.waiting import eventually
from tests.unit.outputs import facts

PLENTY = OutboxLimits(events=1_000_000, size=1 << 30, age=1e9)


class KeptDesk:
    """One outbox, its journal, and an output for each broker."""

    def __init__(self, outbox: Outbox, journal: Journal, outputs: list[MqttOutput]) -> None:
        self.outbox = outbox
        self.journal = journal
        self.outputs = outputs

    def say(self, *told: Change) -> None:
        self.outbox.accept(self.journal.enter(told, now()))

    def calls(self, count: int) -> None:
        for _ in range(count):
            self.say(facts.queued(f"1.{self.journal.sequence}"))

    async def until_delivered(self, within: float = 30) -> None:
        def left() -> bool:
            return all(one.health.is_current and one.health.outbox_messages == 0 for one in self.outputs)

        await self.outbox.flush()
        await eventually(left, "every broker to have everything", within, 0.02)


@contextlib.asynccontextmanager
async def kept_desk(
    folder: Path, ports: Iterable[int], limits: OutboxLimits = PLENTY, *, has_private: bool = False
) -> AsyncIterator[KeptDesk]:
    """At work for the length of a block; going on from what is in the folder."""
    async with outbox_file(folder / "ctibridge.db", "store", now()) as file:
        shelf = await file.shelf("pbx1")
        settings = [MqttSettings(port=port, private=has_private) for port in ports]
        announcer = Announcer(pbx="pbx1", base=settings[0].base, has_private=has_private)
        outbox = Outbox(
            shelf, file, announcer=announcer, limits=limits, clock=now, commits=Distribution((0.001, 0.005, 0.02, 0.1))
        )
        epoch = shelf.epoch if shelf.is_sure else shelf.epoch + EPOCH
        cursors = await outbox.begin(epoch)
        outputs = [
            MqttOutput(
                one,
                announcer,
                epoch=epoch,
                info=site_info(version="1.2.3", pbx="pbx1", policy=Policy(), overrides={}),
                clock=now,
                outbox=outbox,
                cursor=cursors.get(one.place),
            )
            for one in settings
        ]
        for output in outputs:
            output.set_status(ONLINE)
        outbox.receivers = outputs
        desk = KeptDesk(outbox, Journal(epoch, shelf.sequence if shelf.is_sure else 0), outputs)
        desk.say(facts.synced())
        tasks = [asyncio.create_task(work()) for work in (outbox.run, *(output.run for output in outputs))]
        try:
            yield desk
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await outbox.close()


async def _tell(folder: Path, ports: list[int]) -> None:
    async with kept_desk(folder, ports) as desk:
        while True:
            desk.calls(1)
            await asyncio.sleep(0.002)


if __name__ == "__main__":
    asyncio.run(partial(_tell, Path(sys.argv[1]), [int(port) for port in sys.argv[2:]])())
