"""``ctibridge report``: what was asked for, the figures for it, and the form that it is given."""

import difflib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import aiosqlite
import msgspec

from ctibridge.app.report_totals import totals
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp, queue_key
from ctibridge.outputs.history import queries, reports
from ctibridge.outputs.history.alarms import alarm_report
from ctibridge.outputs.history.commands import command_report
from ctibridge.outputs.history.periods import Period, Step, UnknownMomentError, periods, range_of
from ctibridge.outputs.history.queries import By, Scope
from ctibridge.outputs.history.reader import reading
from ctibridge.outputs.history.report.document import Charts, Document, Language
from ctibridge.outputs.history.report.documents import (
    Frame,
    agents_document,
    alarms_document,
    callbacks_document,
    calls_document,
    commands_document,
    intervals_document,
    queues_document,
)
from ctibridge.outputs.history.report.shown import whole_range
from ctibridge.outputs.history.report.table import MOST_ROWS

Name: TypeAlias = Literal["queues", "agents", "calls", "intervals", "callbacks", "alarms", "commands"]
NAMES: Final[tuple[Name, ...]] = get_args(Name)
Format: TypeAlias = Literal["table", "csv", "json", "xlsx", "html"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

OF_AGENTS: Final[tuple[Name, ...]] = ("agents", "calls", "alarms", "commands")
"""Reports of which ``--agent`` chooses a part."""
OF_CALLS: Final[tuple[Name, ...]] = ("queues", "calls", "intervals", "callbacks")

RIBBON_HOURS: Final = 36
"""The longest range of which agents' days are drawn."""

CHART_STEPS: Final[tuple[tuple[int, Step], ...]] = ((36, "30m"), (7 * 24, "1h"), (120 * 24, "1d"), (730 * 24, "1w"))
"""Hours of a range, and how finely it is drawn up to there."""


class ReportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed."""

    name: Name
    since: str = "today"
    until: str | None = None
    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    pbx: str | None = None
    step: Step | None = None
    by: By = "entry"
    format: Format = "table"
    language: Language = "en"


class ReportError(Exception):
    """What was asked for cannot be told; the message says why, in a line."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A finished report."""

    document: Document
    json: object
    """What ``--format json`` prints."""


async def report(path: Path, options: ReportOptions, policy: Policy, now: Timestamp) -> Report:
    """Make a report; raises ReportError, UnreadableHistoryError and sqlite3.Error."""
    whole = asked_range(options, policy, now)
    if options.agents and options.name not in OF_AGENTS:
        raise ReportError(f"--agent: goes with {', '.join(OF_AGENTS)}; callers who were not answered have no agent")
    async with reading(path) as connection:
        return await _Maker(connection, options, policy, now).make(whole)


def asked_range(options: ReportOptions, policy: Policy, now: Timestamp) -> Period:
    """The range that was typed; raises ReportError."""
    for option, value in (("--from", options.since), ("--to", options.until)):
        try:
            range_of(value or "today", None, policy, now)
        except UnknownMomentError as error:
            raise ReportError(f"{option}: {error}") from error
    whole = range_of(options.since, options.until, policy, now)
    if whole.until <= whole.since:
        said = f"--to {options.until}" if options.until else "the end of today"
        raise ReportError(f"--from: {options.since} is not before {said}")
    return whole


class _Maker:
    """One report being made."""

    def __init__(
        self, connection: aiosqlite.Connection, options: ReportOptions, policy: Policy, now: Timestamp
    ) -> None:
        self._connection = connection
        self._options = options
        self._policy = policy
        self._now = now

    async def make(self, whole: Period) -> Report:
        """The report of a range."""
        scope = await self._scope(whole)
        frame = self._frame(scope, whole)
        makers: Mapping[Name, Callable[[Scope, Frame], Awaitable[Report]]] = {
            "queues": self._queues,
            "agents": self._agents,
            "calls": self._calls,
            "intervals": self._intervals,
            "callbacks": self._callbacks,
            "alarms": self._alarms,
            "commands": self._commands,
        }
        if self._options.name in OF_CALLS:
            await self._refuse_outside(scope, whole)
        return await makers[self._options.name](scope, frame)

    async def _queues(self, scope: Scope, frame: Frame) -> Report:
        made = await reports.queue_report(self._connection, scope, self._policy)
        if not made.lines:
            raise self._nothing(frame.whole)
        charts = msgspec.structs.replace(await self._charts(scope, frame), summary=made.total)
        return Report(document=queues_document(made, frame, charts), json=self._json(made, frame))

    async def _intervals(self, scope: Scope, frame: Frame) -> Report:
        step = frame.step or "30m"
        made = await reports.interval_report(self._connection, scope, step, self._policy)
        if not any(line.figures.offered or line.figures.refused for line in made.lines):
            raise self._nothing(frame.whole)
        targets = await self._targets(scope)
        charts = msgspec.structs.replace(targets, summary=made.total, intervals=made.lines, step=step)
        return Report(document=intervals_document(made, frame, charts), json=self._json(made, frame))

    async def _agents(self, scope: Scope, frame: Frame) -> Report:
        made = await reports.agent_report(self._connection, scope, self._policy)
        if not made.lines:
            raise self._nothing(frame.whole)
        charts = await self._ribbon(scope, frame, await self._targets(scope))
        return Report(document=agents_document(made, frame, charts), json=self._json(made, frame))

    async def _calls(self, scope: Scope, frame: Frame) -> Report:
        records = await queries.calls(self._connection, scope)
        if not records:
            raise self._nothing(frame.whole)
        document = calls_document(records, frame, self._most_rows())
        if self._options.format != "json":
            return Report(document=document, json=None)
        rings = await queries.ring_groups(self._connection, scope, "queue")
        agent_rings = await queries.ring_groups(self._connection, scope, "agent")
        stretches = await queries.stretches(self._connection, scope)
        return Report(document=document, json=totals(records, rings, agent_rings, stretches))

    async def _callbacks(self, scope: Scope, frame: Frame) -> Report:
        made = await reports.callback_report(self._connection, scope, self._now)
        return Report(document=callbacks_document(made, frame), json=self._json(made, frame))

    async def _alarms(self, scope: Scope, frame: Frame) -> Report:
        made = await alarm_report(self._connection, scope)
        return Report(document=alarms_document(made, frame, self._most_rows()), json=self._json(made, frame))

    async def _commands(self, scope: Scope, frame: Frame) -> Report:
        made = await command_report(self._connection, scope)
        return Report(document=commands_document(made, frame, self._most_rows()), json=self._json(made, frame))

    # -- what several reports need ------------------------------------------------------------------------------------

    def _most_rows(self) -> int | None:
        """Of a list that people read."""
        return MOST_ROWS if self._options.format in ("table", "html") else None

    async def _scope(self, whole: Period) -> Scope:
        known = await queries.known_pbxs(self._connection)
        if not known:
            raise ReportError("the history is empty: no call was recorded yet")
        pbxs = _chosen("--pbx", (self._options.pbx,) if self._options.pbx else (), known) or tuple(known)
        queues = await queries.known_queues(self._connection, pbxs)
        agents = await queries.known_agents(self._connection, pbxs)
        step = self._options.step or ("30m" if self._options.name == "intervals" else None)
        is_cut = self._options.name in ("queues", "agents", "intervals")
        cut = periods(whole, step if is_cut else None, self._policy)
        return Scope(
            pbxs=pbxs,
            periods=tuple(period for period in cut if period.since <= self._now) or cut[:1],
            queues=_chosen("--queue", self._options.queues, queues),
            agents=_chosen("--agent", self._options.agents, agents),
            by=self._options.by,
        )

    def _frame(self, scope: Scope, whole: Period) -> Frame:
        step = self._options.step or ("30m" if self._options.name == "intervals" else None)
        named = (self._options.pbx,) if self._options.pbx else ()
        return Frame(
            language=self._options.language,
            policy=self._policy,
            whole=whole,
            step=step,
            by=self._options.by,
            made_at=self._now,
            scope=(*named, *scope.queues, *scope.agents),
            has_several_pbxs=len(scope.pbxs) > 1,
            is_part_of_queues=bool(scope.queues),
        )

    async def _charts(self, scope: Scope, frame: Frame) -> Charts:
        """Inflow by half hours, or more coarsely, and the agents' day; only where it is drawn."""
        charts = await self._targets(scope)
        if self._options.format != "html":
            return charts
        hours = (frame.whole.until - frame.whole.since) / 3600
        step: Step = next((step for longest, step in CHART_STEPS if hours <= longest), "1mo")
        cut = periods(frame.whole, step, self._policy)
        drawn = msgspec.structs.replace(scope, periods=tuple(one for one in cut if one.since <= self._now))
        made = await reports.interval_report(self._connection, drawn, step, self._policy)
        charts = msgspec.structs.replace(charts, intervals=made.lines, step=step)
        return charts if scope.queues else await self._ribbon(scope, frame, charts)

    async def _ribbon(self, scope: Scope, frame: Frame, charts: Charts) -> Charts:
        hours = (frame.whole.until - frame.whole.since) / 3600
        if self._options.format != "html" or hours > RIBBON_HOURS:
            return charts
        whole = msgspec.structs.replace(scope, periods=(frame.whole,))
        people = await queries.people(self._connection, scope.pbxs)
        return msgspec.structs.replace(
            charts,
            stretches=tuple(await queries.stretches(self._connection, whole)),
            names={one.agent: one.name for one in people},
        )

    async def _targets(self, scope: Scope) -> Charts:
        """What the queues are held to, where it is the same for all of them."""
        queues = scope.queues or await queries.known_queues(self._connection, scope.pbxs)
        rules = [self._policy.queue(queue) for queue in queues] or [self._policy.defaults]
        thresholds = {rule.service_level_threshold for rule in rules}
        return Charts(
            target=min(rule.service_level_target for rule in rules),
            threshold=thresholds.pop() if len(thresholds) == 1 else None,
        )

    async def _refuse_outside(self, scope: Scope, whole: Period) -> None:
        extent = await queries.extent(self._connection, scope.pbxs)
        if extent and (whole.until <= extent.since or whole.since > extent.until):
            zone = self._policy.timezone
            raise ReportError(
                f"{self._nothing(whole)}; calls are recorded from {whole_range(extent.since, extent.until, zone)}"
            )

    def _nothing(self, whole: Period) -> ReportError:
        return ReportError(f"nothing was recorded from {whole_range(whole.since, whole.until, self._policy.timezone)}")

    def _json(self, made: msgspec.Struct, frame: Frame) -> object:
        zone = self._policy.timezone
        since, until = (datetime.fromtimestamp(one, zone).isoformat() for one in (frame.whole.since, frame.whole.until))
        head = {"report": self._options.name, "from": since, "to": until, "timezone": str(zone), "by": frame.by}
        return head | msgspec.to_builtins(made)


def _chosen(option: str, wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The names as recorded, found without regard to case; raises ReportError, with the nearest name."""
    by_key = {queue_key(name): name for name in known}
    chosen = []
    for name in wanted:
        found = by_key.get(queue_key(name))
        if found is None:
            near = difflib.get_close_matches(queue_key(name), list(by_key), n=1)
            hint = f'; did you mean "{by_key[queue_key(near[0])]}"?' if near else _listed(known)
            raise ReportError(f'{option}: nothing is recorded of "{name}"{hint}')
        chosen.append(found)
    return tuple(chosen)


def _listed(known: Sequence[str], most: int = 8) -> str:
    if not known:
        return ""
    return "; there is " + ", ".join(known[:most]) + (", …" if len(known) > most else "")
