"""Queues, their members and their waiting callers: the data of app_queue and the questions it asks of them."""

from collections.abc import Iterator

from ctibridge.simulator import script
from ctibridge.simulator.channels import Channel
from ctibridge.simulator.devices import DeviceState, device_of
from ctibridge.simulator.lines import Line

MEMBER_BUCKETS = 37
QUEUE_BUCKETS = 53
_ASCII_END = 0x7F
PENALTY_WEIGHT = 1_000_000
ROUND_ROBIN_WRAP = 1000
"""What the metric of a member grows by whose turn in the round comes after the wrap."""


class Member:
    """One interface's place in one queue."""

    def __init__(self, *, interface: str, name: str, state_interface: str, logged_in_at: int) -> None:
        self.interface = interface
        self.name = name
        self.state_interface = state_interface
        self.paused = False
        self.paused_reason = ""
        self.status = DeviceState.NOT_INUSE
        self.calls = 0
        self.last_call = 0
        """Epoch seconds of the end of the last call; 0: none."""
        self.last_pause = 0
        """Epoch seconds; 0: never."""
        self.login_time = logged_in_at
        self.start_time = 0
        """Epoch seconds of the answer of the present call; 0: no call."""
        self.call_within_service_level = False
        self.last_queue: Queue | None = None
        self.wrapuptime = 0
        """0: the queue's."""
        self.penalty = 0
        self.round_position = 0

    @property
    def device(self) -> str:
        """The device whose state is the member's."""
        return device_of(self.state_interface)

    @property
    def is_local(self) -> bool:
        """Whether the state is that of a Local channel, which cannot ring."""
        return self.state_interface.startswith("Local/")

    @property
    def is_free(self) -> bool:
        """Whether the device could take a call."""
        return self.status in {DeviceState.NOT_INUSE, DeviceState.UNKNOWN}

    @property
    def is_reachable(self) -> bool:
        """Whether there is a device at all."""
        return self.status is not DeviceState.UNAVAILABLE


class Entry:
    """One caller's stay in one queue."""

    def __init__(self, line: Line, queue: "Queue", *, start: int, expires: int) -> None:
        self.line = line
        self.queue = queue
        self.start = start
        """Epoch seconds of joining."""
        self.expires = expires
        """Epoch seconds at which ``Queue()`` gives up; 0: never."""
        self.position = 0
        self.original_position = 0
        self.priority = 0
        self.is_ringing_members = False

    @property
    def channel(self) -> Channel:
        """The caller's leg."""
        return self.line.channel

    def has_expired(self, second: int) -> bool:
        """Whether ``Queue()``'s own time is up."""
        return bool(self.expires) and second >= self.expires


class Queue:
    """One queue: its settings, members, callers and statistics."""

    def __init__(self, spec: script.Queue) -> None:
        self.spec = spec
        self.name = spec.name
        self.callers: list[Entry] = []
        self.members: tuple[Member, ...] = ()
        """In the order of app_queue's hash table, which is the order of lists and of simultaneous ringing."""
        self._members: dict[str, Member] = {}
        self._watching: dict[str, Member] = {}
        """By device."""
        self.round_position = 0
        self.has_wrapped = False
        self.holdtime = 0
        """Moving average, seconds."""
        self.talktime = 0
        """Moving average, seconds."""
        self.completed = 0
        self.completed_within_service_level = 0
        self.abandoned = 0
        self.abandoned_within_service_level = 0

    def member(self, interface: str) -> Member | None:
        """The member with this interface, in any spelling of it."""
        return self._members.get(interface.lower())

    def watching(self, device: str) -> Member | None:
        """The first member whose state is that of this device, in any spelling of it."""
        return self._watching.get(device.lower())

    def add(self, member: Member) -> None:
        """Make somebody a member."""
        member.round_position = len(self._members)
        self._members[member.interface.lower()] = member
        self._arrange()

    def remove(self, member: Member) -> None:
        """Make somebody a member no longer; the round closes up."""
        del self._members[member.interface.lower()]
        self._arrange()
        if member.round_position < self.round_position:
            self.round_position -= 1
        for other in self.members:
            if other.round_position > member.round_position:
                other.round_position -= 1

    def join(self, entry: Entry) -> None:
        """A caller takes the last place in line."""
        self.callers.append(entry)
        self._renumber()
        entry.original_position = entry.position

    def prefer(self, entry: Entry, priority: int) -> None:
        """Give a caller another priority, and the place in line that goes with it."""
        entry.priority = priority
        self.callers.remove(entry)
        place = next((n for n, other in enumerate(self.callers) if other.priority < priority), len(self.callers))
        self.callers.insert(place, entry)
        self._renumber()

    def leave(self, entry: Entry) -> None:
        """A caller is out of the line; those behind move up."""
        self.callers.remove(entry)
        self._renumber()

    def wrapuptime_of(self, member: Member) -> int:
        """Seconds of rest after a call."""
        return member.wrapuptime or self.spec.wrapuptime

    def is_available(self, member: Member, now: float) -> bool:
        """Whether a member counts as able to take a call."""
        wrapuptime = self.wrapuptime_of(member)
        if wrapuptime and member.last_call and int(now) - wrapuptime < member.last_call:
            return False
        return member.is_free and not member.paused

    def available_members(self, now: float) -> int:
        """How many callers could be served; never more than one where everybody rings at once."""
        available = sum(self.is_available(member, now) for member in self.members)
        return min(available, 1) if self.spec.strategy is script.Strategy.RING_ALL else available

    def is_turn_of(self, entry: Entry, now: float) -> bool:
        """Whether a member is left for this caller when those in front, for whom nobody rings yet, have theirs."""
        in_front = self.callers[: self.callers.index(entry)]
        return sum(not other.is_ringing_members for other in in_front) < self.available_members(now)

    def is_empty(self, condition: script.Empty) -> bool:
        """Whether the queue has nobody, in the sense of ``joinempty`` or ``leavewhenempty``."""
        match condition:
            case script.Empty.NEVER:
                return False
            case script.Empty.LOOSE:
                return not self.members
            case script.Empty.UNREACHABLE:
                return not any(member.is_reachable for member in self.members)
            case script.Empty.STRICT:
                return not any(member.is_reachable and not member.paused for member in self.members)

    def metric(self, member: Member, now: float) -> int:
        """Who rings first: the member with the smallest number."""
        return member.penalty * PENALTY_WEIGHT + self._metric(member, now)

    def _metric(self, member: Member, now: float) -> int:
        match self.spec.strategy:
            case script.Strategy.RING_ALL:
                return 0
            case script.Strategy.LEAST_RECENT:
                return 1_000_000 - (int(now) - member.last_call) if member.last_call else 0
            case script.Strategy.ROUND_ROBIN:
                if member.round_position < self.round_position:
                    return ROUND_ROBIN_WRAP + member.round_position
                if member.round_position > self.round_position:
                    self.has_wrapped = True
                return member.round_position

    def advance_round(self, next_metric: int | None) -> None:
        """After ringing: the round goes on with the best of those who were not rung, if any."""
        if next_metric is not None:
            self.round_position = next_metric % ROUND_ROBIN_WRAP
        else:
            self.round_position = 0 if self.has_wrapped else self.round_position + 1
        self.has_wrapped = False

    def note_hold(self, seconds: int) -> None:
        """Take an answered caller's wait into the moving average."""
        is_first = not self.completed + self.abandoned
        self.holdtime = seconds if is_first else (self.holdtime * 3 + seconds) >> 2

    def note_talk(self, seconds: int, *, within_service_level: bool) -> None:
        """Count a call that ended."""
        self.completed += 1
        self.completed_within_service_level += within_service_level
        self.talktime = seconds if self.completed == 1 else (self.talktime * 3 + seconds) >> 2

    def note_abandon(self, wait: int) -> None:
        """Count a caller who left unserved."""
        self.abandoned += 1
        self.abandoned_within_service_level += wait <= self.spec.service_level

    def _arrange(self) -> None:
        self.members = tuple(sorted(self._members.values(), key=lambda member: _member_bucket(member.interface)))
        self._watching = {member.device.lower(): member for member in reversed(self.members)}

    def _renumber(self) -> None:
        for position, entry in enumerate(self.callers, start=1):
            entry.position = position


class Queues:
    """All queues, in the order of app_queue's hash table."""

    def __init__(self, specs: tuple[script.Queue, ...]) -> None:
        queues = sorted((Queue(spec) for spec in specs), key=lambda queue: _queue_bucket(queue.name))
        self._queues = {queue.name.lower(): queue for queue in queues}
        self._has_weights = any(spec.weight for spec in specs)
        self.pending: set[str] = set()
        """Interfaces that some caller is just having called, so that no other caller has them called as well."""

    def __iter__(self) -> Iterator[Queue]:
        return iter(self._queues.values())

    def get(self, name: str) -> Queue | None:
        """The queue with this name, in any spelling of it."""
        return self._queues.get(name.lower())

    def with_member(self, interface: str) -> Iterator[tuple[Queue, Member]]:
        """Every membership of an interface."""
        for queue in self:
            if (member := queue.member(interface)) is not None:
                yield queue, member

    def is_outweighed(self, queue: Queue, member: Member, now: float) -> bool:
        """Whether callers of a weightier queue need the member more."""
        return self._has_weights and any(
            other is not queue
            and other.spec.weight > queue.spec.weight
            and bool(other.callers)
            and len(other.callers) >= other.available_members(now)
            for other, _ in self.with_member(member.interface)
        )


def _member_bucket(interface: str) -> int:
    """app_queue's ``member_hash_fn``: five characters from the slash on, six bits each."""
    place = interface[max(interface.find("/"), 0) :]
    total = sum(_six_bits(byte) << (6 * i) for i, byte in enumerate(place.encode()[:5]))
    return total % MEMBER_BUCKETS


def _six_bits(byte: int) -> int:
    character = chr(byte)
    if not character.isprintable() or byte >= _ASCII_END:
        return 0
    return byte - 0x40 if character > "`" else byte - 0x20


def _queue_bucket(name: str) -> int:
    """``ast_str_case_hash``, by which app_queue files its queues."""
    value = 5381
    for byte in name.lower().encode():
        value = (value * 33 ^ byte) & 0xFFFFFFFF
    return (value & 0x7FFFFFFF) % QUEUE_BUCKETS
