"""Follows agents from state to state: when each began, how long it lasted; ``limits.py`` times their absences."""

from typing import Final

from ctibridge.domain import changes as ch
from ctibridge.domain.agent import DEVICE_SETTLES, Agent, BeforeGap, Pause
from ctibridge.domain.floor import Floor
from ctibridge.domain.limits import Limits
from ctibridge.domain.units import Seconds, Timestamp, queue_key
from ctibridge.domain.views import AgentState

_COUNT_AGAINST_LIMIT: Final = (AgentState.NOT_READY, AgentState.WRAP_UP)
"""States that a pause can be; after-call work may be done by pausing, and have its limit too."""


class AgentStates:
    """Brings agents' states in line with the floor, and says what changed."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._limits = Limits(floor)

    def refresh(self, agent: Agent) -> None:
        """Look at one agent again after anything about them was reported, or became due."""
        floor = self._floor
        self._follow_pause(agent)
        now = max(floor.now, agent.since)  # News of an earlier moment, from queue_log, do not bring back what is over.
        state, reason = agent.project(floor.policy, now)
        if (state, reason) != (agent.state, agent.reason):
            self._enter(agent, state, reason)
        elif state in _COUNT_AGAINST_LIMIT and self._limits.begin(agent):
            self._limits.judge(agent)
        floor.touch_agent(agent)
        busy_since = agent.device_busy_since()
        if busy_since is not None and floor.now < busy_since + DEVICE_SETTLES:
            self._look_again(agent, Timestamp(busy_since + DEVICE_SETTLES))

    def lose_feed(self, agent: Agent) -> None:
        """From now on nothing is known of the agent."""
        if not agent.is_feed_lost:
            agent.before_gap = BeforeGap(
                state=agent.state,
                reason=agent.reason,
                since=agent.since,
                lost_at=self._floor.now if self._floor.gap_since is None else self._floor.gap_since,
            )
            agent.is_feed_lost = True
            self.refresh(agent)

    def restore_feed(self, agent: Agent) -> None:
        """The agent's memberships are as the switch lists them."""
        agent.is_feed_lost = False
        self.refresh(agent)
        agent.before_gap = None
        if agent.limit_since is not None:
            self._limits.check(agent, agent.limit_since)

    def resume(self, agent: Agent) -> None:
        """Set the deadlines of an agent who is known from an earlier run."""
        if agent.wrap_up_until is not None:
            self._look_again(agent, agent.wrap_up_until)
        self._limits.watch(agent)

    def adopt_rules(self, agent: Agent) -> None:
        """Other limits and reasons hold from now on; a stage that was reached stays reached."""
        self.refresh(agent)
        self._limits.watch(agent)

    def begin_wrap_up(self, agent: Agent, seconds: Seconds) -> None:
        """Asterisk offers no call until this many whole seconds after the last one ended (T32)."""
        self.wrap_up_until(agent, Timestamp(int(self._floor.now) + seconds))

    def wrap_up_until(self, agent: Agent, until: Timestamp) -> None:
        """The agent is in wrap-up until a moment known beforehand; Asterisk will say nothing when it comes."""
        agent.wrap_up_until = until
        self._look_again(agent, until)

    # -- states -------------------------------------------------------------------------------------------------------

    def _look_again(self, agent: Agent, when: Timestamp) -> None:
        self._floor.agenda.at(when, lambda _now: self.refresh(agent))

    def _enter(self, agent: Agent, state: AgentState, reason: str | None) -> None:
        floor = self._floor
        before, was_reason, was_since = agent.state, agent.reason, agent.since
        begin = max(self._began(agent, state), was_since)
        agent.count_time(begin)
        if before is AgentState.WRAP_UP and state is not AgentState.WRAP_UP:
            self._count_wrap_up(agent, Seconds(max(0.0, begin - agent.wrap_up_since)))
        elif state is AgentState.WRAP_UP and before is not AgentState.WRAP_UP:
            agent.wrap_up_since = begin
        agent.state, agent.reason, agent.since = state, reason, begin
        self._restore_since(agent)
        is_away = state in _COUNT_AGAINST_LIMIT and self._limits.begin(agent)
        for key, _ in agent.members:
            floor.touch_queue(floor.queues[key])
        self._say(agent, begin, before=before, was_reason=was_reason, lasted=Seconds(max(0.0, begin - was_since)))
        if is_away:
            self._limits.judge(agent)

    def _say(self, agent: Agent, at: Timestamp, *, before: AgentState, was_reason: str | None, lasted: Seconds) -> None:
        floor = self._floor
        view = agent.view(floor.policy, floor.now)
        if before is AgentState.LOGGED_OUT:
            floor.emit(ch.AgentLoggedIn(at=at, origin=floor.origin, agent=view))
        if agent.state is AgentState.LOGGED_OUT:
            agent.missed_in_row = 0
            floor.emit(ch.AgentLoggedOut(at=at, origin=floor.origin, agent=view))
            floor.forget_later(agent)
        floor.emit(
            ch.AgentStateChanged(
                at=at,
                origin=floor.origin,
                agent=view,
                previous=before,
                previous_reason=was_reason,
                previous_seconds=lasted,
            )
        )

    def _began(self, agent: Agent, state: AgentState) -> Timestamp:
        """When the state began: a call of the agent's own is only recognised a moment after it did."""
        since = agent.device_busy_since() if state is AgentState.BUSY else None
        return min(since, self._floor.now) if since is not None else self._floor.now

    def _restore_since(self, agent: Agent) -> None:
        """After a gap in which nothing happened to the agent, the state goes on from when it began.

        A pause that only a full picture tells of began when Asterisk says so.
        """
        was = agent.before_gap
        is_same = was is not None and (was.state, was.reason) == (agent.state, agent.reason)
        if was is not None and is_same and self._last_heard_of(agent) <= was.lost_at:
            agent.since = was.since
        elif self._floor.origin is ch.Origin.SNAPSHOT and agent.pause and agent.state in _COUNT_AGAINST_LIMIT:
            agent.since = min(agent.since, agent.pause.since)

    def _last_heard_of(self, agent: Agent) -> Timestamp:
        """When the agent last talked or paused, as Asterisk remembers."""
        return max(agent.last_call(self._floor.now), agent.last_pause(self._floor.now))

    def _count_wrap_up(self, agent: Agent, seconds: Seconds) -> None:
        queue = self._floor.queues.get(queue_key(agent.last_queue)) if agent.last_queue is not None else None
        if queue is None:
            return
        queue.totals.wrap_up.observe(seconds)
        queue.totals.add_seconds("wrap_up_seconds", seconds, self._floor.now)
        self._floor.touch_stats(queue)

    # -- pauses -------------------------------------------------------------------------------------------------------

    def _follow_pause(self, agent: Agent) -> None:
        """Let the agent's one pause follow the pauses of the memberships."""
        is_paused = agent.all_paused()
        reason = agent.membership_pause() if is_paused else None
        before = agent.pause
        if before is None and not is_paused:
            return
        if before is not None and is_paused and before.reason == reason and not self._is_paused_anew(agent, before):
            return
        floor = self._floor
        self._limits.end(agent)
        agent.pause = Pause(reason=reason, since=self._pause_began(agent)) if is_paused else None
        self._limits.paused(agent)
        agent.missed_in_row = agent.missed_in_row if is_paused else 0  # Whoever comes back begins a new row.
        view = agent.view(floor.policy, floor.now)
        if before is not None:
            ended = agent.pause.since if agent.pause is not None else floor.now
            seconds = Seconds(max(0.0, ended - before.since))
            floor.emit(
                ch.AgentUnpaused(at=ended, origin=floor.origin, agent=view, reason=before.reason, seconds=seconds)
            )
        if agent.pause is not None:
            floor.emit(ch.AgentPaused(at=agent.pause.since, origin=floor.origin, agent=view, reason=reason))

    def _is_paused_anew(self, agent: Agent, before: Pause) -> bool:
        """True when Asterisk remembers a pause of the same reason that began in the gap: the former had ended."""
        was = agent.before_gap
        return was is not None and agent.last_pause(self._floor.now) > max(was.lost_at, before.since)

    def _pause_began(self, agent: Agent) -> Timestamp:
        """Now when an event tells; when a full picture tells, the start that Asterisk remembers."""
        floor, was, stated = self._floor, agent.before_gap, agent.last_pause(self._floor.now)
        if floor.origin is not ch.Origin.SNAPSHOT or not stated:
            return floor.now
        return min(floor.now, max(stated, was.lost_at) if was is not None else stated)
