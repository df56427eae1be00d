"""What `ctibridge report` prints beside queue_log and beside the live metrics, per queue and per agent."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

from tests.integration.seeded_run.figures import QUEUE, Row
from tests.servers.bridge import Bridge, Labels
from tests.servers.queue_log import AgentTotals, Judge, QueueTotals

REPORT_SECONDS: Final = 60.0


def reported(bridge: Bridge, name: str) -> dict[str, Any]:
    """A report of today and yesterday as JSON, by the command that people type."""
    settings = ("-c", str(bridge.folder / "ctibridge.toml"))
    command = [sys.executable, "-m", "ctibridge", "report", name, *settings, "--from", "yesterday", "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=REPORT_SECONDS)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def differences(bridge: Bridge, verdict: Judge, agents: Iterable[str]) -> list[Row]:
    """Every figure of the three reports that is not queue_log's, or not the live metrics'."""
    return [row for row in rows(bridge, verdict, agents) if row[2] != row[3]]


def rows(bridge: Bridge, verdict: Judge, agents: Iterable[str]) -> list[Row]:
    """Of whom, which figure of which report, what queue_log (or a metric) says, what the report says."""
    people = tuple(agents)
    calls = reported(bridge, "calls")
    queues = {line["queue"]: line["figures"] for line in reported(bridge, "queues")["lines"]}
    lines = {line["agent"]: line["figures"] for line in reported(bridge, "agents")["lines"]}
    samples = bridge.metrics()
    return [
        *(row for name, totals in sorted(verdict.queues.items()) for row in _of_calls(name, totals, calls["queues"])),
        *(row for name, totals in sorted(verdict.queues.items()) for row in _of_queue(name, totals, queues)),
        *(row for name in sorted(verdict.queues) for row in _beside_metrics(name, queues, samples)),
        *(row for agent in people for row in _of_agent(agent, verdict, lines, calls["agents"])),
        *(row for agent in people for row in _agent_beside_metrics(agent, lines, samples)),
    ]


def _of_calls(name: str, judged: QueueTotals, told: dict[str, Any]) -> Iterator[Row]:
    ours = told.get(name, {})
    for figure in ("offered", "answered", "abandoned", "ring_no_answer", "ring_cancelled", "lost"):
        yield name, f"calls {figure}", getattr(judged, figure), ours.get(figure, 0)
    for reason in judged.exited.keys() | ours.get("exited", {}).keys():
        yield name, f"calls exited {reason}", judged.exited[reason], ours.get("exited", {}).get(reason, 0)
    yield name, "calls transferred", judged.transferred.total(), ours.get("transferred", 0)
    yield name, "calls wait s", judged.answer_wait_seconds, ours.get("wait_seconds", 0)
    yield name, "calls talk s", judged.talk_seconds, ours.get("talk_seconds", 0)


def _of_queue(name: str, judged: QueueTotals, told: dict[str, Any]) -> Iterator[Row]:
    ours = told.get(name, {})
    for figure in ("offered", "answered", "abandoned", "ring_no_answer", "ring_cancelled", "lost", "waiting"):
        yield name, f"queues {figure}", getattr(judged, figure), ours.get(figure, 0)
    yield name, "queues exited", judged.exited.total(), ours.get("exited", 0)
    yield name, "queues transferred", judged.transferred.total(), ours.get("transferred", 0)
    yield name, "queues talk s", judged.talk_seconds, ours.get("talk_seconds", 0)
    yield name, "queues ASA", _mean(judged.answer_wait_seconds, judged.answered), ours.get("speed_of_answer_seconds")
    mean = _mean(judged.abandon_wait_seconds, judged.abandoned)
    yield name, "queues mean abandon wait", mean, ours.get("mean_abandon_wait_seconds")


def _mean(total: float, count: int) -> Any:  # noqa: ANN401 - None where there is nothing to divide by
    return total / count if count else None


LIVE: Final = {
    "offered": QUEUE + "offered_total",
    "answered": QUEUE + "answered_total",
    "abandoned": QUEUE + "abandoned_total",
    "abandoned_short": QUEUE + "abandoned_short_total",
    "lost": QUEUE + "lost_total",
    "answered_late": QUEUE + "answered_late_total",
    "answered_beyond": QUEUE + "answered_beyond_total",
    "ring_no_answer": "ctibridge_queue_ring_no_answer_total",
    "ring_cancelled": "ctibridge_queue_ring_cancelled_total",
    "talk_seconds": "ctibridge_queue_talk_seconds_sum",
}
"""Metrics by the figure of `report queues` that says the same."""


def _beside_metrics(name: str, told: dict[str, Any], samples: dict[str, dict[Labels, float]]) -> Iterator[Row]:
    ours = told.get(name, {})
    for figure, metric in LIVE.items():
        yield name, f"{figure} live", _sum(samples, metric, queue=name), ours.get(figure, 0)
    for figure, metric in (("exited", QUEUE + "exited_total"), ("transferred", QUEUE + "transferred_total")):
        yield name, f"{figure} live", _sum(samples, metric, queue=name), ours.get(figure, 0)
    in_time = _sum(samples, QUEUE + "answered_within_threshold_total", queue=name)
    yield name, "in time live", in_time, ours["service_level"]["negative"]["numerator"] if ours else 0


def _of_agent(agent: str, verdict: Judge, lines: dict[str, Any], calls: dict[str, Any]) -> Iterator[Row]:
    judged = verdict.agents.get(f"Agent {agent}", AgentTotals())
    for report, told in (("agents", lines), ("calls", calls)):
        ours = told.get(agent, {})
        for figure in ("answered", "ring_no_answer", "ring_cancelled", "talk_seconds"):
            yield agent, f"{report} {figure}", getattr(judged, figure), ours.get(figure, 0)


def _agent_beside_metrics(agent: str, lines: dict[str, Any], samples: dict[str, dict[Labels, float]]) -> Iterator[Row]:
    ours = lines.get(agent, {})
    yield agent, "answered live", _sum(samples, "ctibridge_agent_calls_answered_total", agent=agent), ours["answered"]
    missed = _sum(samples, "ctibridge_agent_ring_no_answer_total", agent=agent)
    yield agent, "ring_no_answer live", missed, ours["ring_no_answer"]


def _sum(samples: dict[str, dict[Labels, float]], metric: str, **labels: str) -> float:
    """All samples with these labels, whatever else distinguishes them."""
    return sum(value for found, value in samples.get(metric, {}).items() if labels.items() <= dict(found).items())
