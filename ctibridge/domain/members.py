"""Follows who is a member of which queue, paused or not, and what their devices say."""

import msgspec

from ctibridge.domain import events as ev
from ctibridge.domain.agent import Agent, Member
from ctibridge.domain.events import DeviceStatus
from ctibridge.domain.floor import Floor
from ctibridge.domain.states import AgentStates
from ctibridge.domain.talks import Talks
from ctibridge.domain.units import Timestamp, queue_key


class Members:
    """Takes in what is reported of memberships.

    Every report carries the membership's whole state, so the newest one holds; one that is older than the last full
    picture does not undo it (T44).
    """

    def __init__(self, floor: Floor, states: AgentStates, talks: Talks) -> None:
        self._floor = floor
        self._states = states
        self._talks = talks

    def on_changed(self, record: ev.MemberRecord) -> None:
        """Something else than a pause was reported of a member."""
        self.on_reported(self._with_reason(record))

    def on_reported(self, record: ev.MemberRecord) -> None:
        """A member was added or paused."""
        agent = self._floor.agent(record.interface)
        if self.put(agent, record, self._floor.now):
            self._states.refresh(agent)

    def on_removed(self, record: ev.MemberRecord) -> None:
        """A member is out of one queue."""
        agent = self._floor.agents.get(self._floor.policy.agent_id(record.interface))
        known = agent.members.get((queue_key(record.queue), record.interface)) if agent is not None else None
        is_older = known is not None and known.listed_at > self._floor.now
        if agent is not None and not is_older and self.drop(agent, record):
            self._states.refresh(agent)

    def put(self, agent: Agent, record: ev.MemberRecord, at: Timestamp, *, is_listed: bool = False) -> bool:
        """Take over a membership as an event or a list states it; False when nothing differs, or newer is known.

        Events hold in the order in which they come, for stamps may step back; only a picture is compared by time.
        """
        queue = self._floor.queue(record.queue)
        key = (queue.key, record.interface)
        known = agent.members.get(key)
        if known is not None and (known.reported_at if is_listed else known.listed_at) > at:
            return False
        is_new = known is None
        if known is None:
            known = agent.members[key] = Member(record, at, at)
        before, known.record = known.record, record
        if is_listed:
            known.listed_at = at
        else:
            known.reported_at = at
        if record == before and not is_new:
            return False  # A flood of equal reports is normal (T31).
        if record.status is not before.status:
            known.status_since = at
        if (record.is_paused, record.pause_reason) != (before.is_paused, before.pause_reason):
            known.paused_at = at
        went_free = _went_free(before.status, record.status)
        agent.follow_device(at)
        agent.interface = record.interface
        agent.name = record.name or agent.name
        queue.seat(agent.id, agent.state_in(queue.key))
        self._floor.touch_queue(queue)
        if went_free:
            self._talks.on_device_free(agent, record.state_interface)
        return True

    def put_listed(self, agent: Agent, record: ev.MemberRecord, at: Timestamp) -> bool:
        """Take over a membership as a picture states it; True when that was not what events had told."""
        if self._floor.gap_since is None:
            record = self._with_reason(record)
        known = agent.members.get((queue_key(record.queue), record.interface))
        before = _standing(known.record) if known is not None else None
        return self.put(agent, record, at, is_listed=True) and before != _standing(record)

    def _with_reason(self, record: ev.MemberRecord) -> ev.MemberRecord:
        """A reload makes Asterisk forget why a static member is paused; the pause goes on, with its reason (T28)."""
        agent = self._floor.agents.get(self._floor.policy.agent_id(record.interface))
        known = agent.members.get((queue_key(record.queue), record.interface)) if agent is not None else None
        if known is None or not (known.record.is_paused and record.is_paused) or record.pause_reason:
            return record
        return msgspec.structs.replace(record, pause_reason=known.record.pause_reason)

    def drop(self, agent: Agent, record: ev.MemberRecord) -> bool:
        """Take a membership away; False when it was not known."""
        key = queue_key(record.queue)
        if agent.members.pop((key, record.interface), None) is None:
            return False
        agent.follow_device(self._floor.now)
        if not any(queue == key for queue, _ in agent.members):
            self._floor.queues[key].unseat(agent.id)
        self._floor.touch_queue(self._floor.queues[key])
        return True


def _standing(record: ev.MemberRecord) -> ev.MemberRecord:
    """The record without what changes in Asterisk with no event: the rest must agree with a list."""
    return msgspec.structs.replace(
        record, is_in_call=False, calls_taken=0, last_call=None, last_pause=None, login_time=None
    )


def _went_free(before: DeviceStatus, after: DeviceStatus) -> bool:
    """True when a device that was in use is so no more; devices that cannot tell do not count."""
    return after is DeviceStatus.NOT_IN_USE and before not in (DeviceStatus.NOT_IN_USE, DeviceStatus.UNKNOWN)
