"""What the domain said of a story, subject by subject, in a form in which two tellings can be compared."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain.views import CallFacts

TOLERANCE: Final = 1.0
"""Seconds by which two whole-second figures of the same thing may differ: each is a difference of truncated clocks."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One change: words that must be equal, and figures that may differ a little."""

    words: str
    seconds: dict[str, float] = {}

    def agrees_with(self, other: "Line") -> bool:
        """Whether two tellings say the same."""
        return (
            self.words == other.words
            and self.seconds.keys() == other.seconds.keys()
            and all(abs(value - other.seconds[name]) <= TOLERANCE for name, value in self.seconds.items())
        )

    def __str__(self) -> str:
        return " ".join([self.words, *(f"{name}={value:.1f}" for name, value in self.seconds.items())])


Telling = dict[str, list[Line]]
"""Per caller's number and per agent."""


def telling(changes: Iterable[ch.Change]) -> Telling:
    """Everything that happened after the first full picture; states as a whole are left out, their changes are not."""
    told: Telling = {}
    for change in changes:
        match change:
            case ch.AgentStateChanged(origin=ch.Origin.SNAPSHOT):
                pass
            case ch.AgentStateChanged():
                reason = f" ({change.agent.reason})" if change.agent.reason else ""
                _add(
                    told, f"agent {change.agent.agent}", f"{change.previous.value} → {change.agent.state.value}{reason}"
                )
            case ch.AgentUnpaused():
                seconds = {"seconds": float(change.seconds)}
                _add(told, f"agent {change.agent.agent}", f"unpaused ({change.reason or ''})", seconds)
            case ch.AgentPaused():
                _add(told, f"agent {change.agent.agent}", f"paused ({change.reason or ''})")
            case ch.AgentLoggedIn() | ch.AgentLoggedOut() | ch.AgentAnsweredLate():
                _add(told, f"agent {change.agent.agent}", type(change).__name__)
            case _ if isinstance(facts := getattr(change, "facts", None), CallFacts):
                _add(told, f"caller {facts.caller.number}", _words(change, facts), _seconds(facts))
            case _:
                pass
    return told


def _add(told: Telling, subject: str, words: str, seconds: dict[str, float] | None = None) -> None:
    told.setdefault(subject, []).append(Line(words=words, seconds=seconds or {}))


def _words(change: ch.Change, facts: CallFacts) -> str:
    words = [type(change).__name__.removeprefix("Call"), facts.queue]
    words += [f"agent={facts.agent}"] if facts.agent else []
    words += [f"position={facts.position}"]
    words += [f"within_rings={facts.within_rings}"] if facts.within_rings is not None else []
    words += [f"ended_by={facts.ended_by.value}"] if facts.ended_by else []
    words += [f"reason={facts.reason}"] if facts.reason else []
    words += [f"short={facts.short}"] if facts.short is not None else []
    return " ".join(words)


def _seconds(facts: CallFacts) -> dict[str, float]:
    figures = {"wait": facts.wait_seconds, "ring": facts.ring_seconds, "talk": facts.talk_seconds}
    return {name: float(value) for name, value in figures.items() if value is not None}


def differences(real: Telling, simulated: Telling) -> list[str]:
    """Where two tellings of a story differ: both side by side, whole, for each subject of which they do."""
    found = []
    for subject in sorted(real.keys() | simulated.keys()):
        pairs = list(zip_longest(real.get(subject, []), simulated.get(subject, [])))
        if all(ours and theirs and ours.agrees_with(theirs) for ours, theirs in pairs):
            continue
        rows = [f"{subject:<10}   {'Asterisk':<80}   simulation"]
        for ours, theirs in pairs:
            mark = "  " if ours and theirs and ours.agrees_with(theirs) else "≠ "
            rows.append(f"{'':<10} {mark}{ours or '-'!s:<80}   {theirs or '-'}")
        found.append("\n".join(rows))
    return found
