"""Records of queue_log into the domain's log records: what is counted, and nothing else."""

from collections.abc import Iterable
from typing import Final

from ctibridge.asterisk import queue_log as record
from ctibridge.domain.events import Caller, EndedBy, LogKind, LogRecord

EXIT_WORDS: Final = {
    record.ExitReason.TIMEOUT: "timeout",
    record.ExitReason.KEY: "key",
    record.ExitReason.EMPTY: "empty",
    record.ExitReason.WITHDRAWN: "withdrawn",
}
TRANSFER_WORDS: Final = {True: "attended", False: "blind", None: "unknown"}


def facts(lines: Iterable[bytes]) -> tuple[tuple[LogRecord, ...], int]:
    """What the lines tell of calls, in order, and how many of them are no records."""
    told: list[LogRecord] = []
    damaged = 0
    for line in lines:
        parsed = record.parse_line(line)
        if parsed is None:
            damaged += bool(line.strip())
            continue
        fact = _fact(parsed)
        if fact is not None:
            told.append(fact)
    return tuple(told), damaged


def _fact(parsed: record.Record) -> LogRecord | None:
    match parsed:
        case record.Entered():
            caller = Caller(number=parsed.number, name=parsed.name)
            return _about(parsed, LogKind.OFFERED, position=parsed.position, caller=caller)
        case record.Connected():
            return _about(parsed, LogKind.ANSWERED, wait=parsed.wait, leg=parsed.leg)
        case record.Completed():
            return _about(parsed, LogKind.COMPLETED, wait=parsed.wait, talk=parsed.talk, ended_by=parsed.ended_by)
        case record.Transferred():
            kind = TRANSFER_WORDS[parsed.is_attended]
            ended_by = EndedBy.TRANSFER
            return _about(parsed, LogKind.COMPLETED, wait=parsed.wait, talk=parsed.talk, ended_by=ended_by, reason=kind)
        case record.Abandoned():
            return _about(parsed, LogKind.ABANDONED, wait=parsed.wait, position=parsed.position)
        case record.Exited():
            reason = EXIT_WORDS[parsed.reason]
            return _about(parsed, LogKind.EXITED, wait=parsed.wait, position=parsed.position, reason=reason)
        case record.RangOut():
            return _about(parsed, LogKind.RANG_OUT, ring=parsed.ring)
        case record.RingCancelled():
            return _about(parsed, LogKind.RING_CANCELLED, ring=parsed.ring)
        case record.Restarted():
            return LogRecord(kind=LogKind.RESTARTED, at=parsed.at)
        case _:
            return None


def _about(entry: record.Entry, kind: LogKind, **said: object) -> LogRecord:
    return LogRecord(
        kind=kind,
        at=entry.at,
        call=entry.call,
        queue=entry.queue,
        member=entry.agent,
        **said,  # type: ignore[arg-type]
    )
