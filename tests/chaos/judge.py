"""What is held against the bridge: numbers, facts that queue_log has too, and states of `queue show`.

Pure: works on what the witness heard, on what queue_log says and on what `queue show` printed.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any, Final

import msgspec

from tests.chaos.witness import EVENT, Heard
from tests.servers.queue_log import Judge

VERBS: Final = {"answered": "answered", "abandoned": "abandoned", "exited": "exited"}
"""Outcome of a stay by queue_log: the event that tells of it."""

REMEMBERED_SUBJECTS: Final = 20_000
"""As documented: with more subjects the bridge begins anew on those that were silent for longest."""

Fact = tuple[str, str, str]
"""Verb, queue and call."""


class Numbers(msgspec.Struct, kw_only=True):
    """What the sequence numbers of all events say."""

    told: int = 0
    """Different events."""
    repeated: int = 0
    """Arrivals of an event that had arrived before."""
    missing: int = 0
    """Numbers that never came and that no `bridge/gap` speaks of."""
    excused: int = 0
    """Numbers that a `bridge/gap` says were dropped."""
    disordered: int = 0
    """First arrivals with a number below one that had come before."""
    altered: int = 0
    """Repeats whose bytes differ from the first arrival."""
    unlinked: int = 0
    """Events whose `prevsequence` is not the event that came before on the same subject."""
    epochs: tuple[int, ...] = ()


def numbers(events: Sequence[Heard]) -> Numbers:
    """Hold the numbers of the events against each other."""
    said = Numbers()
    first: dict[str, bytes] = {}
    by_epoch: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in events:
        document = json.loads(one.payload)
        if (before := first.get(document["id"])) is not None:
            said.repeated += 1
            said.altered += before != one.payload
            continue
        first[document["id"]] = one.payload
        by_epoch[document["epoch"]].append(document)
    said.told = len(first)
    said.epochs = tuple(by_epoch)
    for documents in by_epoch.values():
        _judge_epoch(documents, said)
    return said


def _judge_epoch(documents: Sequence[Mapping[str, Any]], said: Numbers) -> None:
    """A gap's own number is that of the last event which it stands for."""
    arrived = [int(document["sequence"]) for document in documents]
    dropped: set[int] = set()
    for document in documents:
        if document["type"] == "ctibridge.bridge.gap.v1" and document["data"].get("first_sequence"):
            data = document["data"]
            dropped |= set(range(int(data["first_sequence"]), int(data["last_sequence"]) + 1))
    absent = set(range(1, max(arrived) + 1)) - set(arrived)
    said.missing += len(absent - dropped)
    said.excused += len(absent & dropped)
    said.disordered += sum(number < before for before, number in pairwise(arrived))
    said.unlinked += _unlinked(sorted(documents, key=lambda one: int(one["sequence"])), dropped)


def _unlinked(documents: Iterable[Mapping[str, Any]], dropped: set[int]) -> int:
    last: dict[str, int] = {}
    count = 0
    for document in documents:
        previous, subject = int(document["prevsequence"]), document["subject"]
        is_forgotten = previous == 0 and len(last) > REMEMBERED_SUBJECTS
        count += previous != last.get(subject, 0) and previous not in dropped and not is_forgotten
        last[subject] = int(document["sequence"])
    return count


def untold(events: Iterable[Heard], verdict: Judge, since: float) -> list[Fact]:
    """Facts of queue_log that no event told, of stays that began after `since` (epoch seconds)."""
    return sorted((_facts(verdict, since) - _told(events)).elements())


def overtold(events: Iterable[Heard], verdict: Judge) -> list[Fact]:
    """Facts that were told more often, each time under another number, than they are in queue_log."""
    return sorted((_told(events) - _facts(verdict, 0)).elements())


def _facts(verdict: Judge, since: float) -> Counter[Fact]:
    found: Counter[Fact] = Counter()
    for stay in verdict.stays:
        if stay.entered > since:
            found["queued", stay.queue, stay.call] += 1
            if verb := VERBS.get(stay.outcome):
                found[verb, stay.queue, stay.call] += 1
    return found


def _told(events: Iterable[Heard]) -> Counter[Fact]:
    told: Counter[Fact] = Counter()
    seen = set()
    for one in events:
        entity, _, verb = one.topic.removeprefix(EVENT).partition("/")
        if entity != "call" or verb not in ("queued", *VERBS.values()):
            continue
        document = json.loads(one.payload)
        if document["id"] not in seen:
            seen.add(document["id"])
            told[verb, document["data"]["queue"].lower(), document["data"]["call"]] += 1
    return told


class Screen:
    """What a display shows, in the form in which `state_differences` asks for it."""

    def __init__(self, shown: Mapping[str, bytes]) -> None:
        self._shown = shown

    @property
    def status(self) -> str:
        """In one word; empty when nothing is shown."""
        raw = self._shown.get("status")
        return str(json.loads(raw)["state"]) if raw else ""

    @property
    def reason(self) -> str:
        """Why the status is not online; empty when it does not say."""
        raw = self._shown.get("status")
        return str(json.loads(raw)["reason"] or "") if raw else ""

    @property
    def epochs(self) -> set[int]:
        """Of the states of queues and agents."""
        return {json.loads(raw)["epoch"] for topic, raw in self._shown.items() if topic.endswith("/state")}

    @property
    def epoch(self) -> int | None:
        """As `status` says."""
        raw = self._shown.get("status")
        return int(json.loads(raw)["epoch"]) if raw else None

    def retained(self, pattern: str) -> dict[str, Mapping[str, Any]]:
        """Messages by topic."""
        glob = pattern.replace("+", "*")
        return {topic: json.loads(raw) for topic, raw in self._shown.items() if fnmatchcase(topic, glob)}
