"""The whole: facts and time in, changes out.

``apply`` first lets time pass, so a busy feed cannot delay a deadline, and a late timer still stamps a change with the
moment at which it was due.  Nothing that a switch can report makes it raise.

A few events concern everybody, and take seconds in a very large centre.  ``pieces`` takes these in step by step, and
``settling`` says step by step how things stand, so that the program does other things in between; until the last step
nothing else may be taken in, and readers of ``snapshot`` see how things were published last.
"""

import itertools
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain import checkpoint
from ctibridge.domain import events as ev
from ctibridge.domain.alarms import Alarms
from ctibridge.domain.changes import Change, Origin, QueueStatsUpdated
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.floor import Floor
from ctibridge.domain.inflow import Inflow
from ctibridge.domain.invariants import Invariants
from ctibridge.domain.leave import Leaves
from ctibridge.domain.members import Members
from ctibridge.domain.picture import AgentPicture, Picture, QueuePicture
from ctibridge.domain.policy import Policy
from ctibridge.domain.recovery import Recovery
from ctibridge.domain.resync import Resync
from ctibridge.domain.rings import Rings
from ctibridge.domain.states import AgentStates
from ctibridge.domain.stays import Stays
from ctibridge.domain.talks import Talks
from ctibridge.domain.units import AgentId, Seconds, Timestamp, queue_key
from ctibridge.domain.views import AgentState

ABOUT_EVERYBODY: Final = (ev.ResyncCompleted, ev.FeedLost)
"""Events that take long where there are many agents."""


class ContactCenter:
    """One PBX's queues, agents and calls."""

    def __init__(self, policy: Policy) -> None:
        self._floor = Floor(policy)
        self._states = AgentStates(self._floor)
        self._rings = Rings(self._floor, self._states)
        self._stays = Stays(self._floor, self._rings)
        self._talks = Talks(self._floor, self._states, self._stays)
        self._members = Members(self._floor, self._states, self._talks)
        self._resync = Resync(self._floor, self._states, self._rings, self._stays, self._talks, self._members)
        self._recovery = Recovery(self._floor, self._rings, self._stays, self._talks)
        self._leaves = Leaves(self._floor)
        self._inflow = Inflow(self._floor)
        self._alarms = Alarms(self._floor)
        self._invariants = Invariants(self._floor)
        self._handlers = self._routes()
        self._is_seeing_again = False
        """A picture after a gap is being taken in."""

    def apply(self, event: ev.Event, now: Timestamp) -> list[Change]:
        """Take in one event that happened at ``now``, on the switch's clock, and say all that follows from it."""
        return self.take(event, now) + self.settle()

    def take(self, event: ev.Event, now: Timestamp) -> list[Change]:
        """Take in one event of several; say what happened, and leave how things stand now to ``settle``.

        States coalesce to the newest anyway: of a burst of events on one queue only the last state has to be made.
        """
        changes = self.advance(now)
        self._floor.begin(now, Origin.AMI)
        self._handlers[type(event)](event)
        if isinstance(event, ev.ResyncCompleted):
            self._leaves.look_again()
            self._invariants.look_at_all()
        return changes + self._floor.said()

    def settle(self) -> list[Change]:
        """How things stand after what was taken in: the states that changed, and the rules that they break or keep."""
        changes = self._floor.flush()
        self._alarms.judge()
        return changes + self._floor.flush()

    def pieces(self, event: ev.ResyncCompleted | ev.FeedLost, now: Timestamp) -> Iterator[list[Change]]:
        """Take in one of ``ABOUT_EVERYBODY`` and settle, step by step, in the order in which it is to be told.

        ``Resynced`` comes last: who hears of it can rely on all states that were told before.
        """
        floor, resynced = self._floor, list[Change]()
        self._is_seeing_again = not floor.is_synced
        try:
            yield self.advance(now)
            floor.begin(now, Origin.AMI)
            for _ in self._about_everybody(event):
                said = floor.said()
                resynced += [one for one in said if isinstance(one, ch.Resynced)]
                yield [one for one in said if not isinstance(one, ch.Resynced)]
            yield from self.settling()
        finally:
            self._is_seeing_again = False
        yield resynced

    def _about_everybody(self, event: ev.ResyncCompleted | ev.FeedLost) -> Iterator[None]:
        if isinstance(event, ev.FeedLost):
            yield from self._resync.losing(event)
        else:
            yield from self._resync.completing(event)
            self._leaves.look_again()
            yield from self._invariants.looking_at_all()
        yield

    def settling(self) -> Iterator[list[Change]]:
        """What ``settle`` says, step by step."""
        for _ in self._floor.flushing():
            yield self._floor.said()
        for _ in self._alarms.judging():
            yield self._floor.said()
        for _ in self._floor.flushing():
            yield self._floor.said()
        yield self._floor.said()

    @property
    def touched(self) -> int:
        """How many states ``settle`` has to look at."""
        return self._floor.touched

    def advance(self, now: Timestamp, most: int | None = None) -> list[Change]:
        """Let time pass: what became due up to ``now``, each at the moment it was due; no more than ``most``."""
        changes: list[Change] = []
        rest = itertools.count() if most is None else range(most)
        for _ in rest:
            due = self._floor.agenda.pop_due(now)
            if due is None:
                break
            when, action = due
            self._floor.begin(when, Origin.DERIVED)
            action(when)
            changes += self._audited(self.settle())
        return changes

    def _audited(self, changes: list[Change]) -> list[Change]:
        """Look at the books of queues whose figures are told."""
        told = {queue_key(change.queue) for change in changes if isinstance(change, QueueStatsUpdated)}
        if not told:
            return changes
        self._invariants.look_at(queue for key, queue in self._floor.queues.items() if key in told)
        return changes + self._floor.flush()

    def set_clock(self, by: Seconds, now: Timestamp) -> list[Change]:
        """The PBX's clock was set by so much, to ``now``: nothing that is timed takes longer or shorter for it.

        Calls keep their times, for queue_log has them by the old clock too.
        """
        floor = self._floor
        floor.set_clock(by, now)
        floor.begin(now, Origin.DERIVED)
        for agent in floor.agents.values():
            agent.set_clock(by, now)
            self._states.resume(agent)
            self._states.refresh(agent)
            floor.touch_agent(agent)
            if agent.state is AgentState.LOGGED_OUT:
                floor.forget_later(agent)
        self._leaves.set_clock(by)
        self._alarms.set_clock(by)
        return self.settle()

    def adopt(self, policy: Policy, now: Timestamp) -> list[Change]:
        """Go by other rules from now on; what was counted stays as it was judged."""
        changes = self.advance(now)
        floor = self._floor
        floor.begin(now, Origin.DERIVED)
        floor.policy = policy
        for queue in floor.queues.values():
            queue.adopt(policy)
            floor.touch_queue(queue)
        for agent in floor.agents.values():
            agent.team = policy.team_of(agent.id)
            self._states.adopt_rules(agent)
        for stay in [stay for queue in floor.queues.values() for stay in queue.line]:
            self._stays.watch_wait(stay)
        self._alarms.adopt()
        changes += self.settle()
        return changes

    def next_deadline(self) -> Timestamp | None:
        """When ``advance`` has something to do; earlier calls are harmless."""
        return self._floor.agenda.next()

    def checkpoint(self, now: Timestamp) -> Checkpoint:
        """All that a later run of the bridge needs to go on from here; to be encoded before the next event."""
        return checkpoint.take(self._floor, now, self._alarms.memory())

    def checkpointing(self, now: Timestamp) -> Generator[None, None, Checkpoint]:
        """The same step by step, to be encoded at once; nothing may be taken in before the end."""
        return checkpoint.taking(self._floor, now, self._alarms.memory())

    @property
    def has_synced(self) -> bool:
        """True once there was a full picture, so that there is something to remember."""
        return self._resync.has_synced

    @property
    def is_audited(self) -> bool:
        """True while every fact is held against queue_log."""
        return self._floor.ledger.is_active

    def restore(self, memory: Checkpoint) -> None:
        """Go on where an earlier run stopped, before anything else is taken in."""
        checkpoint.restore(self._floor, memory)
        self._resync.resume()
        for stay in {id(s): s for stays in self._floor.stays.values() for s in stays}.values():
            self._stays.watch_level(stay)
        for agent in self._floor.agents.values():
            self._states.resume(agent)
        self._alarms.restore(memory.watches)

    def memberships(self, agent: AgentId) -> tuple[ev.MemberRecord, ...]:
        """An agent's places in queues, as last reported; none for somebody who is logged out or not known."""
        known = self._floor.agents.get(agent)
        return tuple(member.record for member in known.members.values()) if known is not None else ()

    def snapshot(self, now: Timestamp) -> Picture:
        """Everything as it stands."""
        floor = self._floor
        blind = Seconds(max(0.0, now - floor.gap_since)) if floor.gap_since is not None else Seconds(0)
        return Picture(
            at=now,
            is_synced=floor.is_synced and not self._is_seeing_again,
            queues=tuple(
                QueuePicture(
                    view=queue.published or queue.view(),
                    totals=queue.totals,
                    policy=queue.policy,
                )
                for queue in floor.queues.values()
            ),
            agents=tuple(
                AgentPicture(view=agent.published or agent.view(floor.policy, now), totals=agent.totals_at(now))
                for agent in floor.agents.values()
            ),
            alarms=self._alarms.firing(),
            gap_seconds=Seconds(floor.gap_seconds + blind),
            repaired=floor.repaired,
            recovered_calls=floor.recovered_calls,
            is_audited=floor.ledger.is_active,
            audit_matched=floor.ledger.matched,
            mismatches=floor.ledger.mismatches,
            unexpected=floor.unexpected,
            broken=self._invariants.broken,
        )

    def _routes(self) -> Mapping[type, Callable[[Any], object]]:
        """Which part takes in which event: the one table of all events."""
        stays, rings, talks, members = self._stays, self._rings, self._talks, self._members
        resync, recovery, inflow = self._resync, self._recovery, self._inflow
        alarms, leaves = self._alarms, self._leaves
        return {
            ev.CallerJoined: stays.on_joined,
            ev.CallerLeft: stays.on_left,
            ev.AbandonReported: stays.on_abandon_reported,
            ev.QueueOutcomeSet: stays.on_outcome,
            ev.QueueEntered: stays.on_queue_entered,
            ev.DialplanContinued: lambda event: stays.moved_on(event.channel),
            ev.ChannelHungUp: self._on_hung_up,
            ev.AgentCalled: rings.on_agent_called,
            ev.AgentConnected: talks.on_connected,
            ev.AgentCompleted: talks.on_completed,
            ev.AgentMissed: rings.on_missed,
            ev.AgentDumped: rings.on_dumped,
            ev.DialEnded: rings.on_dial_ended,
            ev.ChannelHeld: talks.on_held,
            ev.ChannelUnheld: talks.on_unheld,
            ev.BlindTransferred: self._on_blind_transfer,
            ev.AttendedTransferred: self._on_attended_transfer,
            ev.ChannelReplaced: self._on_replaced,
            ev.MemberAdded: lambda event: members.on_reported(event.member),
            ev.MemberRemoved: lambda event: members.on_removed(event.member),
            ev.MemberPaused: lambda event: members.on_reported(event.member),
            ev.MemberChanged: lambda event: members.on_changed(event.member),
            ev.LogReported: recovery.on_reported,
            ev.LogLost: recovery.on_lost,
            ev.FeedLost: resync.on_feed_lost,
            ev.ResyncStarted: lambda _event: resync.on_started(),
            ev.QueueListed: resync.on_queue,
            ev.MemberListed: resync.on_member,
            ev.CallerListed: resync.on_caller,
            ev.LineOrdered: stays.on_line_ordered,
            ev.ChannelListed: resync.on_channel,
            ev.ResyncCompleted: resync.on_completed,
            ev.AlarmAcknowledgement: alarms.on_acknowledged,
            ev.LeaveRequest: leaves.on_request,
            ev.LeaveDecision: leaves.on_decision,
            ev.LeaveWithdrawal: leaves.on_withdrawal,
            ev.UsualInflow: inflow.on_usual,
            ev.CommandAnswered: self._on_command,
        }

    def _on_command(self, event: ev.CommandAnswered) -> None:
        told = msgspec.structs.asdict(event)
        self._floor.emit(ch.CommandDone(at=self._floor.now, origin=Origin.DERIVED, **told))

    def _on_hung_up(self, event: ev.ChannelHungUp) -> None:
        self._stays.on_hung_up(event.channel)
        self._talks.on_channel_gone(event.channel)

    def _on_replaced(self, event: ev.ChannelReplaced) -> None:
        self._stays.alias(event.old, event.new)
        self._talks.alias(event.old, event.new)

    def _on_blind_transfer(self, event: ev.BlindTransferred) -> None:
        ids = {name for name in (event.transferer, event.transferee, *event.linkedids) if name}
        self._talks.on_transferred("blind", ids)

    def _on_attended_transfer(self, event: ev.AttendedTransferred) -> None:
        """A caller announced by a colleague takes over the colleague's place in line (T23)."""
        if event.into_queue and event.transferee is not None:
            for transferer in event.transferers:
                self._stays.alias(transferer, event.transferee)
        ids = {name for name in (*event.transferers, event.transferee, event.target, *event.linkedids) if name}
        self._talks.on_transferred("attended", ids)
