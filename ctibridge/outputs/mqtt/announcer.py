"""From numbered changes to messages: which topic, which bytes.  Pure."""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final

import msgspec

from ctibridge.domain import changes
from ctibridge.domain.changes import Change, Origin
from ctibridge.domain.events import Caller
from ctibridge.domain.journal import Entry
from ctibridge.domain.privacy import PrivacySettings, masked
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.boards import Boards, board_of
from ctibridge.outputs.mqtt.draft import Draft
from ctibridge.outputs.mqtt.envelope import Status, encode, enveloped, message_type, sequence_text, source_of
from ctibridge.outputs.mqtt.info import Info
from ctibridge.outputs.mqtt.message import Message, MessageClass
from ctibridge.outputs.mqtt.models import MODELS
from ctibridge.outputs.mqtt.outbox_event import OutboxEvent
from ctibridge.outputs.mqtt.payloads import GapData
from ctibridge.outputs.mqtt.spool import Gap
from ctibridge.outputs.mqtt.topics import BOARD, EVENTS, REMOVALS, STATES, Topics

OUTBOX_FULL: Final = "outbox_full"
RETAINED: Final[frozenset[type[Change]]] = frozenset({*STATES, *REMOVALS, changes.AlarmResolved})
"""What becomes of retained topics."""
MOST_CALLERS: Final = 1024
"""Whose mask is remembered: each caller is spoken of several times."""


class Announcer:
    """Words for one PBX below one base; brokers that get the same can share it, and each change is encoded once."""

    def __init__(
        self, *, pbx: str, base: str, privacy: PrivacySettings | None = None, has_private: bool = False
    ) -> None:
        self.pbx = pbx
        self.topics = Topics(base, pbx)
        self._source = source_of(pbx)
        self._hide = lru_cache(MOST_CALLERS)(partial(masked, privacy=privacy or PrivacySettings()))
        self._has_private = has_private
        self._latest: tuple[Entry, ...] = ()
        self._drafts: tuple[Draft, ...] = ()
        self._boards = Boards()

    def announce(self, entries: Sequence[Entry]) -> tuple[Message, ...]:
        """Messages for these entries, in their order."""
        return tuple(
            message
            for entry in entries
            for message in (*(one for event in self.events((entry,)) for one in self.messages(event)),
                            *(draft.message() for draft in self._states(entry)))
        )  # fmt: skip

    def states(self, entries: Sequence[Entry]) -> tuple[Draft, ...]:
        """What becomes of retained topics; the same drafts when asked again for the same batch."""
        if len(entries) != len(self._latest) or any(map(operator.is_not, entries, self._latest)):
            self._latest = tuple(entries)
            self._drafts = tuple(draft for entry in _newest(entries) for draft in self._states(entry))
        return self._drafts

    def events(self, entries: Sequence[Entry]) -> list[OutboxEvent]:
        """The events among these entries, as every broker is to get them."""
        return [self._event(entry) for entry in entries if not entry.is_retold and type(entry.change) in EVENTS]

    def messages(self, event: OutboxEvent) -> Iterator[Message]:
        """An event as this broker gets it."""
        topic = f"{self.topics.root}/event/{event.name}"
        message = Message(
            topic=topic, payload=event.payload, kind="event", sequence=event.sequence, recorded=event.recorded
        )
        yield message
        if self._has_private and event.twin is not None:
            yield msgspec.structs.replace(message, topic=self.topics.private(topic), payload=event.twin)

    def status(self, status: Status) -> Message:
        """Whether the retained states may be believed; also the last will."""
        return Message(topic=self.topics.status, payload=encode(status), kind="status", sequence=0)

    def info(self, info: Info, *, epoch: int, sequence: int, now: Timestamp) -> Message:
        """What displays need to know about the site."""
        payload = self._own("info", info, epoch, (sequence, 0), now)
        return Message(topic=self.topics.info, payload=payload, kind="info", sequence=sequence)

    def gap(self, gap: Gap, *, epoch: int, now: Timestamp) -> Message:
        """Takes the place, and the last number, of events that one broker will never get.

        So the numbers that this broker sees jump by exactly what the statement names.
        """
        data = GapData(
            since=gap.since,
            until=gap.until,
            reason=OUTBOX_FULL,
            first_sequence=sequence_text(gap.first),
            last_sequence=sequence_text(gap.last),
            dropped=gap.dropped,
        )
        payload = self._own("gap", data, epoch, (gap.last, gap.first - 1), now)
        return Message(topic=self.topics.event("bridge", "gap"), payload=payload, kind="event", sequence=gap.last)

    def _event(self, entry: Entry) -> OutboxEvent:
        change = entry.change
        model, (entity, verb) = MODELS[type(change)], EVENTS[type(change)]
        type_ = message_type(entity, verb)
        has_twin = self._has_private and model.has_caller
        return OutboxEvent(
            sequence=entry.sequence,
            name=f"{entity}/{verb}",
            subject=entry.subject,
            recorded=entry.recorded,
            payload=self._payload(entry, type_, model.make(change, self._hide)),
            twin=self._payload(entry, type_, model.make(change, _whole)) if has_twin else None,
        )

    def _states(self, entry: Entry) -> Iterator[Draft]:
        change = entry.change
        if type(change) in STATES:
            model, (topic, type_) = MODELS[type(change)], self._place(change)
            yield self._draft(entry, topic, type_, partial(model.make, change, self._hide))
            if self._has_private and model.has_caller:
                yield self._draft(entry, self.topics.private(topic), type_, partial(model.make, change, _whole))
            if isinstance(change, changes.QueueUpdated) and self._boards.is_new(change.queue):
                topic = self.topics.queue_board(change.queue.queue)
                yield self._draft(entry, topic, message_type(*BOARD), partial(board_of, change.queue))
        elif isinstance(change, changes.AgentRemoved | changes.QueueRemoved):
            for topic in self._topics_of(change):
                yield _emptied(topic, entry)
        elif isinstance(change, changes.AlarmResolved):
            yield _emptied(self.topics.alert(change.alarm.alert), entry)

    def _draft(self, entry: Entry, topic: str, type_: str, data: Callable[[], msgspec.Struct]) -> Draft:
        return Draft(topic, _kind(entry.change), lambda: self._message(entry, topic, type_, data()))

    def _message(self, entry: Entry, topic: str, type_: str, data: msgspec.Struct) -> Message:
        return Message(
            topic=topic,
            payload=self._payload(entry, type_, data),
            kind=_kind(entry.change),
            sequence=entry.sequence,
            recorded=entry.recorded,
        )

    def _payload(self, entry: Entry, type_: str, data: msgspec.Struct) -> bytes:
        envelope = enveloped(
            source=self._source,
            type_=type_,
            subject=entry.subject,
            at=entry.change.at,
            recorded=entry.recorded,
            epoch=entry.epoch,
            numbers=(entry.sequence, entry.prevsequence),
            origin=entry.change.origin,
            data=data,
        )
        return encode(envelope)

    def _own(self, verb: str, data: Info | GapData, epoch: int, numbers: tuple[int, int], now: Timestamp) -> bytes:
        """What the bridge says of itself."""
        return encode(
            enveloped(
                source=self._source,
                type_=message_type("bridge", verb),
                subject="bridge",
                at=now,
                recorded=now,
                epoch=epoch,
                numbers=numbers,
                origin=Origin.DERIVED,
                data=data,
            )
        )

    def _place(self, change: Change) -> tuple[str, str]:
        """Topic and type of a state."""
        match change:
            case changes.AgentUpdated():
                topic = self.topics.agent_state(change.agent.agent)
            case changes.QueueUpdated():
                topic = self.topics.queue_state(change.queue.queue)
            case changes.QueueStatsUpdated():
                topic = self.topics.queue_stats(change.queue)
            case changes.QueueCurveUpdated():
                topic = self.topics.queue_curve(change.queue)
            case changes.AlarmUpdated():
                return self.topics.alert(change.alarm.alert), message_type("alert", "state")
            case _:
                raise TypeError(type(change).__name__)
        return topic, message_type(*STATES[type(change)])

    def _topics_of(self, removed: changes.AgentRemoved | changes.QueueRemoved) -> Iterator[str]:
        """What is retained about a subject that is no more."""
        if isinstance(removed, changes.AgentRemoved):
            state = self.topics.agent_state(removed.agent)
        else:
            state = self.topics.queue_state(removed.queue)
            self._boards.forget(removed.queue)
            yield self.topics.queue_board(removed.queue)
            yield self.topics.queue_stats(removed.queue)
            yield self.topics.queue_curve(removed.queue)
        yield state
        if self._has_private:
            yield self.topics.private(state)


def _newest(entries: Sequence[Entry]) -> Iterable[Entry]:
    """Of each kind of state or removal the last that is told of a subject, in the order of these last words."""
    newest: dict[tuple[type[Change], str], Entry] = {}
    for entry in entries:
        kind = type(entry.change)
        if kind in RETAINED:
            key = kind, entry.subject
            newest.pop(key, None)
            newest[key] = entry
    return newest.values()


def _emptied(topic: str, entry: Entry) -> Draft:
    message = Message(topic=topic, payload=b"", kind="state", sequence=entry.sequence, recorded=entry.recorded)
    return Draft(topic, "state", lambda: message, is_removal=True)


def _whole(caller: Caller) -> Caller:
    return caller


def _kind(change: Change) -> MessageClass:
    return "stats" if isinstance(change, changes.QueueStatsUpdated | changes.QueueCurveUpdated) else "state"
