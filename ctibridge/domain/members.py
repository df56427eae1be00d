"""Follows who is a member of which queue, paused or not, and what their devices say."""

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

    def on_reported(self, record: ev.MemberRecord) -> None:
        """A member was added, paused, or changed."""
        agent = self._floor.agent(record.interface)
        if self.put(agent, record, self._floor.now):
            self._states.refresh(agent)

    def on_removed(self, record: ev.MemberRecord) -> None:
        """A member is out of one queue."""
        agent = self._floor.agents.get(self._floor.policy.agent_id(record.interface))
        if agent is not None and self.drop(agent, record):
            self._states.refresh(agent)

    def put(self, agent: Agent, record: ev.MemberRecord, reported_at: Timestamp) -> bool:
        """Take over a membership as reported; False when something newer is known."""
        queue = self._floor.queue(record.queue)
        key = (queue.key, record.interface)
        known = agent.members.get(key)
        if known is not None and known.reported_at > reported_at:
            return False
        if known is not None and record == known.record:
            return False  # A flood of equal reports is normal (T31).
        went_free = known is not None and _went_free(known.record.status, record.status)
        is_same_status = known is not None and known.record.status is record.status
        status_since = known.status_since if known is not None and is_same_status else reported_at
        agent.members[key] = Member(record, reported_at, status_since)
        agent.interface = record.interface
        agent.name = record.name or agent.name
        queue.agents.add(agent.id)
        self._floor.touch_queue(queue)
        if went_free:
            self._talks.on_device_free(agent, record.state_interface)
        return True

    def drop(self, agent: Agent, record: ev.MemberRecord) -> bool:
        """Take a membership away; False when it was not known."""
        key = queue_key(record.queue)
        if agent.members.pop((key, record.interface), None) is None:
            return False
        if not any(queue == key for queue, _ in agent.members):
            self._floor.queues[key].agents.discard(agent.id)
        self._floor.touch_queue(self._floor.queues[key])
        return True


def _went_free(before: DeviceStatus, after: DeviceStatus) -> bool:
    """True when a device that was in use is so no more; devices that cannot tell do not count."""
    return after is DeviceStatus.NOT_IN_USE and before not in (DeviceStatus.NOT_IN_USE, DeviceStatus.UNKNOWN)
