"""The board in a terminal: a table that is drawn anew, or lines for a log when there is no terminal.

Widths are counted in cells, since a Chinese character takes two.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Column, Table
from rich.text import Text

from ctibridge.app.board import AgentRow, AlarmRow, Board, PbxBoard, QueueRow, states_in_order
from ctibridge.domain.views import AgentState
from ctibridge.outputs.web.status_page import duration, percent
from ctibridge.outputs.web.words import ENGLISH, Words

COLOURS: Final = {
    AgentState.READY: "green",
    AgentState.RINGING: "bold yellow",
    AgentState.BUSY: "blue",
    AgentState.WRAP_UP: "magenta",
    AgentState.NOT_READY: "bright_black",
    AgentState.UNREACHABLE: "red",
    AgentState.UNKNOWN: "bright_black",
    AgentState.LOGGED_OUT: "bright_black",
}
STATUS_COLOURS: Final = {"online": "green", "degraded": "yellow", "offline": "red"}
LIMIT_COLOURS: Final = {"warning": "yellow", "exceeded": "bold red"}

SEVERITY_COLOURS: Final = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
MOST_ALARMS: Final = 6

DOT: Final = "●"
MOST_DOTS: Final = 16
PANE_WIDTH: Final = 60
"""Cells that one column of agents needs."""
HEADER_LINES: Final = 5
QUEUE_LINES: Final = 3
"""Lines of the queue table that are not queues."""


class BoardTable:
    """One drawing of a board at a moment."""

    def __init__(self, board: Board, words: Words, now: datetime, heading: Sequence[str] = ()) -> None:
        """`heading`: lines that stay on top, e.g. addresses."""
        self._board = board
        self._words = words
        self._now = now
        self._heading = heading

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """Fit the space there is: more agents than lines stand side by side, as far as the width allows."""
        height = options.height or options.size.height
        for name, pbx in sorted(self._board.pbxs.items()):
            queues, agents, alarms = pbx.queue_rows(), pbx.agent_rows(), pbx.alarm_rows()
            used = len(self._heading) + HEADER_LINES + QUEUE_LINES + len(queues) + min(len(alarms), MOST_ALARMS)
            yield self._title(name, pbx)
            yield from (Text(line, style="dim", overflow="ellipsis", no_wrap=True) for line in self._heading)
            yield Text()
            yield from self._alarms(alarms)
            yield self._queues(queues)
            yield self._agents(agents, options.max_width, max(4, height - used))
        if not self._board.pbxs:
            yield from (Text(line, style="dim") for line in self._heading)
            yield Text("waiting for the first state …", style="dim")

    def _title(self, name: str, pbx: PbxBoard) -> RenderableType:
        colour = STATUS_COLOURS.get(pbx.state, "red")
        reason = f" · {escape(str(pbx.status['reason']))}" if pbx.status.get("reason") else ""
        clock = self._now.strftime("%H:%M:%S")
        title = f"[bold]{escape(name)}[/] [{colour}]{DOT} {escape(pbx.state)}{reason}[/] [dim]{clock}[/]"
        return Rule(title, align="left", style="bright_black")

    def _alarms(self, rows: Sequence[AlarmRow]) -> Iterator[RenderableType]:
        """One line each, and how many more there are."""
        left_out = max(0, len(rows) - MOST_ALARMS)
        for number, row in enumerate(rows[:MOST_ALARMS], start=1):
            more = f"  +{left_out}" if left_out and number == MOST_ALARMS else ""
            colour = SEVERITY_COLOURS.get(row.severity, "bold red")
            yield Text(
                _alarm_line(row, self._words, self._now) + more,
                style="dim" if row.acknowledged_by else colour,
                no_wrap=True,
                overflow="ellipsis",
            )

    def _queues(self, rows: Sequence[QueueRow]) -> RenderableType:
        words = self._words
        table = Table(
            Column(words.queue, no_wrap=True, min_width=14, ratio=3),
            Column(words.waiting, justify="right"),
            Column(words.longest_wait, justify="right"),
            Column(words.staff, no_wrap=True, ratio=4),
            Column(words.offered, justify="right"),
            Column(words.answered, justify="right"),
            Column(words.abandoned, justify="right"),
            Column(words.service_level, justify="right"),
            box=None,
            expand=True,
            header_style="dim",
            pad_edge=False,
        )
        for row in rows:
            table.add_row(*self._queue(row))
        return table

    def _queue(self, row: QueueRow) -> Iterator[RenderableType]:
        wait = None if row.oldest_since is None else self._now.timestamp() - row.oldest_since
        is_late = wait is not None and row.threshold is not None and wait > row.threshold
        urgency = "bold red" if is_late else "bold" if row.waiting else "dim"
        name = Text(row.label, style="bold")
        if row.label != row.name:
            name.append(f" {row.name}", style="dim")
        yield name
        yield Text(str(row.waiting), style=urgency)
        yield Text(duration(wait), style=urgency)
        yield _members(row)
        for count in (row.offered, row.answered, row.abandoned):
            yield "–" if count is None else str(count)
        yield percent(row.service_level)

    def _agents(self, rows: Sequence[AgentRow], width: int, height: int) -> RenderableType:
        panes = max(1, min(width // PANE_WIDTH, -(-len(rows) // height)))
        each = -(-len(rows) // panes)
        grid = Table.grid(*(Column(ratio=1) for _ in range(panes)), expand=True, padding=(0, 2))
        grid.add_row(*(self._pane(rows[i * each : (i + 1) * each]) for i in range(panes)))
        return Padding(grid, (1, 0, 0, 0))

    def _pane(self, rows: Sequence[AgentRow]) -> RenderableType:
        words = self._words
        table = Table(
            Column(words.agent, no_wrap=True, ratio=3),
            Column(words.state, no_wrap=True, ratio=3),
            Column(words.since, justify="right", min_width=5),
            Column(words.queue, no_wrap=True, ratio=3),
            Column(words.calls, justify="right"),
            box=None,
            expand=True,
            header_style="dim",
            pad_edge=False,
        )
        for row in rows:
            table.add_row(*self._agent(row))
        return table

    def _agent(self, row: AgentRow) -> Iterator[RenderableType]:
        colour = COLOURS[row.state]
        is_out = row.state is AgentState.LOGGED_OUT
        yield Text.assemble((row.agent, "dim" if is_out else "bold"), " ", (row.name, "dim" if is_out else ""))
        yield _state(row, self._words, colour)
        since = duration(self._now.timestamp() - row.since)
        yield Text(since, style=LIMIT_COLOURS.get(row.limit_stage or "", "dim" if is_out else ""))
        yield Text.assemble(row.queue or "", " ", (row.caller or "", "dim"))
        yield Text("" if row.answered is None else str(row.answered), style="dim" if is_out else "")


def _alarm_line(row: AlarmRow, words: Words, now: datetime) -> str:
    label = (row.label_zh if words.language == "zh" else None) or row.label
    figures = _measured(row.value, row.unit)
    if row.threshold is not None:
        figures += f" / {_measured(row.threshold, row.unit)}"
    parts = [f"▲ {label}", row.subject, figures if row.value is not None else "", duration(now.timestamp() - row.since)]
    return "  ".join([*filter(None, parts), *([f"✓ {row.acknowledged_by}"] if row.acknowledged_by else [])])


def _measured(value: float | None, unit: str) -> str:
    """A figure of an alarm with its unit, as the rest of the board writes it."""
    match unit:
        case "seconds":
            return duration(value)
        case "ratio":
            return percent(value)
        case _:
            return "–" if value is None else f"{value:g}"


def _members(row: QueueRow) -> Text:
    """A dot for each member in the colour of their state; numbers where there would be too many dots."""
    text = Text(overflow="ellipsis")
    is_small = sum(row.members.get(state.value, 0) for state in AgentState) <= MOST_DOTS
    for state, count in states_in_order(row.members):
        text.append(DOT * count if is_small else f"{DOT}{count} ", style=COLOURS[state])
    return text


def _state(row: AgentRow, words: Words, colour: str) -> Text:
    text = Text(f"{DOT} {words.states[row.state]}", style=colour, overflow="ellipsis")
    reason = (row.reason_zh if words.language == "zh" else None) or row.reason
    if reason and row.state in (AgentState.NOT_READY, AgentState.WRAP_UP):
        text.append(f" {reason}", style=LIMIT_COLOURS.get(row.limit_stage or "", colour))
    return text


def plain_lines(board: Board, now: datetime) -> Iterator[str]:
    """The same as lines, for pipes and logs."""
    clock = now.strftime("%H:%M:%S")
    for name, pbx in sorted(board.pbxs.items()):
        yield f"{clock} {name} {pbx.state}"
        for alarm in pbx.alarm_rows():
            yield f"{clock}   {alarm.severity}: {_alarm_line(alarm, ENGLISH, now)}"
        for row in pbx.queue_rows():
            wait = duration(None if row.oldest_since is None else now.timestamp() - row.oldest_since)
            members = " ".join(f"{state.value}={count}" for state, count in states_in_order(row.members))
            counts = f"offered={row.offered or 0} answered={row.answered or 0} abandoned={row.abandoned or 0}"
            yield f"{clock}   {_padded(row.name, 12)} waiting={row.waiting} longest={wait} {counts} | {members}"


def _padded(text: str, width: int) -> str:
    return set_cell_size(text, max(width, cell_len(text)))
