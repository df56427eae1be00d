"""Compares everything known with a full picture from the switch, at first, after every gap, and from time to time.

Theory of operation
-------------------
A picture is asked for at a moment ``asked_at`` and arrives as a list; events go on meanwhile, and a few that happened
before may be delivered after it (T44).  Nothing is changed until the list is complete.  Then, fact by fact:

* A *member* listed is taken over, unless an event newer than ``asked_at`` told of it; a member not listed, and not told
  of since, is gone.
* A *caller* listed who is known stays as he is, in the order listed; one who is not known joined while we could not see
  and is counted as offered, once.  A caller who is known, joined before ``asked_at`` and is not listed is gone: after
  ``GRACE``, in which his own events may still arrive, his stay is lost.
* An *answered call* whose channels are not listed any more ended while we could not see.
* A *queue* that is not listed does not exist, as soon as its last call has ended.

What is found to differ is repaired and counted; without a gap before it, the count is a measure of our mistakes.

All this concerns everybody, and takes seconds where there are ten thousand.  So ``completing`` and ``losing`` are
iterators, and whoever calls them may do something else between two steps, as long as nothing is taken in and no state
is told: only at the end is what is known whole again.
"""

from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.agent import Agent, Member, MemberKey, is_of_another_clock
from ctibridge.domain.caller import Stage, Stay
from ctibridge.domain.floor import PIECE, Floor, stay_facts
from ctibridge.domain.members import Members
from ctibridge.domain.queue import Queue
from ctibridge.domain.rings import Rings
from ctibridge.domain.states import AgentStates
from ctibridge.domain.stays import SAME_JOIN, Stays
from ctibridge.domain.talks import Talks
from ctibridge.domain.units import AgentId, CallId, QueueKey, Seconds, Timestamp, queue_key

GRACE: Final = Seconds(3)

_T = TypeVar("_T")


class Resync:
    """Collects one picture and reconciles it."""

    def __init__(  # noqa: PLR0913, PLR0917 - every part has something to reconcile
        self, floor: Floor, states: AgentStates, rings: Rings, stays: Stays, talks: Talks, members: Members
    ) -> None:
        self._floor = floor
        self._states = states
        self._rings = rings
        self._stays = stays
        self._talks = talks
        self._members = members
        self._asked_at = Timestamp(0)
        self._queues: dict[QueueKey, ev.QueueListed] = {}
        self._listed_members: list[ev.MemberRecord] = []
        self._callers: list[ev.CallerListed] = []
        self._callers_listed: set[CallId] = set()
        self._channels: dict[str, ev.ChannelListed] = {}
        self._left_since: set[tuple[QueueKey, CallId]] = set()
        """Callers of whom events have told, since the picture was asked for, that they left."""
        self._switch_started: Timestamp | None = None
        self.has_synced = False

    def resume(self) -> None:
        """An earlier run had synced: what is known is compared, not begun anew."""
        self.has_synced = True
        self._stays.lose_sight()

    # -- collecting ---------------------------------------------------------------------------------------------------

    def on_feed_lost(self, event: ev.FeedLost) -> None:
        """Nothing is known from now on."""
        for _ in self.losing(event):
            pass

    def losing(self, event: ev.FeedLost) -> Iterator[None]:
        """The same, step by step."""
        floor = self._floor
        if floor.gap_since is None and self.has_synced:
            floor.gap_since = min(floor.now, event.last_heard) if event.last_heard is not None else floor.now
            floor.emit(ch.FeedInterrupted(at=floor.now, origin=floor.origin, reason=event.reason))
        floor.gap_reason = event.reason
        floor.is_synced = False
        floor.queue_asked.clear()  # Callers may ask for another queue meanwhile.
        self._stays.lose_sight()
        for agents in _pieces(floor.agents.values()):
            for agent in agents:
                self._states.lose_feed(agent)
            yield
        for queue in floor.queues.values():
            floor.touch_queue(queue)

    def on_started(self) -> None:
        """A picture was asked for."""
        self._asked_at = self._floor.now
        self._forget_picture()

    def _forget_picture(self) -> None:
        self._queues.clear()
        self._listed_members.clear()
        self._callers.clear()
        self._callers_listed.clear()
        self._channels.clear()
        self._left_since.clear()

    def on_queue(self, event: ev.QueueListed) -> None:
        """A queue exists."""
        self._queues[queue_key(event.queue)] = event

    def on_member(self, event: ev.MemberListed) -> None:
        """A member is in a queue."""
        self._listed_members.append(event.member)

    def on_caller(self, event: ev.CallerListed) -> None:
        """A caller waits."""
        self._callers.append(event)
        self._callers_listed.add(event.call)

    def on_channel(self, event: ev.ChannelListed) -> None:
        """A channel exists."""
        self._channels[event.channel] = event

    # -- reconciling --------------------------------------------------------------------------------------------------

    def on_completed(self, event: ev.ResyncCompleted) -> None:
        """The picture is whole: what it does not show does not exist."""
        for _ in self.completing(event):
            pass

    def completing(self, event: ev.ResyncCompleted) -> Iterator[None]:
        """The same, step by step; ``Resynced`` is the last that it says."""
        floor = self._floor
        floor.origin = ch.Origin.SNAPSHOT
        was_blind = floor.gap_since is not None or not self.has_synced
        ended = ((key, call, at) for key, queue in floor.queues.items() for call, at in queue.ended.items())
        self._left_since = {(key, call) for key, call, at in ended if at >= self._asked_at}
        repaired = self._list_queues()
        if self._has_restarted(event):
            self._channels.clear()
        if was_blind and (event.channels_listed or self._has_restarted(event)):
            repaired += yield from self._reconciling_talks()
        repaired += yield from self._reconciling_members()
        repaired += yield from self._reconciling_callers(was_blind=was_blind)
        repaired += self._drop_queues()
        floor.repaired += 0 if was_blind else repaired
        floor.seen_since = floor.now if was_blind else floor.seen_since
        self._end_gap()
        floor.is_synced = True
        for agents in _pieces(floor.agents.values()):
            for agent in agents:
                self._states.restore_feed(agent)
            yield
        for queue in floor.queues.values():
            floor.touch_queue(queue)
            for stay in queue.line:
                self._stays.check_level(stay)
                self._stays.check_wait(stay)
            yield
        floor.emit(
            ch.Resynced(
                at=floor.now,
                origin=floor.origin,
                queues=len(floor.queues),
                agents=len(floor.agents),
                waiting=sum(len(queue.line) for queue in floor.queues.values()),
                repaired=repaired,
                is_first=not self.has_synced,
            )
        )
        self.has_synced = True
        self._switch_started = event.switch_started or self._switch_started
        self._forget_picture()

    def _has_restarted(self, event: ev.ResyncCompleted) -> bool:
        """True when this is another run of the switch: none of its former channels exists."""
        return None not in (self._switch_started, event.switch_started) and (
            self._switch_started != event.switch_started
        )

    def _end_gap(self) -> None:
        floor = self._floor
        if floor.ledger.is_active and (floor.gap_since is not None or not self.has_synced):
            floor.recover_until = floor.now
        if floor.gap_since is None:
            return
        floor.gap_seconds = Seconds(floor.gap_seconds + max(0.0, floor.now - floor.gap_since))
        floor.emit(ch.GapNoted(at=floor.now, origin=floor.origin, since=floor.gap_since, reason=floor.gap_reason))
        floor.gap_since = None

    def _list_queues(self) -> int:
        floor = self._floor
        new = [listed for key, listed in self._queues.items() if key not in floor.queues]
        for listed in self._queues.values():
            queue = floor.queue(listed.queue)
            queue.strategy = listed.strategy
            floor.touch_queue(queue)
        return len(new)

    def _drop_queues(self) -> int:
        """Queues that are not listed are gone, once their calls are: app_queue lets those end after a reload."""
        floor = self._floor
        waiting = {stay.key for stays in floor.stays.values() for stay in stays if stay.is_open}
        talking = {talk.stay.key for talks in floor.talks.values() for talk in talks if talk.is_open}
        in_use = self._queues.keys() | waiting | talking
        gone = [q for key, q in floor.queues.items() if key not in in_use and q.created_at < self._asked_at]
        for queue in gone:
            self._remove_queue(queue)
        return len(gone)

    def _remove_queue(self, queue: Queue) -> None:
        floor = self._floor
        for agent in [floor.agents[a] for a in list(queue.seats)]:
            for record in [m.record for (key, _), m in agent.members.items() if key == queue.key]:
                self._members.drop(agent, record)
            self._states.refresh(agent)
        del floor.queues[queue.key]
        floor.emit(ch.QueueRemoved(at=floor.now, origin=floor.origin, queue=queue.name))

    def _reconciling_members(self) -> Generator[None, None, int]:
        floor, repaired, touched = self._floor, 0, dict[AgentId, Agent]()
        listed = {(queue_key(record.queue), record.interface) for record in self._listed_members}
        yield
        for agents in _pieces(floor.agents.values()):
            for agent in agents:
                for member in self._not_listed(agent, listed):
                    repaired += self._members.drop(agent, member.record)
                    touched[agent.id] = agent
            yield
        for records in _pieces(self._listed_members):
            for record in records:
                agent = floor.agent(record.interface)
                repaired += self._members.put_listed(agent, record, self._asked_at)
                touched[agent.id] = agent
                self._follow_last_call(agent, record)
            yield
        for agents in _pieces(touched.values()):
            for agent in agents:
                if not agent.is_feed_lost:
                    self._states.refresh(agent)
            yield
        return repaired

    def _not_listed(self, agent: Agent, listed: set[MemberKey]) -> list[Member]:
        """Memberships that are gone."""
        items = agent.members.items()
        return [member for key, member in items if key not in listed and member.reported_at <= self._asked_at]

    def _follow_last_call(self, agent: Agent, record: ev.MemberRecord) -> None:
        """Wrap-up of a call that ended before we could see: Asterisk remembers when that was."""
        ended = record.last_call
        if ended is None or record.is_in_call or is_of_another_clock(ended, self._floor.now):
            return
        seconds = agent.wrap_up_seconds(record.queue, record.interface, self._floor.policy)
        until = Timestamp(ended + seconds)
        if seconds > 0 and self._floor.now < until and (agent.wrap_up_until or until - 1) < until:
            agent.last_queue = record.queue
            self._states.wrap_up_until(agent, until)

    def _reconciling_callers(self, *, was_blind: bool) -> Generator[None, None, int]:
        floor, repaired = self._floor, 0
        places: dict[QueueKey, dict[int, int]] = {}
        for number, listed in enumerate(self._callers, 1):
            queue = floor.queue(listed.queue)
            stay, is_new = self._match(queue, listed, was_blind=was_blind)
            if stay is not None:
                places.setdefault(queue.key, {})[id(stay)] = listed.position
                self._follow_caller(queue, stay, listed)
            if is_new and stay is not None:
                repaired += 1
                floor.emit_call(ch.CallQueued, stay_facts(stay))
            if number % PIECE == 0:
                yield
        for queue in floor.queues.values():
            present = places.get(queue.key, {})
            for stay in list(queue.line):
                if id(stay) not in present and stay.joined_at < self._asked_at:
                    repaired += 1
                    self._look_again_for(stay, was_blind=was_blind)
            if present and queue.reorder(present):
                floor.touch_queue(queue)
            yield
        return repaired

    def _match(self, queue: Queue, listed: ev.CallerListed, *, was_blind: bool) -> tuple[Stay | None, bool]:
        """The stay that a listed caller is in, and whether it was not known before."""
        floor = self._floor
        joined_at = Timestamp(self._asked_at - listed.wait)
        for stay in floor.open_stays(listed.call):
            if self._is_still_listed(stay, listed, was_blind=was_blind):
                return stay, False
            if stay.key == queue.key and stay.stage is Stage.WAITING:
                self._look_again_for(stay, was_blind=was_blind)  # The same caller, but queued anew.
        handed_over = None
        if not floor.is_read_to_join(queue, listed.call, joined_at):
            handed_over = self._handed_over(queue, joined_at)
        if handed_over is not None:
            self._stays.alias(handed_over.call, listed.call)
            return handed_over, False
        if (queue.key, listed.call) in self._left_since:
            return None, False  # The picture was drawn just before the caller left.
        stay = self._stays.open_stay(
            queue, listed.call, joined_at=joined_at, position=listed.position, caller=listed.caller, linkedid=None
        )
        return stay, True

    def _is_still_listed(self, stay: Stay, listed: ev.CallerListed, *, was_blind: bool) -> bool:
        """True when a listed caller is in this stay; who was out of the line before a gap has joined anew since."""
        is_over = was_blind and stay.is_settling
        is_same_time = self._asked_at - listed.wait - stay.joined_at <= SAME_JOIN
        return stay.key == queue_key(listed.queue) and is_same_time and not is_over

    def _handed_over(self, queue: Queue, joined_at: Timestamp) -> Stay | None:
        """The stay that goes on under the channel of a listed caller whom nobody saw joining (T23)."""
        gap = self._floor.gap_since
        is_older_than_gap = gap is not None and joined_at < gap - SAME_JOIN
        for stay in queue.line:
            is_same_time = abs(stay.joined_at - joined_at) <= SAME_JOIN
            if is_same_time and (stay.caller_gone or is_older_than_gap) and not stay.known_as & self._callers_listed:
                return stay
        return None

    def _follow_caller(self, queue: Queue, stay: Stay, listed: ev.CallerListed) -> None:
        """Who calls can change while the place in line stays."""
        if listed.caller not in (stay.caller, ev.Caller()):
            stay.caller = listed.caller
            self._floor.touch_queue(queue)

    def _look_again_for(self, stay: Stay, *, was_blind: bool) -> None:
        """After a gap the caller is gone; without one, his own events may be on their way."""
        if was_blind and self._floor.ledger.is_active:
            self._stays.await_log(stay)
        elif was_blind:
            self._stays.miss(stay)
        else:
            self._floor.agenda.at(Timestamp(self._floor.now + GRACE), lambda _now: self._miss_if_waiting(stay))

    def _miss_if_waiting(self, stay: Stay) -> None:
        if stay.stage is not Stage.WAITING:
            return
        if self._floor.ledger.is_active:
            self._stays.await_log(stay)
        else:
            self._stays.miss(stay)

    def _reconciling_talks(self) -> Generator[None, None, int]:
        """Calls and rings whose channels are gone ended in the gap."""
        open_talks = {id(t): t for talks in self._floor.talks.values() for t in talks if t.is_open}
        ended = [t for t in open_talks.values() if not (t.stay.known_as | {t.leg}) & self._channels.keys()]
        has_log = self._floor.ledger.is_active
        for talk in open_talks.values():
            if talk.leg is not None and talk.leg not in self._channels:
                self._talks.on_channel_gone(talk.leg)
        yield
        for talks in _pieces(ended):
            for talk in talks:
                if has_log:
                    self._talks.await_log(talk)
                else:
                    self._talks.end_unseen(talk)
            yield
        undecided = {id(s): s for stays in self._floor.stays.values() for s in stays if self._has_left(s)}
        for stay in undecided.values():
            if has_log:
                self._stays.await_log(stay)
            else:
                self._stays.miss(stay)
        self._end_rings()
        return len(ended) + len(undecided)

    def _has_left(self, stay: Stay) -> bool:
        """True for a caller who was out of the line before the gap, and is not still about to talk (T4)."""
        is_in_line_again = bool(stay.known_as & self._callers_listed)
        picked_up = [a.leg for a in stay.attempts.values() if a.answered_at is not None and a.leg in self._channels]
        is_about_to_talk = not is_in_line_again and any(self._channels[leg].bridge is None for leg in picked_up if leg)
        return stay.is_settling and not (stay.stage is Stage.LEFT and is_about_to_talk)

    def _end_rings(self) -> None:
        """Phones whose channels are gone ring no more."""
        for agent in self._floor.agents.values():
            for stay, attempt in list(agent.attempts.values()):
                if attempt.leg is not None and attempt.leg not in self._channels:
                    self._rings.stop(stay, attempt)


def _pieces(all_of_them: Iterable[_T]) -> Iterator[list[_T]]:
    """So many at a time."""
    rest = iter(list(all_of_them))
    while piece := list(islice(rest, PIECE)):
        yield piece
