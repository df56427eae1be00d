"""Tells what the bridge made of a recording, one line a fact; ``python -m tests.replay.stories`` writes them all."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain.policy import AgentsSettings, Policy, QueueOverrides, QueuePolicy
from ctibridge.domain.views import CallFacts
from tests.replay.play import Player, chunks_of

ROOT: Final = Path(__file__).parent
RECORDINGS: Final = sorted(path.parent for path in ROOT.glob("*/*/ami.raw"))
STATES: Final = (ch.AgentUpdated, ch.QueueUpdated, ch.QueueStatsUpdated, ch.QueueCurveUpdated, ch.AlarmUpdated)


def policy_of(recording: Path) -> Policy:
    """What the recorded queues are held to."""
    own = recording.parent / "policy.toml"
    told = tomllib.loads((own if own.exists() else ROOT / "policy.toml").read_text())
    return Policy(
        defaults=msgspec.convert(told.get("defaults", {}), QueuePolicy),
        queues=msgspec.convert(told.get("queues", {}), dict[str, QueueOverrides]),
        agents=msgspec.convert(told.get("agents", {}), AgentsSettings),
    )


def played(recording: Path) -> Player:
    """The recording, played to its end."""
    player = Player(policy_of(recording))
    player.play(chunks_of(recording / "ami.raw"))
    return player


def story(changes: Iterable[ch.Change]) -> str:
    """Everything that happened, in seconds since the first full picture."""
    told = [change for change in changes if not isinstance(change, STATES)]
    start = told[0].at if told else 0.0
    return "".join(f"{max(0.0, change.at - start):8.2f}  {_line(change)}\n" for change in told)


def _line(change: ch.Change) -> str:
    match change:
        case ch.AgentStateChanged():
            reason = f" ({change.agent.reason})" if change.agent.reason else ""
            return (
                f"agent {change.agent.agent}: {change.previous.value} → {change.agent.state.value}{reason}"
                f" after {change.previous_seconds:.2f} s"
            )
        case ch.AgentUnpaused():
            return f"agent {change.agent.agent}: pause {change.reason or '-'} ended after {change.seconds:.2f} s"
        case ch.AgentPaused():
            return f"agent {change.agent.agent}: pause {change.reason or '-'}"
        case ch.AgentRemoved():
            return f"agent {change.agent}: forgotten"
        case ch.AgentLimitCleared():
            return f"agent {change.agent.agent}: limit cleared, over by {change.overrun_seconds:.2f} s"
        case ch.QueueRemoved():
            return f"queue {change.queue}: gone"
        case ch.Resynced():
            return f"picture: {change.queues} queues, {change.agents} agents, {change.waiting} waiting"
        case ch.GapNoted() | ch.FeedInterrupted():
            return f"feed: {type(change).__name__}"
        case ch.UnexpectedSeen() | ch.InvariantBroken():
            return f"unexpected: {change.kind}"
        case _:
            return _alarm_line(change) or _call_or_agent_line(change)


def _alarm_line(change: ch.Change) -> str:
    match change:
        case ch.AlarmRaised() | ch.AlarmRepeated() | ch.AlarmResolved() | ch.AlarmAcknowledged():
            return f"{type(change).__name__} {change.alarm.alert}"
        case ch.QueueWaitExceeded():
            return f"queue {change.queue}: …{change.call.split('.')[-1]} waits for more than {change.limit_seconds:g} s"
        case _:
            return ""


def _call_or_agent_line(change: ch.Change) -> str:
    verb = type(change).__name__
    facts = getattr(change, "facts", None)
    if isinstance(facts, CallFacts):
        return f"{verb} {facts.queue} …{facts.call.split('.')[-1]} {_told(facts)}".rstrip()
    agent = getattr(change, "agent", None)
    return f"{verb} {getattr(agent, 'agent', '')}"


def _told(facts: CallFacts) -> str:
    words = [f"agent={facts.agent}"] if facts.agent else []
    words += [f"position={facts.position}"]
    for name, value in (
        ("wait", facts.wait_seconds),
        ("ring", facts.ring_seconds),
        ("talk", facts.talk_seconds),
        ("hold", facts.hold_seconds or None),
    ):
        words += (
            [f"{name}={value:g}" if float(value).is_integer() else f"{name}={value:.2f}"] if value is not None else []
        )
    words += [f"ended_by={facts.ended_by.value}"] if facts.ended_by else []
    words += [f"reason={facts.reason}"] if facts.reason else []
    words += ["short"] if facts.short else []
    return " ".join(words)


def main() -> None:
    """Write the story of every recording."""
    for recording in RECORDINGS:
        (recording / "story.txt").write_text(story(played(recording).changes), encoding="utf-8")


if __name__ == "__main__":
    main()
