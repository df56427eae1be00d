"""One fault: what is done, what was promised for it, and what came of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from tests.chaos import judge
from tests.chaos.centre import Centre, Setting, standing
from tests.integration.seeded_run.figures import SUMS, Row, rows
from tests.servers.queue_log import judged
from tests.servers.waiting import eventually

RIGHT_WITHIN: Final = 5.0
"""Seconds from the end of a fault to right states, as promised."""
LOOKS_FOR: Final = 30.0
"""Seconds after which one stops looking for right states."""
SETTLES: Final = 60.0
"""Seconds after the last call in which totals become equal: queue_log settles what AMI did not tell."""
GROWS: Final = 48.0
"""MiB by which a fault may make the bridge grow for a while."""
IS_DURABLE: Final = True
"""Events survive a crash of the bridge with the same numbers: no new epoch, nothing lost."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How long a run is."""

    is_long: bool
    patience: float = 1.0
    """Factor of the promised seconds, for a machine that does other things too."""

    def of(self, long: float, short: float) -> float:
        """Seconds or times, by the run."""
        return long if self.is_long else short


LONG: Final = Scale(is_long=True)
SHORT: Final = Scale(is_long=False, patience=4.0)

Strike = Callable[[Centre, Scale], Awaitable[None]]
"""Does the harm; when it returns, what was broken is whole again, and the clock runs."""


class Outcome(msgspec.Struct, kw_only=True):
    """What came of a fault."""

    fault: str
    promise: str
    seconds: float | None = None
    """Until the states were right again; None when they never were, or when the fault has no such moment."""
    events: int = 0
    missing: int = 0
    """Events that never came."""
    repeated: int = 0
    figures: int = 0
    """How many were compared with queue_log."""
    before_mib: float = 0.0
    peak_mib: float = 0.0
    complaints: list[str] = []
    skipped: str = ""
    """Why it was left out."""

    @property
    def is_kept(self) -> bool:
        """Whether everything promised was seen."""
        return not self.complaints and not self.skipped


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Something that goes wrong."""

    name: str
    promise: str
    endure: "Endure"

    async def outcome(self, scale: Scale) -> Outcome:
        """Let it happen; what the test itself could not do is a complaint too."""
        try:
            return await self.endure(self, scale)
        except Exception as error:  # noqa: BLE001 - one fault must not hide the others
            return self.of(complaints=[f"{type(error).__name__}: {error}"])

    def of(self, **known: object) -> Outcome:
        """An outcome of this fault."""
        return Outcome(fault=self.name, promise=self.promise, **known)  # type: ignore[arg-type]


Endure = Callable[[Fault, Scale], Awaitable[Outcome]]
"""Sets up what is needed, lets the fault happen, and judges."""


def on_centre(
    strike: Strike,
    *,
    setting: Setting | None = None,
    ends_bridge: bool = False,
    grows: float = GROWS,
    counts_only: bool = False,
    set_aside: Callable[[Centre], int] = lambda _: 0,
    after: Callable[[Centre], list[str]] = lambda _: [],
) -> Endure:
    """A fault on a whole call centre.

    `ends_bridge`: it kills the bridge; `counts_only`: queue_log's own seconds are absurd; `set_aside`: how many
    messages the broker refused, which do not come again; `after`: what else to complain of.
    """

    async def endure(fault: Fault, scale: Scale) -> Outcome:
        began = time.time()  # noqa: TID251 - queue_log has wall time
        async with standing(setting or Setting()) as centre:
            outcome = fault.of(before_mib=centre.vitals.last_mib)
            await strike(centre, scale)
            await _judge_states(centre, scale, outcome)
            outcome.complaints += after(centre)
            await asyncio.sleep(scale.of(3, 1))
            await _judge_totals(centre, outcome, counts_only=counts_only)
            refused = set_aside(centre)
            _judge_events(centre, outcome, began, refused, is_contiguous=IS_DURABLE or not ends_bridge)
            _judge_health(centre, outcome, grows)
        return outcome

    return endure


async def _judge_states(centre: Centre, scale: Scale, outcome: Outcome) -> None:
    try:
        outcome.seconds = await centre.until_right(LOOKS_FOR)
    except TimeoutError as error:
        outcome.complaints.append(f"states: {error}")
        return
    if outcome.seconds > RIGHT_WITHIN * scale.patience:
        outcome.complaints.append(f"states were right only after {outcome.seconds:.1f} s")


async def _judge_totals(centre: Centre, outcome: Outcome, *, counts_only: bool) -> None:
    if centre.stage is None:
        return
    await centre.traffic.end(centre.stage)
    deadline = time.monotonic() + SETTLES
    while differing := await asyncio.to_thread(_differing, centre, outcome, counts_only=counts_only):
        await asyncio.sleep(0.5)
        if time.monotonic() > deadline:
            break
    outcome.complaints += [
        f"{of} {what}: queue_log {judged:g}, bridge {ours:g}" for of, what, judged, ours in differing
    ]
    outcome.complaints += await _not_ready(centre)
    late, seen = await asyncio.to_thread(centre.late_display), centre.witness.shown()
    if late.keys() != seen.keys():
        outcome.complaints.append(f"a late display is shown other topics: {sorted(late.keys() ^ seen.keys())}")


async def _not_ready(centre: Centre) -> list[str]:
    """Nobody calls and nobody is away: whoever is shown otherwise is stuck."""

    def others() -> list[str]:
        agents = centre.screen.retained("agent/+/state").values()
        return [f"{one['data']['agent']} stays {one['data']['state']}" for one in agents if not _is_free(one["data"])]

    try:
        await eventually(lambda: others() == [], "everybody to be ready", RIGHT_WITHIN)
    except TimeoutError:
        return others()
    return []


def _is_free(agent: Mapping[str, object]) -> bool:
    return agent["state"] == "ready"


def _differing(centre: Centre, outcome: Outcome, *, counts_only: bool) -> list[Row]:
    figures = rows(centre.bridge, judged(centre.asterisk.queue_log), centre.traffic.agents)
    figures = [row for row in figures if not (counts_only and row[1] in SUMS)]
    outcome.figures = len(figures)
    return [row for row in figures if row[2] != row[3]]


def _judge_events(centre: Centre, outcome: Outcome, began: float, refused: int, *, is_contiguous: bool) -> None:
    events = centre.witness.events
    said = judge.numbers(events)
    outcome.events, outcome.repeated = said.told, said.repeated
    if refused:
        outcome.missing = said.missing
        outcome.complaints += [f"events missing: {said.missing}"] if said.missing > refused else []
        return
    untold = judge.untold(events, judged(centre.asterisk.queue_log), began)
    outcome.missing = said.missing + said.excused + len(untold) if is_contiguous else said.missing
    kinds = {"missing": said.missing, "altered": said.altered, "out of order": said.disordered}
    if is_contiguous:
        kinds |= {"dropped": said.excused, "with another predecessor": said.unlinked}
        kinds |= {f"of queue_log untold, first {untold[:2]}": len(untold)}
        kinds |= {"epochs too many": len(said.epochs) - 1}
        overtold = judge.overtold(events, judged(centre.asterisk.queue_log))
        kinds |= {f"told under two numbers, first {overtold[:2]}": len(overtold)}
    outcome.complaints += [f"events {what}: {count}" for what, count in kinds.items() if count]


def _judge_health(centre: Centre, outcome: Outcome, grows: float) -> None:
    outcome.peak_mib = centre.vitals.peak_mib
    if outcome.peak_mib > outcome.before_mib + grows:
        outcome.complaints.append(f"memory grew from {outcome.before_mib:.0f} to {outcome.peak_mib:.0f} MiB")
    if (count := centre.bridge.log.count("Traceback")) > 0:
        outcome.complaints.append(f"{count} errors of our own in the bridge's log")
