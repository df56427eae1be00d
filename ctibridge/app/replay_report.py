"""A replay's totals for people: one table of queues, one of agents."""

from collections.abc import Iterator, Mapping

from rich.console import Console, RenderableType
from rich.table import Table

from ctibridge.app.replay import Replay
from ctibridge.app.totals import AgentSums, QueueSums
from ctibridge.outputs.web.status_page import duration


def print_report(replay: Replay, console: Console) -> None:
    """Print the tables and what the wire could not use."""
    for part in _parts(replay):
        console.print(part)


def _parts(replay: Replay) -> Iterator[RenderableType]:
    seconds = (replay.until or 0) - (replay.since or 0)
    yield f"{replay.facts} facts in {duration(seconds)}, {len(replay.tally.totals.calls)} calls"
    yield _queues(replay.tally.totals.queues)
    yield _agents(replay.tally.totals.agents)
    if replay.errors:
        yield "not used: " + ", ".join(f"{count} × {kind}" for kind, count in sorted(replay.errors.items()))


def _queues(queues: Mapping[str, QueueSums]) -> Table:
    table = Table(
        title="queues", title_justify="left", title_style="bold", box=None, header_style="dim", pad_edge=False
    )
    table.add_column("queue")
    for name in (
        "offered",
        "answered",
        "abandoned",
        "short",
        "exited",
        "refused",
        "transferred",
        "no answer",
        "cancelled",
    ):
        table.add_column(name, justify="right")
    for name in ("wait", "talk"):
        table.add_column(name, justify="right")
    for name, sums in sorted(queues.items()):
        counts = (
            sums.offered,
            sums.answered,
            sums.abandoned,
            sums.abandoned_short,
            _by_reason(sums.exited),
            _by_reason(sums.refused),
            sums.transferred,
            sums.ring_no_answer,
            sums.ring_cancelled,
        )
        table.add_row(name, *map(str, counts), duration(sums.wait_seconds), duration(sums.talk_seconds))
    return table


def _agents(agents: Mapping[str, AgentSums]) -> Table:
    table = Table(
        title="agents", title_justify="left", title_style="bold", box=None, header_style="dim", pad_edge=False
    )
    table.add_column("agent")
    for name in ("answered", "no answer", "cancelled", "talk", "pauses", "paused"):
        table.add_column(name, justify="right")
    for name, sums in sorted(agents.items()):
        paused = sum(pause.seconds for pause in sums.pauses)
        counts = (sums.answered, sums.ring_no_answer, sums.ring_cancelled)
        table.add_row(name, *map(str, counts), duration(sums.talk_seconds), str(len(sums.pauses)), duration(paused))
    return table


def _by_reason(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items())) or "0"
