"""The families of queues."""

from collections.abc import Mapping
from typing import Final

from ctibridge.domain.figures import CountName, QueueTotals
from ctibridge.domain.picture import QueuePicture
from ctibridge.domain.policy import QueuePolicy
from ctibridge.domain.views import MemberCounts
from ctibridge.outputs.prometheus import names
from ctibridge.outputs.prometheus.names import Metric
from ctibridge.outputs.prometheus.sheet import Sheet

COUNTS: Final[tuple[tuple[Metric, CountName], ...]] = (
    (names.CALLS_OFFERED, "offered"),
    (names.CALLS_ANSWERED, "answered"),
    (names.CALLS_COMPLETED, "completed"),
    (names.CALLS_ABANDONED, "abandoned"),
    (names.CALLS_ABANDONED_SHORT, "abandoned_short"),
    (names.CALLS_ABANDONED_WITHIN, "abandoned_within"),
    (names.CALLS_LOST, "lost"),
    (names.CALLS_WITHIN_RINGS, "answered_within_rings"),
    (names.CALLS_WITHIN_THRESHOLD, "answered_within_threshold"),
    (names.CALLS_ANSWERED_LATE, "answered_late"),
    (names.CALLS_ANSWERED_BEYOND, "answered_beyond"),
    (names.SERVICE_LEVEL_MET, "service_level_met"),
    (names.SERVICE_LEVEL_MISSED, "service_level_missed"),
    (names.RING_NO_ANSWER, "ring_no_answer"),
    (names.RING_CANCELLED, "ring_cancelled"),
)

EXIT_REASONS: Final = ("timeout", "key", "empty", "unavailable", "withdrawn", "transferred", "continued")
REFUSAL_REASONS: Final = ("full", "join_empty", "join_unavailable")
TRANSFER_KINDS: Final = ("blind", "attended", "unknown")
"""Shown with 0 from the beginning: a counter that appears with its first increment has no rate for it."""

MEMBER_STATES: Final = tuple(name for name in MemberCounts.__struct_fields__ if name != "total")


def add_queue(sheet: Sheet, pbx: str, picture: QueuePicture, *, is_seen: bool) -> None:
    """One queue; what stands now only while it can be seen, what was counted always."""
    view, totals = picture.view, picture.totals
    where = (pbx, view.queue)
    for metric, count in COUNTS:
        sheet.add(metric, where, getattr(totals.all, count))
    _add_split(sheet, names.CALLS_EXITED, where, totals.exited, EXIT_REASONS)
    _add_split(sheet, names.CALLS_REFUSED, where, totals.refused, REFUSAL_REASONS)
    _add_split(sheet, names.CALLS_TRANSFERRED, where, totals.transferred, TRANSFER_KINDS)
    _add_durations(sheet, where, totals)
    sheet.add(names.QUEUE_INFO, (*where, view.label), 1)
    sheet.add(names.SERVICE_LEVEL_THRESHOLD, where, view.service_level.threshold_seconds)
    sheet.add(names.SERVICE_LEVEL_TARGET, where, view.service_level.target_ratio)
    _add_settings(sheet, where, picture.policy)
    if is_seen:
        _add_present(sheet, where, picture)


def _add_settings(sheet: Sheet, where: tuple[str, str], policy: QueuePolicy) -> None:
    """What the queue is held to, so that dashboards and alerts need no numbers of their own."""
    sheet.add(names.MAX_WAIT, where, policy.max_wait)
    sheet.add(names.LATE_ANSWER, where, policy.late_answer)
    sheet.add(names.UNANSWERED_AFTER, where, policy.unanswered_after)
    sheet.add(names.SHORT_ABANDON, where, policy.short_abandon)
    sheet.add(names.PROMPT_RING, where, policy.prompt_ring)
    sheet.add(names.WRAP_UP_TARGET, where, policy.wrap_up_target)
    sheet.add(names.MISSED_IN_ROW, where, policy.missed_in_row)
    sheet.add(names.MIN_STAFF, where, policy.min_staff)


def _add_durations(sheet: Sheet, where: tuple[str, str], totals: QueueTotals) -> None:
    sheet.histogram(names.ANSWER_WAIT, where, totals.answer_wait)
    sheet.histogram(names.ABANDON_WAIT, where, totals.abandon_wait)
    sheet.histogram(names.RING, where, totals.ring)
    sheet.histogram(names.TALK, where, totals.talk)
    sheet.histogram(names.HOLD, where, totals.hold)
    sheet.histogram(names.WRAP_UP, where, totals.wrap_up)


def _add_present(sheet: Sheet, where: tuple[str, str], picture: QueuePicture) -> None:
    view = picture.view
    sheet.add(names.CALLS_WAITING, where, view.waiting)
    if view.oldest_since is not None:
        sheet.add(names.OLDEST_CALLER, where, view.oldest_since)
    for state in MEMBER_STATES:
        sheet.add(names.MEMBERS, (*where, state), getattr(view.members, state))


def _add_split(
    sheet: Sheet, metric: Metric, where: tuple[str, str], counted: Mapping[str, int], expected: tuple[str, ...]
) -> None:
    for part in dict.fromkeys((*expected, *counted)):
        sheet.add(metric, (*where, part), counted.get(part, 0))
