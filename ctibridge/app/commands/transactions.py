"""What was answered to whom, so that a request that comes again gets the same answer and nothing is done twice."""

import asyncio
from collections import OrderedDict
from typing import Final

import msgspec

from ctibridge.app.commands.outcome import refused
from ctibridge.domain.answers import Answer

MOST: Final = 10_000
"""Transactions that are remembered; the oldest are forgotten."""
KEPT_SECONDS: Final = 3600.0


class _Entry(msgspec.Struct, kw_only=True):
    fingerprint: bytes
    begun: float
    answer: asyncio.Task[Answer]


class Transactions:
    """One PBX's, by user and transaction."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()

    def find(self, user: str, transaction: str, fingerprint: bytes) -> asyncio.Task[Answer] | None:
        """What gave the answer, or is about to; raises NotDoneError when the transaction was another command's."""
        entry = self._entries.get((user, transaction))
        if entry is None:
            return None
        if entry.fingerprint != fingerprint:
            raise refused("reused", "this transaction was another command's")
        return entry.answer

    def remember(
        self, user: str, transaction: str, fingerprint: bytes, answer: asyncio.Task[Answer], now: float
    ) -> None:
        """Keep what is about to answer a transaction."""
        self._forget(now)
        self._entries[user, transaction] = _Entry(fingerprint=fingerprint, begun=now, answer=answer)

    def __len__(self) -> int:
        return len(self._entries)

    def _forget(self, now: float) -> None:
        while self._entries:
            key, oldest = next(iter(self._entries.items()))
            is_old = now - oldest.begun > KEPT_SECONDS or len(self._entries) >= MOST
            if not is_old or not oldest.answer.done():
                return
            del self._entries[key]
