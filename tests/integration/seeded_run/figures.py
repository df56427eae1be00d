"""The two columns: what queue_log says, and what the bridge says in `/metrics` and in its retained states."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from tests.servers.bridge import Bridge, Labels
from tests.servers.queue_log import Judge, QueueTotals
from tests.servers.queue_show import Member, Queue

QUEUE: Final = "ctibridge_queue_calls_"
SUMS: Final = {
    "answer wait s": ("ctibridge_queue_answer_wait_seconds_sum", lambda t: t.answer_wait_seconds),
    "abandon wait s": ("ctibridge_queue_abandon_wait_seconds_sum", lambda t: t.abandon_wait_seconds),
    "talk s": ("ctibridge_queue_talk_seconds_sum", lambda t: t.talk_seconds),
}
COUNTS: Final[dict[str, tuple[str, Callable[[QueueTotals], int]]]] = {
    "offered": (QUEUE + "offered_total", lambda t: t.offered),
    "answered": (QUEUE + "answered_total", lambda t: t.answered),
    "abandoned": (QUEUE + "abandoned_total", lambda t: t.abandoned),
    "ring no answer": ("ctibridge_queue_ring_no_answer_total", lambda t: t.ring_no_answer),
    "ring cancelled": ("ctibridge_queue_ring_cancelled_total", lambda t: t.ring_cancelled),
    **SUMS,
}
EXITS: Final = ("timeout", "key", "empty", "withdrawn")
TRANSFERS: Final = ("blind", "attended")

Row = tuple[str, str, float, float]
"""Of whom, what, queue_log's figure, the bridge's."""


def rows(bridge: Bridge, verdict: Judge, interfaces: Iterable[str]) -> list[Row]:
    """Every figure of every queue and agent that both can tell."""
    samples = bridge.metrics()
    return [*_queue_rows(samples, verdict), *_agent_rows(samples, verdict, interfaces)]


def _queue_rows(samples: dict[str, dict[Labels, float]], verdict: Judge) -> Iterable[Row]:
    for name, totals in sorted(verdict.queues.items()):
        for label, (metric, judged) in COUNTS.items():
            yield name, label, judged(totals), _value(samples, metric, queue=name)
        for reason in EXITS:
            ours = _value(samples, QUEUE + "exited_total", queue=name, reason=reason)
            yield name, f"exited {reason}", totals.exited[reason], ours
        for kind in TRANSFERS:
            ours = _value(samples, QUEUE + "transferred_total", queue=name, kind=kind)
            yield name, f"transferred {kind}", totals.transferred[kind], ours


def _agent_rows(samples: dict[str, dict[Labels, float]], verdict: Judge, agents: Iterable[str]) -> Iterable[Row]:
    answered = samples.get("ctibridge_agent_calls_answered_total", {})
    for agent in agents:
        totals = verdict.agents.get(f"Agent {agent}")
        ours = sum(value for labels, value in answered.items() if ("agent", agent) in labels)
        yield agent, "answered", totals.answered if totals else 0, ours
        missed = _value(samples, "ctibridge_agent_ring_no_answer_total", agent=agent)
        yield agent, "ring no answer", totals.ring_no_answer if totals else 0, missed


def _value(samples: dict[str, dict[Labels, float]], metric: str, **labels: str) -> float:
    return samples.get(metric, {}).get(frozenset(labels.items()), 0.0)


def table(figures: Iterable[Row]) -> str:
    """Both columns, for a person to compare."""
    lines = [f"{'of':<10} {'figure':<22} {'queue_log':>10} {'bridge':>10}"]
    for whom, what, judged, ours in figures:
        lines.append(f"{whom:<10} {what:<22} {judged:>10g} {ours:>10g}{'' if judged == ours else '   <-- differs'}")
    return "\n".join(lines)


STATUS: Final = {
    "Not in use": {"ready", "wrap_up", "not_ready"},
    "In use": {"busy", "ringing"},
    "Busy": {"busy", "ringing"},
    "Ringing": {"ringing"},
    "Unavailable": {"unreachable", "not_ready"},
    "Invalid": {"unreachable", "not_ready"},
}
"""Which of our states fit what `queue show` prints of a device."""


def expected_states(members: list[Member]) -> set[str]:
    """The states that an agent with these memberships can be in, pauses considered."""
    fitting = set.intersection(*(STATUS[member.status] for member in members))
    if all(member.paused for member in members):
        is_wrap_up = any(member.reason == "wrap_up" for member in members)
        return fitting & ({"busy", "ringing", "wrap_up"} if is_wrap_up else {"busy", "ringing", "not_ready"})
    return fitting - {"not_ready"}


class Retaining(Protocol):
    """Whoever knows the retained states, as `Bridge` does."""

    def retained(self, pattern: str) -> dict[str, Mapping[str, Any]]:
        """Retained messages by topic."""


def state_differences(bridge: Retaining, shown: dict[str, Queue]) -> list[str]:
    """Where retained MQTT states and `queue show` disagree, one line each."""
    return [*_queue_differences(bridge, shown), *_agent_differences(bridge, shown)]


def _queue_differences(bridge: Retaining, shown: dict[str, Queue]) -> Iterable[str]:
    states = bridge.retained("queue/+/state")
    for name, queue in shown.items():
        data = states.get(f"queue/{name}/state", {}).get("data", {})
        if (data.get("waiting"), data.get("members", {}).get("total")) != (len(queue.callers), len(queue.members)):
            yield f"queue {name}: bridge {data.get('waiting')} waiting, {data.get('members')}; shown {queue}"
    if len(states) != len(shown):
        yield f"queues: bridge {sorted(states)}, shown {sorted(shown)}"


def _agent_differences(bridge: Retaining, shown: dict[str, Queue]) -> Iterable[str]:
    memberships: dict[str, list[Member]] = {}
    for queue in shown.values():
        for member in queue.members:
            memberships.setdefault(_agent_of(member.interface), []).append(member)
    states = {topic.split("/")[1]: message["data"] for topic, message in bridge.retained("agent/+/state").items()}
    for agent, members in memberships.items():
        data = states.get(agent, {})
        if data.get("state") not in expected_states(members):
            yield f"agent {agent}: bridge {data.get('state')}, shown {members}"
        if data.get("state") == "not_ready" and (data.get("reason") or "") not in {m.reason for m in members}:
            yield f"agent {agent}: bridge reason {data.get('reason')}, shown {members}"
    for agent in states.keys() - memberships.keys():
        if states[agent]["state"] != "logged_out":
            yield f"agent {agent}: bridge {states[agent]['state']}, shown in no queue"


def _agent_of(interface: str) -> str:
    return interface.partition("/")[2].partition("@")[0].partition("/")[0]
