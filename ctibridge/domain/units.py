"""The words of the domain that are plain numbers and strings underneath."""

from enum import Enum
from typing import NewType


class Word(Enum):
    """One of a closed set of words, found in tables by what it is; ``Enum`` would hash its name each time."""

    __hash__ = object.__hash__


Timestamp = NewType("Timestamp", float)
"""A moment on the PBX's clock: seconds since 1970-01-01 00:00 UTC, with fractions."""

Seconds = NewType("Seconds", float)
"""A duration in seconds, with fractions unless Asterisk stated it as whole seconds."""

Interface = NewType("Interface", str)
"""What Asterisk dials to reach a member, e.g. ``PJSIP/1001`` or ``Local/1001@agents/n``."""

QueueName = NewType("QueueName", str)
"""A queue's name as configured in Asterisk; compared without ASCII case (``QueueKey``)."""

QueueKey = NewType("QueueKey", str)
"""A queue's name folded for comparison: app_queue finds queues without regard to ASCII case."""

AgentId = NewType("AgentId", str)
"""A person, taken from the interface by ``[agents] id_pattern``, e.g. ``1001``."""

CallId = NewType("CallId", str)
"""The ``Uniqueid`` of the caller's channel: one caller's journey through the queues."""

ChannelId = NewType("ChannelId", str)
"""The ``Uniqueid`` of any channel; a caller's is also a ``CallId``."""


def queue_key(name: str) -> QueueKey:
    """Fold a queue's name the way app_queue compares it (``strcasecmp``: ASCII letters only)."""
    return QueueKey(name.lower() if name.isascii() else "".join(_fold(c) for c in name))


def _fold(character: str) -> str:
    return character.lower() if character.isascii() else character
