"""Where the bridge's sums and queue_log disagree: counts must be equal, durations within a second."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ctibridge.app.queue_log_totals import QueueLogTally
from ctibridge.app.replay import Replay
from ctibridge.app.totals import AgentSums, CallRow, QueueSums, Totals
from ctibridge.asterisk.queue_log import Record, parse_line

TOLERANCE: Final = 1.0
"""Seconds: queue_log has whole ones, read from the clock once more."""

QUEUE_COUNTS: Final = ("offered", "answered", "abandoned", "ring_no_answer", "ring_cancelled", "transferred")
AGENT_COUNTS: Final = ("answered", "ring_no_answer", "ring_cancelled")
CALL_WORDS: Final = ("outcome", "reason", "agent", "ended_by")
CALL_SECONDS: Final = ("wait_seconds", "talk_seconds")


def against_queue_log(replay: Replay, path: Path) -> list[str]:
    """Each difference as a line; OSError when the file cannot be read."""
    ours = replay.tally.totals
    tally = QueueLogTally(ours.queues, replay.tally.names)
    for record in _records(path, replay):
        tally.take(record)
    return list(differences(ours, tally.totals))


def differences(ours: Totals, theirs: Totals) -> Iterator[str]:
    """What ``ours`` has otherwise than ``theirs``, which is queue_log."""
    for name in sorted(ours.queues.keys() | theirs.queues.keys()):
        queue, other = ours.queues.get(name, QueueSums()), theirs.queues.get(name, QueueSums())
        yield from _counts(f"queue {name}", queue, other, QUEUE_COUNTS)
        for reason in sorted(queue.exited.keys() | other.exited.keys()):
            yield from _unequal(
                f"queue {name}: exited {reason}", queue.exited.get(reason, 0), other.exited.get(reason, 0)
            )
    for agent in sorted(theirs.agents):
        mine = ours.agents.get(agent, AgentSums())
        yield from _counts(f"agent {agent}", mine, theirs.agents[agent], AGENT_COUNTS)
    yield from _calls(ours.calls, theirs.calls)


def _records(path: Path, replay: Replay) -> Iterator[Record]:
    """The records of the time that the capture covers; all of them where it does not say when it was taken."""
    if replay.since is None or replay.until is None:
        return
    is_timed = replay.until > 0
    with path.open("rb") as lines:
        for line in lines:
            record = parse_line(line)
            if record is not None and (not is_timed or int(replay.since) <= record.at <= replay.until + TOLERANCE):
                yield record


def _counts(subject: str, ours: object, theirs: object, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from _unequal(f"{subject}: {name}", getattr(ours, name), getattr(theirs, name))


def _unequal(what: str, ours: object, theirs: object) -> Iterator[str]:
    if ours != theirs:
        yield f"{what} {_shown(ours)}, queue_log has {_shown(theirs)}"


def _calls(ours: Iterable[CallRow], theirs: Iterable[CallRow]) -> Iterator[str]:
    mine, other = _by_stay(ours), _by_stay(theirs)
    for key in sorted(mine.keys() | other.keys()):
        call, queue, number = key
        subject = f"call {call} in {queue}" + (f", stay {number + 1}" if number else "")
        row, log = mine.get(key), other.get(key)
        if row is None or log is None:
            yield f"{subject}: only {'queue_log' if row is None else 'the capture'} has it"
            continue
        for name in CALL_WORDS:
            expected = getattr(log, name)
            if name in ("outcome", "ended_by") or expected is not None:
                yield from _unequal(f"{subject}: {name}", getattr(row, name), expected)
        for name in CALL_SECONDS:
            yield from _far(f"{subject}: {name}", getattr(row, name), getattr(log, name))


def _by_stay(rows: Iterable[CallRow]) -> dict[tuple[str, str, int], CallRow]:
    """Rows by call, queue and how many stays came before; callers who were refused leave no trace in queue_log."""
    stays: dict[tuple[str, str], int] = defaultdict(int)
    keyed: dict[tuple[str, str, int], CallRow] = {}
    for row in rows:
        if row.outcome != "refused":
            keyed[row.call, row.queue, stays[row.call, row.queue]] = row
            stays[row.call, row.queue] += 1
    return keyed


def _far(what: str, ours: float | None, theirs: float | None) -> Iterator[str]:
    if theirs is None or (ours is not None and abs(ours - theirs) <= TOLERANCE):
        return
    yield f"{what} {_shown(ours)}, queue_log has {_shown(theirs)}"


def _shown(value: object) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
