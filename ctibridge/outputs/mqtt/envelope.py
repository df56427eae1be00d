"""The envelope that every message but ``status`` is in, and ``status`` itself; version 1.

A CloudEvents 1.0 structured JSON document.  Moments are seconds since 1970 UTC, except in the envelope, which has
RFC 3339.
"""

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import quote

import msgspec

from ctibridge.domain.answers import Answer
from ctibridge.domain.changes import Origin
from ctibridge.domain.units import Timestamp

VERSION: Final = "v1"
"""Grows when a field changes its meaning or goes; new fields do not change it."""

SEQUENCE_DIGITS: Final = 20
LATEST: Final = 253402300799.0
"""9999-12-31: a later moment has no RFC 3339 form."""
MICROSECONDS: Final = 1_000_000
"""In a second."""
SECONDS_REMEMBERED: Final = 64

SequenceText: TypeAlias = Annotated[str, msgspec.Meta(pattern=rf"^\d{{{SEQUENCE_DIGITS}}}$")]
MomentText: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]

Data = TypeVar("Data")


class Envelope(msgspec.Struct, Generic[Data], frozen=True, kw_only=True, gc=False):
    """A CloudEvents 1.0 document with the attributes that tell a reader whether something was missed."""

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, msgspec.Meta(pattern=rf"^\d+-\d{{{SEQUENCE_DIGITS}}}$")]
    """``{epoch}-{sequence}``; the same whenever the message is sent again."""
    source: str
    type: str
    subject: str
    """``{entity}/{id}`` with the raw id, or ``bridge``."""
    time: MomentText
    """When it happened, on the PBX's clock."""
    recordedtime: MomentText
    """When the bridge took it in, on the bridge's clock."""
    sequence: SequenceText
    """Events: their own number, without a gap for each PBX and epoch.  States: the newest event that they include."""
    prevsequence: SequenceText
    """The event before this one on the same subject; zeros when there was none."""
    epoch: int
    """Grows when the sequence starts anew."""
    origin: Literal["ami", "snapshot", "queue_log", "derived"]
    data: Data


class Status(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``status``: whether the retained states may be believed."""

    state: Literal["online", "degraded", "offline"]
    epoch: int
    since: Timestamp | None
    """When this state began; ``null`` in the last will, because nobody knows when the bridge died."""
    reason: str | None
    ami: str
    """The connection to the PBX, e.g. ``connected``."""
    sequence: SequenceText | None
    """The newest event when this was published; ``null`` in the last will."""


_ENCODER: Final = msgspec.json.Encoder()


def message_type(entity: str, verb: str) -> str:
    """The attribute ``type``."""
    return f"ctibridge.{entity}.{verb}.{VERSION}"


def source_of(pbx: str) -> str:
    """The attribute ``source``: a URI reference, so what a URI cannot hold is percent-encoded."""
    return f"/ctibridge/{quote(pbx, safe='', errors='replace')}"


def sequence_text(number: int) -> str:
    """A sequence number so that texts sort as numbers do."""
    return f"{number:0{SEQUENCE_DIGITS}d}"


@lru_cache(SECONDS_REMEMBERED)
def moment_text(moment: Timestamp) -> str:
    """RFC 3339 in UTC, with microseconds; what happens at once is told in several messages."""
    bounded = moment if 0.0 <= moment <= LATEST else min(max(moment, 0.0), LATEST)
    fraction, second = math.modf(bounded)
    microseconds = round(fraction * 1e6)
    if microseconds >= MICROSECONDS:
        second, microseconds = second + 1, 0
    return f"{_second_text(int(second))}.{microseconds:06d}Z"


@lru_cache(SECONDS_REMEMBERED)
def _second_text(second: int) -> str:
    """A busy floor speaks of the same few seconds again and again."""
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="seconds").removesuffix("+00:00")


def enveloped(  # noqa: PLR0913 - one argument an attribute
    *,
    source: str,
    type_: str,
    subject: str,
    at: Timestamp,
    recorded: Timestamp,
    epoch: int,
    numbers: tuple[int, int],
    origin: Origin,
    data: Data,
) -> Envelope[Data]:
    """Data in its envelope; ``numbers`` are sequence and prevsequence."""
    sequence, previous = sequence_text(numbers[0]), sequence_text(numbers[1])
    return Envelope(
        id=f"{epoch}-{sequence}",
        source=source,
        type=type_,
        subject=subject,
        time=moment_text(at),
        recordedtime=moment_text(recorded),
        sequence=sequence,
        prevsequence=previous,
        epoch=epoch,
        origin=origin.value,
        data=data,
    )


def encode(document: Envelope[Any] | Status | Answer) -> bytes:
    """JSON in UTF-8, valid whatever the PBX put into names."""
    try:
        return _ENCODER.encode(document)
    except UnicodeEncodeError:
        # Half a surrogate pair: bytes that were not UTF-8, kept by whoever decoded them.
        return _ENCODER.encode(_scrubbed(msgspec.to_builtins(document)))


def _scrubbed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {_scrubbed(key): _scrubbed(one) for key, one in value.items()}
        case list() | tuple():
            return [_scrubbed(one) for one in value]
        case _:
            return value
