"""What ``status`` says: whether the retained states may be believed.  Pure.

They may while it says ``online`` or ``degraded``, and so it says ``offline`` until a full picture has been published,
even though the bridge is there: what the broker holds may be from an earlier life.
"""

from typing import Literal

import msgspec

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.envelope import Status, sequence_text


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How the bridge stands towards the PBX, as the application sees it."""

    state: Literal["online", "degraded"]
    reason: str | None = None
    ami: str = "disconnected"
    """The connection to the PBX, in a word."""


class StatusLine:
    """Puts together what the application knows and what the connection to the broker knows."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.standing = Standing(state="degraded", reason="starting")
        self.is_current = False
        """The broker holds all states."""
        self.refused: str | None = None
        """What the broker does not take from us."""
        self._said: Status | None = None

    def connected(self, refused: str | None) -> None:
        """A new connection: nothing has been said on it."""
        self.is_current = False
        self.refused = refused
        self._said = None

    def is_due(self) -> bool:
        """True when what was said last is no longer so."""
        said = self._said
        return said is None or (said.state, said.reason, said.ami) != self._words()

    def say(self, sequence: int, now: Timestamp) -> Status:
        """What to publish now."""
        state, reason, ami = self._words()
        said = self._said
        since = said.since if said is not None and said.state == state else now
        self._said = Status(
            state=state, epoch=self.epoch, since=since, reason=reason, ami=ami, sequence=sequence_text(sequence)
        )
        return self._said

    def last_will(self) -> Status:
        """What the broker says for us when we are gone; when that will be, and what will have been sent, is open."""
        return Status(
            state="offline", epoch=self.epoch, since=None, reason="connection lost", ami="unknown", sequence=None
        )

    def farewell(self, sequence: int, now: Timestamp) -> Status:
        """The last word before a clean disconnect."""
        return Status(
            state="offline",
            epoch=self.epoch,
            since=now,
            reason="stopped",
            ami=self.standing.ami,
            sequence=sequence_text(sequence),
        )

    def _words(self) -> tuple[Literal["online", "degraded", "offline"], str | None, str]:
        standing = self.standing
        if not self.is_current:
            return "offline", standing.reason or "the first full picture of the PBX is awaited", standing.ami
        if self.refused is not None:
            return "degraded", standing.reason or self.refused, standing.ami
        return standing.state, standing.reason, standing.ami
