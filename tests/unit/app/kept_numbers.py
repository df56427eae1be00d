"""What an earlier run left, as tests need it: an outbox in a folder of its own."""

from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration
from ctibridge.app.memory import Memory, Recollection
from ctibridge.app.outbox import taken_up
from ctibridge.domain.figures import Distribution
from ctibridge.outputs.mqtt.outbox_file import OutboxFile


async def recalled(file: OutboxFile, memory: Memory | None, clock: BridgeClock | None = None) -> Recollection:
    return await taken_up(
        file,
        pbx="pbx1",
        memory=memory,
        configuration=Configuration(),
        clock=clock or BridgeClock(),
        commits=Distribution((1,)),
    )
