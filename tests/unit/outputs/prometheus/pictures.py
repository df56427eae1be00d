"""Pictures made by hand, and sources that show them."""

from collections.abc import Mapping, Sequence

import msgspec

from ctibridge.domain.figures import AgentTotals, QueueTotals
from ctibridge.domain.picture import AgentPicture, Picture, QueuePicture
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.units import AgentId, Seconds
from ctibridge.domain.views import AgentState, Alarm
from ctibridge.outputs.prometheus.sources import BrokerHealth, FeedHealth, PbxSource, ProcessHealth
from tests.unit.outputs import facts


class FixedPbx:
    """A PBX that always looks the same."""

    def __init__(
        self,
        picture: Picture,
        *,
        name: str = "pbx1",
        feed: FeedHealth | None = None,
        brokers: Sequence[BrokerHealth] = (),
    ) -> None:
        self.name = name
        self.shown = picture
        self._feed = feed or FeedHealth()
        self._brokers = brokers

    def picture(self) -> Picture:
        return self.shown

    def alarms_raised(self) -> Mapping[tuple[str, str], int]:
        return {("service_level_low", "warning"): 3, ("limit_exceeded", "critical"): 0}

    def pause_limits(self) -> Mapping[str, float]:
        return {"away": 300.0}

    def feed(self) -> FeedHealth:
        return self._feed

    def brokers(self) -> Sequence[BrokerHealth]:
        return self._brokers


class FixedSources:
    """A daemon with these PBXs."""

    def __init__(self, *pbxs: PbxSource, process: ProcessHealth | None = None) -> None:
        self._pbxs = pbxs
        self._process = process or ProcessHealth(version="1.2.3", python="3.11.7")

    def process(self) -> ProcessHealth:
        return self._process

    def pbxs(self) -> Sequence[PbxSource]:
        return self._pbxs


def picture(
    *,
    queues: Sequence[QueuePicture] = (),
    agents: Sequence[AgentPicture] = (),
    is_synced: bool = True,
    gap_seconds: float = 0,
    unexpected: Mapping[str, int] | None = None,
    mismatches: Mapping[str, int] | None = None,
    alarms: Sequence[Alarm] = (),
) -> Picture:
    return Picture(
        at=facts.AT,
        is_synced=is_synced,
        queues=tuple(queues),
        agents=tuple(agents),
        alarms=tuple(alarms),
        gap_seconds=Seconds(gap_seconds),
        recovered_calls=4,
        is_audited=True,
        audit_matched=77,
        mismatches=mismatches or {},
        unexpected=unexpected or {},
    )


def queue_totals() -> QueueTotals:
    """10 offered: 6 answered, 2 abandoned of which 1 short, 1 exited by key, 1 waiting; 3 were refused."""
    totals = QueueTotals(QueuePolicy(service_level_threshold=18))
    totals.all.offered, totals.all.answered, totals.all.abandoned, totals.all.abandoned_short = 10, 6, 2, 1
    totals.all.exited, totals.all.refused, totals.all.transferred = 1, 3, 1
    totals.all.service_level_met, totals.all.service_level_missed = 5, 2
    totals.exited, totals.refused, totals.transferred = {"key": 1}, {"full": 3}, {"blind": 1}
    for wait in (2, 4, 18, 19, 25, 3000):
        totals.answer_wait.observe(wait)
    return totals


def queue(name: str = facts.QUEUE, waiting: int = 1) -> QueuePicture:
    return QueuePicture(view=facts.queue_view(name, waiting), totals=queue_totals())


def agent(
    agent_id: str = "1001", state: AgentState = AgentState.READY, *, name: str = "Ann", team: str | None = "day"
) -> AgentPicture:
    view = msgspec.structs.replace(facts.agent_view(agent_id, state, name=name), team=team)
    totals = AgentTotals(
        agent=AgentId(agent_id),
        answered={facts.QUEUE: 3, "sales": 2},
        ring_no_answer=4,
        late_answers=1,
        limits_exceeded={"away": 2},
        state_seconds={"ready": Seconds(600.5), "busy": Seconds(180)},
    )
    return AgentPicture(view=view, totals=totals)
