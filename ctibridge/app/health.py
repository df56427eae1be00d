"""Whether the daemon works (``/livez``), and whether what it shows is the whole truth now (``/readyz``).

Not ready is not broken: while a PBX or a broker is away the daemon waits, says for what, and a restart would not help.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from ctibridge.app.bridge import PbxBridge
from ctibridge.app.keeper import MemoryKeeper
from ctibridge.outputs.web.provider import Reason

LONGEST_STALL: Final = 30.0
"""Seconds that facts may wait for the domain."""
LONGEST_BEHIND: Final = 5.0
"""Seconds that what is shown may be older than what was read."""


class Health:
    """Judges all bridges together."""

    def __init__(self, bridges: Sequence[PbxBridge], keeper: MemoryKeeper | None = None) -> None:
        self.is_stopping = False
        self._keeper = keeper
        self._bridges = bridges

    def hung(self) -> list[Reason]:
        """Why a restart would help; empty while everything moves.

        That the event loop turns is proven by the answer itself.
        """
        return list(self._hung())

    def unready(self) -> list[Reason]:
        """What is waited for; empty when all is in sync, published and stored."""
        if self.is_stopping:
            return [Reason(part="stopping")]
        store = self._keeper.problem if self._keeper is not None else None
        kept = [Reason(part="store", detail=store)] if store is not None else []
        return [*kept, *(reason for bridge in self._bridges for reason in _waiting_for(bridge))]

    def _hung(self) -> Iterator[Reason]:
        for bridge in self._bridges:
            stalled = bridge.pump.stalled_seconds()
            if stalled > LONGEST_STALL:
                yield Reason(part="loop", pbx=bridge.name, detail=f"facts have been waiting for {stalled:.0f} s")
            elif (idle := bridge.pump.idle_seconds()) > LONGEST_STALL and not self.is_stopping:
                yield Reason(part="loop", pbx=bridge.name, detail=f"the domain has taken no turn for {idle:.0f} s")


def _waiting_for(bridge: PbxBridge) -> Iterator[Reason]:
    client = bridge.client
    if not client.is_in_sync():
        yield Reason(part="ami", pbx=bridge.name, detail=client.problem or client.state.value)
    if not bridge.is_synced:
        yield Reason(part="snapshot", pbx=bridge.name, detail="no full picture of queues and agents")
    yield from _behind(bridge)
    if bridge.log_follower is not None and bridge.log_follower.problem is not None:
        yield Reason(part="queue_log", pbx=bridge.name, detail=bridge.log_follower.problem)
    if bridge.outbox is not None and (problem := bridge.outbox.health.problem) is not None:
        yield Reason(part="store", pbx=bridge.name, detail=f"outbox: {problem}")
    if bridge.history is not None and bridge.history.problem is not None:
        yield Reason(part="store", pbx=bridge.name, detail=bridge.history.problem)
    for output in bridge.outputs:
        health = output.health
        if not health.is_connected:
            yield Reason(part="broker", pbx=bridge.name, detail=f"{health.broker}: {health.reason}")
        elif bridge.is_synced and not health.is_current:
            yield Reason(part="broker", pbx=bridge.name, detail=f"{health.broker}: states are not all published")
        elif health.rejected and health.reason is not None:
            yield Reason(part="broker", pbx=bridge.name, detail=f"{health.broker}: {health.reason}")


def _behind(bridge: PbxBridge) -> Iterator[Reason]:
    behind = bridge.pump.behind_seconds()
    if behind > LONGEST_BEHIND:
        yield Reason(part="loop", pbx=bridge.name, detail=f"what is shown is {behind:.0f} s old: too many events")
