"""From a report's lines to the document that is rendered."""

from collections.abc import Sequence
from typing import Final

import msgspec

from ctibridge.domain.policy import Policy
from ctibridge.outputs.history.alarms import AlarmLine, AlarmReport, RuleLine
from ctibridge.outputs.history.commands import CommandReport
from ctibridge.outputs.history.figures import ReasonTime, ServiceLevelShares
from ctibridge.outputs.history.groups import CallRecord
from ctibridge.outputs.history.periods import Period, Step, name_of
from ctibridge.outputs.history.queries import By
from ctibridge.outputs.history.report import columns as c
from ctibridge.outputs.history.report.document import (
    ALWAYS,
    Charts,
    Column,
    Document,
    Kind,
    Language,
    Sheet,
    Value,
    sheet,
)
from ctibridge.outputs.history.report.words import text, text_of_level
from ctibridge.outputs.history.reports import (
    AgentLine,
    AgentReport,
    CallbackLine,
    CallbackReport,
    IntervalLine,
    IntervalReport,
    QueueLine,
    QueueReport,
)

REASONS_OF: Final = ("not_ready", "wrap_up", "unreachable")
"""States of which people want to know why."""


def _none(_line: object) -> Value:
    return None


_LEVEL_KINDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("formula", "text"),
    ("numerator", "count"),
    ("denominator", "count"),
    ("service_level", "ratio"),
)
_LEVEL_COLUMNS: Final = tuple(Column(key=key, kind=kind, value=_none) for key, kind in _LEVEL_KINDS)


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What is true of the whole report."""

    language: Language
    policy: Policy
    whole: Period
    step: Step | None
    by: By
    made_at: float
    scope: tuple[str, ...]
    has_several_pbxs: bool = False
    is_part_of_queues: bool = False
    """Only the calls of some queues were asked for."""


class ReasonLine(msgspec.Struct, frozen=True, kw_only=True):
    """How long an agent was in a state for a reason."""

    pbx: str
    agent: str | None
    name: str | None
    period: Period
    state: str
    reason: str | None
    time: ReasonTime


def queues_document(report: QueueReport, frame: Frame, charts: Charts) -> Document:
    """Figures per queue."""
    total = QueueLine(pbx="", queue="", label=text("total", frame.language), period=frame.whole, figures=report.total)
    table = sheet("queues", _columns(c.QUEUE, frame), report.lines, total)
    notes = [_by(frame), *_calls_notes(frame)]
    return _document("queues", frame, [table, levels_sheet(report.total.service_level, frame)], notes, charts)


def intervals_document(report: IntervalReport, frame: Frame, charts: Charts) -> Document:
    """Figures per period."""
    table = sheet("intervals", _columns(c.INTERVAL, frame), report.lines)
    notes = [_by(frame), text("usual", frame.language), *_calls_notes(frame)]
    return _document("intervals", frame, [table, levels_sheet(report.total.service_level, frame)], notes, charts)


def agents_document(report: AgentReport, frame: Frame, charts: Charts) -> Document:
    """Figures per agent, per team, and why they were away."""
    total = AgentLine(
        pbx="",
        agent=text("total", frame.language),
        name=None,
        team=None,
        period=frame.whole,
        figures=report.total,
    )
    sheets = [sheet("agents", _columns(c.AGENT, frame), report.lines, total)]
    if report.teams:
        sheets.append(sheet("teams", _columns(c.TEAM, frame), report.teams))
    reasons = tuple(_reasons(report.lines, frame))
    if reasons:
        sheets.append(sheet("reasons", _columns(c.REASON, frame), reasons))
    notes = [_by(frame), text("unknown", frame.language)]
    if frame.is_part_of_queues:
        notes.append(text("queues_of_agents", frame.language))
    return _document("agents", frame, sheets, notes, charts)


def calls_document(records: Sequence[CallRecord], frame: Frame, limit: int | None) -> Document:
    """One row a call; the last ``limit`` of them."""
    kept = tuple(records if limit is None else records[-limit:])
    table = sheet("calls", _columns(c.CALL, frame, is_dated=True), kept)
    table = msgspec.structs.replace(table, more=len(records) - len(kept))
    notes = [_by(frame), text("refusals_note", frame.language), text("unknown", frame.language)]
    return _document("calls", frame, [table], notes, Charts())


def callbacks_document(report: CallbackReport, frame: Frame) -> Document:
    """Whom to call back."""
    standing = Column(key="standing", kind="text", value=_standing)
    table = sheet("callbacks", (*_columns(c.CALLBACK, frame, is_dated=True), standing), report.lines)
    notes = [_by(frame), text("returned", frame.language)]
    if report.without_number:
        notes.append(text("without_number", frame.language).format(report.without_number))
    return _document("callbacks", frame, [table], notes, Charts())


def alarms_document(report: AlarmReport, frame: Frame, limit: int | None) -> Document:
    """One row an alarm, and one a rule; the last ``limit`` alarms."""
    kept = report.lines if limit is None else report.lines[-limit:]
    columns = _with_labels(_columns(c.ALARM, frame, is_dated=True), frame)
    table = msgspec.structs.replace(sheet("alarms", columns, kept), more=len(report.lines) - len(kept))
    sheets = [table]
    if report.rules:
        sheets.append(sheet("rules", _with_labels(c.RULE, frame), report.rules))
    return _document("alarms", frame, sheets, [text("alarms_note", frame.language)], Charts())


def _with_labels(columns: tuple[Column, ...], frame: Frame) -> tuple[Column, ...]:
    """Alarms by what the site calls their rules."""

    def label(line: AlarmLine | RuleLine) -> str:
        return (line.label_zh if frame.language == "zh" else "") or line.label or line.rule

    return tuple(msgspec.structs.replace(one, value=label) if one.key == "alarm" else one for one in columns)


def commands_document(report: CommandReport, frame: Frame, limit: int | None) -> Document:
    """One row a command; the last ``limit`` of them."""
    kept = report.lines if limit is None else report.lines[-limit:]
    table = sheet("commands", _columns(c.COMMAND, frame, is_dated=True), kept)
    table = msgspec.structs.replace(table, more=len(report.lines) - len(kept))
    return _document("commands", frame, [table], [text("commands_note", frame.language)], Charts())


def levels_sheet(levels: ServiceLevelShares, frame: Frame) -> Sheet:
    """The five formulas, with what they divide."""
    rows = tuple(
        (text_of_level(name, frame.language), share.numerator, share.denominator, share.ratio)
        for name in ServiceLevelShares.__struct_fields__
        for share in (getattr(levels, name),)
    )
    kinds: tuple[tuple[str, Kind], ...] = (
        ("formula", "text"),
        ("numerator", "count"),
        ("denominator", "count"),
        ("service_level", "ratio"),
    )
    return Sheet(name="levels", columns=tuple(Column(key=k, kind=kind, value=_none) for k, kind in kinds), rows=rows)


def _document(name: str, frame: Frame, sheets: Sequence[Sheet], notes: Sequence[str], charts: Charts) -> Document:
    return Document(
        name=name,
        language=frame.language,
        whole=frame.whole,
        policy=frame.policy,
        by=frame.by,
        made_at=frame.made_at,
        scope=frame.scope,
        sheets=tuple(sheets),
        notes=tuple(notes),
        charts=charts,
    )


def _columns(columns: tuple[Column, ...], frame: Frame, *, is_dated: bool = False) -> tuple[Column, ...]:
    """The columns of a report, with the period's name where it is cut into periods, and the PBX where there are two."""
    if frame.has_several_pbxs:
        columns = tuple(msgspec.structs.replace(one, level=ALWAYS) if one.key == c.PBX.key else one for one in columns)
    step = frame.step
    if step is None or is_dated:
        return columns

    def period_name(line: QueueLine | IntervalLine | AgentLine | ReasonLine) -> str:
        return name_of(line.period, step, frame.policy)

    return (Column(key="period", kind="text", value=period_name), *columns)


def _reasons(lines: Sequence[AgentLine], frame: Frame) -> Sequence[ReasonLine]:
    return [
        ReasonLine(
            pbx=line.pbx,
            agent=line.agent,
            name=line.name,
            period=line.period,
            state=time.state,
            reason=reason_label(time.reason, frame),
            time=time,
        )
        for line in lines
        for time in line.figures.times
        if time.state in REASONS_OF
    ]


def reason_label(code: str | None, frame: Frame) -> str | None:
    """What the site calls a pause reason."""
    reason = frame.policy.pause_reason(code)
    if reason is None:
        return code
    return (reason.label_zh if frame.language == "zh" else reason.label) or code


def _by(frame: Frame) -> str:
    return text(f"by_{frame.by}", frame.language)


def _calls_notes(frame: Frame) -> list[str]:
    return [text(key, frame.language) for key in ("unknown", "refusals_note", "kept_note")]


def _standing(line: CallbackLine) -> str:
    return "overdue" if line.is_overdue else "open"
