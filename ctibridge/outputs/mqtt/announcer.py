"""From numbered changes to messages: which topic, which bytes.  Pure."""

import operator
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from ctibridge.domain import changes
from ctibridge.domain.changes import Change, Origin
from ctibridge.domain.events import Caller
from ctibridge.domain.journal import Entry
from ctibridge.domain.privacy import PrivacySettings, masked
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.boards import Boards
from ctibridge.outputs.mqtt.info import Info
from ctibridge.outputs.mqtt.message import Message, MessageClass
from ctibridge.outputs.mqtt.payloads import (
    MODELS,
    GapData,
    Status,
    encode,
    enveloped,
    message_type,
    sequence_text,
    source_of,
)
from ctibridge.outputs.mqtt.spool import Gap
from ctibridge.outputs.mqtt.topics import BOARD, EVENTS, STATES, Topics

OUTBOX_FULL: Final = "outbox_full"


class Announcer:
    """Words for one PBX below one base; brokers that get the same can share it, and each change is encoded once."""

    def __init__(
        self, *, pbx: str, base: str, privacy: PrivacySettings | None = None, has_private: bool = False
    ) -> None:
        self.pbx = pbx
        self.topics = Topics(base, pbx)
        self._source = source_of(pbx)
        self._privacy = privacy or PrivacySettings()
        self._has_private = has_private
        self._latest: tuple[Entry, ...] = ()
        self._said: tuple[Message, ...] = ()
        self._boards = Boards()

    def announce(self, entries: Sequence[Entry]) -> tuple[Message, ...]:
        """Messages for these entries, in their order; the same ones when asked again for the same batch."""
        if len(entries) != len(self._latest) or any(map(operator.is_not, entries, self._latest)):
            self._latest = tuple(entries)
            self._said = tuple(message for entry in entries for message in self._messages(entry))
        return self._said

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

    def _messages(self, entry: Entry) -> Iterator[Message]:
        change = entry.change
        if isinstance(change, changes.AgentRemoved | changes.QueueRemoved):
            for topic in self._topics_of(change):
                yield _emptied(topic, entry)
        elif (model := MODELS.get(type(change))) is not None:
            topic, verb = self._place(change)
            yield self._message(entry, topic, verb, model.make(change, self._hide))
            if self._has_private and model.has_caller:
                yield self._message(entry, self.topics.private(topic), verb, model.make(change, _whole))
            if isinstance(change, changes.AlarmResolved):
                yield _emptied(self.topics.alert(change.alarm.alert), entry)
            if isinstance(change, changes.QueueUpdated) and (board := self._boards.renewed(change.queue)) is not None:
                yield self._message(entry, self.topics.queue_board(board.queue), message_type(*BOARD), board)

    def _message(self, entry: Entry, topic: str, type_: str, data: msgspec.Struct) -> Message:
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
        return Message(
            topic=topic,
            payload=encode(envelope),
            kind=_kind(entry.change),
            sequence=entry.sequence,
            recorded=entry.recorded,
        )

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
        """Topic and type."""
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
                entity, verb = EVENTS[type(change)]
                return self.topics.event(entity, verb), message_type(entity, verb)
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

    def _hide(self, caller: Caller) -> Caller:
        return masked(caller, self._privacy)


def _emptied(topic: str, entry: Entry) -> Message:
    return Message(topic=topic, payload=b"", kind="state", sequence=entry.sequence, recorded=entry.recorded)


def _whole(caller: Caller) -> Caller:
    return caller


def _kind(change: Change) -> MessageClass:
    if isinstance(change, changes.QueueStatsUpdated | changes.QueueCurveUpdated):
        return "stats"
    return "state" if type(change) in STATES else "event"
