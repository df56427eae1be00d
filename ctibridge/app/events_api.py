"""The outboxes as ``outputs.web.api`` asks for them."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from ctibridge.app.bridge import PbxBridge
from ctibridge.outputs.mqtt.outbox import Outbox
from ctibridge.outputs.web.api.events import Event, EventPage, RefusedPublish
from ctibridge.outputs.web.api.history import HistoryError, HistorySlowError

LONGEST_SECONDS: Final = 5.0
"""For one question: a disk that does not answer must not hold up whoever asks."""

Answer = TypeVar("Answer")
_decode: Final = msgspec.json.Decoder(Event).decode


class EventsApi:
    """The events of all PBXs."""

    def __init__(self, bridges: Sequence[PbxBridge]) -> None:
        self._outboxes = {bridge.name: bridge.outbox for bridge in bridges if bridge.outbox is not None}

    async def after(self, pbx: str, sequence: int | None, limit: int) -> EventPage:
        """The next events beyond a number, the oldest for ``None``; raises HistoryError."""
        outbox = self._outbox(pbx)
        found = await _answered(outbox.after(outbox.oldest - 1 if sequence is None else sequence, limit))
        try:
            events = [_decode(event.payload) for event in found]
        except msgspec.DecodeError as error:
            raise HistoryError(str(error)) from error
        return EventPage(epoch=outbox.epoch, oldest=outbox.oldest, newest=outbox.newest, events=events)

    async def refused(self, pbx: str, limit: int) -> list[RefusedPublish]:
        """What brokers refused, the newest first; raises HistoryError."""
        return [
            RefusedPublish(
                at=datetime.fromtimestamp(one.at, UTC),
                broker=one.broker,
                topic=one.topic,
                sequence=one.sequence,
                reason=one.reason,
            )
            for one in await _answered(self._outbox(pbx).refused(limit))
        ]

    def _outbox(self, pbx: str) -> Outbox:
        outbox = self._outboxes.get(pbx)
        if outbox is None:
            raise HistoryError(f"{pbx} has no outbox")
        return outbox


async def _answered(question: Awaitable[Answer]) -> Answer:
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return await question
    except TimeoutError as error:
        raise HistorySlowError(f"no answer within {LONGEST_SECONDS:g} s") from error
    except sqlite3.Error as error:
        raise HistoryError(str(error)) from error
