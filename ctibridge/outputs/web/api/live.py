"""The present: queues, agents and waiting callers as a picture shows them, callers masked.

Fields have the names of the MQTT states; moments are RFC 3339 here.
"""

from datetime import tzinfo

import msgspec

from ctibridge.domain.events import Caller
from ctibridge.domain.figures import Counts, Figures, ServiceLevels
from ctibridge.domain.picture import Picture, QueuePicture
from ctibridge.domain.privacy import PrivacySettings, masked
from ctibridge.domain.views import (
    Activity,
    AgentState,
    AgentToday,
    AgentView,
    LimitStage,
    MemberCounts,
    Membership,
    Presence,
    QueueView,
    ServiceLevelTarget,
)
from ctibridge.outputs.web.api.moments import MomentText, moment_or_none, moment_text


class PbxSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One PBX in a few numbers."""

    pbx: str
    at: MomentText
    is_synced: bool
    queues: int
    agents: int
    waiting: int


class Pbxs(msgspec.Struct, frozen=True, kw_only=True):
    """All PBXs of this bridge."""

    pbxs: list[PbxSummary]


class WaitingCaller(msgspec.Struct, frozen=True, kw_only=True):
    """One caller in line."""

    call: str
    position: int
    since: MomentText
    caller: Caller


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """One queue as it stands."""

    queue: str
    label: str
    strategy: str | None
    waiting: int
    oldest_since: MomentText | None
    callers: list[WaitingCaller]
    members: MemberCounts
    service_level: ServiceLevelTarget


class AgentCall(msgspec.Struct, frozen=True, kw_only=True):
    """The queue call that rings or talks at an agent's phone."""

    call: str
    queue: str
    caller: Caller
    since: MomentText


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How long the present pause may last."""

    seconds: float
    deadline: MomentText
    stage: LimitStage
    approved_by: str | None


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """One agent over all queues."""

    agent: str
    name: str
    team: str | None
    interface: str
    state: AgentState
    since: MomentText
    reason: str | None
    reason_label: str | None
    limit: Limit | None
    presence: Presence
    activity: Activity
    call: AgentCall | None
    queues: dict[str, Membership]
    today: AgentToday


class FiguresSince(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since a moment, and what follows from them; ``null`` where there is nothing to divide by."""

    since: MomentText
    counts: Counts
    service_level: ServiceLevels
    answer_rate: float | None
    abandon_rate: float | None
    abandon_rate_net: float | None
    late_answer_rate: float | None
    within_rings_ratio: float | None
    speed_of_answer_seconds: float | None
    mean_abandon_wait_seconds: float | None
    mean_talk_seconds: float | None
    mean_handle_seconds: float | None


class _Now(msgspec.Struct, frozen=True, kw_only=True):
    pbx: str
    at: MomentText
    """The PBX's time of this picture."""
    is_synced: bool
    """False while nobody can know whether this is still true; states and waiting callers are absent then."""


class State(_Now, frozen=True, kw_only=True):
    """Everything of one PBX as it stands."""

    queues: list[Queue]
    agents: list[Agent]


class Queues(_Now, frozen=True, kw_only=True):
    """All queues as they stand."""

    queues: list[Queue]


class QueueNow(_Now, frozen=True, kw_only=True):
    """One queue as it stands, with its figures."""

    queue: Queue
    day: FiguresSince
    """Since the site's day began."""
    last_30_minutes: FiguresSince


class Agents(_Now, frozen=True, kw_only=True):
    """All agents as they stand."""

    agents: list[Agent]


class AgentNow(_Now, frozen=True, kw_only=True):
    """One agent as they stand."""

    agent: Agent


class CallerInQueue(WaitingCaller, frozen=True, kw_only=True):
    """One caller in line, and in which."""

    queue: str


class Callers(_Now, frozen=True, kw_only=True):
    """Everybody who waits, the longest wait first."""

    callers: list[CallerInQueue]


class Window:
    """One PBX's picture as everybody may see it."""

    def __init__(self, pbx: str, picture: Picture, zone: tzinfo, privacy: PrivacySettings) -> None:
        self.pbx = pbx
        self.picture = picture
        self.at = moment_text(picture.at, zone)
        self._zone = zone
        self._privacy = privacy

    def summary(self) -> PbxSummary:
        """In a few numbers."""
        picture = self.picture
        return PbxSummary(
            pbx=self.pbx,
            at=self.at,
            is_synced=picture.is_synced,
            queues=len(picture.queues),
            agents=len(picture.agents),
            waiting=sum(queue.view.waiting for queue in picture.queues),
        )

    def queues(self) -> list[Queue]:
        """All queues."""
        return [self.queue(one.view) for one in self.picture.queues]

    def agents(self) -> list[Agent]:
        """All agents."""
        return [self.agent(one.view) for one in self.picture.agents]

    def callers(self, queue: str | None) -> list[CallerInQueue]:
        """Who waits in one queue or in all."""
        everybody = [
            CallerInQueue(
                queue=one.view.queue,
                call=caller.call,
                position=caller.position,
                since=moment_text(caller.since, self._zone),
                caller=masked(caller.caller, self._privacy),
            )
            for one in self.picture.queues
            if queue in (None, one.view.queue)
            for caller in one.view.callers
        ]
        return sorted(everybody, key=lambda caller: (caller.since, caller.queue, caller.position))

    def queue(self, view: QueueView) -> Queue:
        """One queue."""
        return Queue(
            queue=view.queue,
            label=view.label,
            strategy=view.strategy,
            waiting=view.waiting,
            oldest_since=moment_or_none(view.oldest_since, self._zone),
            callers=[
                WaitingCaller(
                    call=one.call,
                    position=one.position,
                    since=moment_text(one.since, self._zone),
                    caller=masked(one.caller, self._privacy),
                )
                for one in view.callers
            ],
            members=view.members,
            service_level=view.service_level,
        )

    def agent(self, view: AgentView) -> Agent:
        """One agent."""
        return Agent(
            agent=view.agent,
            name=view.name,
            team=view.team,
            interface=view.interface,
            state=view.state,
            since=moment_text(view.since, self._zone),
            reason=view.reason,
            reason_label=view.reason_label,
            limit=self._limit(view),
            presence=view.presence,
            activity=view.activity,
            call=self._call(view),
            queues={str(name): place for name, place in view.queues.items()},
            today=view.today,
        )

    def queue_now(self, picture: QueuePicture) -> QueueNow:
        """One queue with its figures."""
        stats = picture.totals.stats(self.picture.at)
        return QueueNow(
            pbx=self.pbx,
            at=self.at,
            is_synced=self.picture.is_synced,
            queue=self.queue(picture.view),
            day=self._figures(stats.day),
            last_30_minutes=self._figures(stats.last_30_minutes),
        )

    def _figures(self, figures: Figures) -> FiguresSince:
        fields = msgspec.structs.asdict(figures)
        return FiguresSince(**{**fields, "since": moment_text(figures.since, self._zone)})

    def _limit(self, view: AgentView) -> Limit | None:
        limit = view.limit
        if limit is None:
            return None
        deadline = moment_text(limit.deadline, self._zone)
        return Limit(seconds=limit.seconds, deadline=deadline, stage=limit.stage, approved_by=limit.approved_by)

    def _call(self, view: AgentView) -> AgentCall | None:
        call = view.call
        if call is None:
            return None
        caller = masked(call.caller, self._privacy)
        return AgentCall(call=call.call, queue=call.queue, caller=caller, since=moment_text(call.since, self._zone))
