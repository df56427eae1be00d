"""Figures of a day that can be added up by hand (small_day.py)."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest

from ctibridge.domain import figures as live
from ctibridge.domain import formulas
from ctibridge.outputs.history import queries, reports
from ctibridge.outputs.history.figures import service_level_shares
from ctibridge.outputs.history.periods import Period, Step, name_of, periods, range_of
from ctibridge.outputs.history.queries import By, Scope
from ctibridge.outputs.history.reader import UnreadableHistoryError, reading
from tests.unit.outputs.history.small_day import NOW, POLICY, at, call, small_day

DAY = range_of("2026-11-20", "2026-11-20", POLICY, NOW)


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[aiosqlite.Connection]:
    async with reading(await small_day(tmp_path / "h.db")) as connection:
        yield connection


def scope(step: Step | None = None, *, whole: Period = DAY, by: By = "entry", queues: tuple[str, ...] = ()) -> Scope:
    return Scope(pbxs=("pbx1",), periods=periods(whole, step, POLICY), by=by, queues=queues)


async def test_a_queues_day(history: aiosqlite.Connection) -> None:
    report = await reports.queue_report(history, scope(), POLICY)
    sales, support = (line.figures for line in report.lines)

    assert [line.queue for line in report.lines] == ["sales", "support"]
    assert (support.offered, support.answered, support.abandoned, support.exited) == (9, 4, 4, 1)
    assert (support.abandoned_short, support.refused, support.transferred, support.ring_no_answer) == (1, 1, 1, 1)
    assert (sales.offered, sales.answered, sales.waiting) == (2, 1, 1)
    assert support.speed_of_answer_seconds == (4 + 10 + 30 + 70) / 4
    assert support.mean_abandon_wait_seconds == (3 + 40 + 50 + 8) / 4
    assert support.mean_wait_seconds == pytest.approx((4 + 10 + 30 + 70 + 3 + 40 + 50 + 8 + 25) / 9)
    assert (support.longest_wait_seconds, support.wait_p50_seconds, support.wait_p90_seconds) == pytest.approx(
        (70, 25, 70)
    )
    assert support.mean_talk_seconds == 660 / 4
    assert support.mean_hold_seconds == 10 / 4
    assert support.mean_wrap_up_seconds == 60 / 4
    assert support.mean_handle_seconds == (660 + 60) / 4
    assert support.within_rings_rate == 2 / 3  # One ring is not known.
    assert (support.answered_late, support.answered_beyond) == (2, 1)  # Beyond 15 s, beyond 60 s.
    assert support.transfer_rate == 0.25
    assert support.blocked_rate == 0.1
    assert (support.numbers_known, support.repeat_calls) == (8, 2)  # A and E called again.


async def test_the_five_service_levels_with_what_they_divide(history: aiosqlite.Connection) -> None:
    """In time: A and B answered, D and the caller without a number gave up."""
    report = await reports.queue_report(history, scope(queues=("support",)), POLICY)
    levels = report.total.service_level

    shares = [
        (share.numerator, share.denominator)
        for share in (levels.handled, levels.without_abandon, levels.positive, levels.negative, levels.net)
    ]
    assert shares == [(2, 4), (2, 6), (4, 8), (2, 8), (2, 7)]
    assert levels.negative.ratio == 0.25


def test_shares_are_those_of_the_formulas() -> None:
    counts = live.Counts(
        answered=1000, abandoned=60, answered_within_threshold=860, abandoned_within=20, abandoned_short=10
    )
    levels = service_level_shares(counts)

    for share in (levels.handled, levels.without_abandon, levels.positive, levels.negative, levels.net):
        assert share.ratio == share.numerator / share.denominator
    assert levels.net.ratio == formulas.service_level_net(860, 1000, 60, 10)


async def test_no_figure_is_0_where_nothing_is_known(history: aiosqlite.Connection) -> None:
    report = await reports.interval_report(history, scope("1h"), "1h", POLICY)
    night = report.lines[2].figures

    assert (night.offered, night.answer_rate, night.speed_of_answer_seconds, night.wait_p95_seconds) == (
        0,
        None,
        None,
        None,
    )
    assert night.service_level.negative.ratio is None


async def test_calls_belong_to_the_half_hour_of_entry_or_of_the_end(history: aiosqlite.Connection) -> None:
    async def offered(by: By) -> dict[str, int]:
        cut = scope("30m", by=by)
        made = await reports.interval_report(history, cut, "30m", POLICY)
        return {
            name_of(line.period, "30m", POLICY)[11:]: line.figures.offered
            for line in made.lines
            if line.figures.offered
        }

    assert await offered("entry") == {"08:00": 2, "08:30": 3, "09:00": 2, "09:30": 2, "10:00": 2}
    assert await offered("end") == {"08:00": 2, "08:30": 3, "09:00": 2, "09:30": 2, "10:00": 1}  # H waits still.


async def test_periods_add_up_to_the_day(history: aiosqlite.Connection) -> None:
    day = await reports.queue_report(history, scope(), POLICY)
    for step in ("30m", "1h", "1d", "1w", "1mo"):
        cut = await reports.queue_report(history, scope(step), POLICY)

        assert cut.total == day.total


async def test_an_agents_day(history: aiosqlite.Connection) -> None:
    report = await reports.agent_report(history, scope(), POLICY)
    one, two = (line.figures for line in report.lines)

    assert (one.answered, two.answered) == (3, 2)
    assert (one.ready_seconds, one.busy_seconds, one.wrap_up_seconds) == pytest.approx((900 + 3200, 1800, 900))
    assert one.logged_in_seconds == pytest.approx(7200)
    assert one.occupancy == (1800 + 900) / (1800 + 900 + 4100)
    assert one.calls_per_hour == 1.5
    assert (one.limits_exceeded, one.overrun_seconds) == pytest.approx((1, 100))
    assert [(t.reason, t.count, float(t.seconds)) for t in one.times if t.state == "not_ready"] == [("away", 1, 400)]
    assert two.ready_seconds == 8.5 * 3600  # From midnight: the evening is yesterday's.
    assert two.ring_no_answer == 1


async def test_a_team_is_all_its_agents(history: aiosqlite.Connection) -> None:
    report = await reports.agent_report(history, scope(), POLICY)
    [north] = report.teams

    assert north.team == "north"
    assert north.figures == report.total
    assert (north.figures.answered, north.figures.logged_in_seconds) == (5, 7200 + 8.5 * 3600)


async def test_a_stretch_is_cut_where_hours_begin(history: aiosqlite.Connection) -> None:
    report = await reports.agent_report(history, scope("1h"), POLICY)
    ready = [line.figures.ready_seconds or 0.0 for line in report.lines if line.agent == "1002"]

    assert ready[:9] == [3600] * 8 + [1800]


async def test_agents_without_recorded_states_have_no_times(tmp_path: Path) -> None:
    path = await small_day(tmp_path / "h.db")
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM agent_intervals")
    connection.close()
    async with reading(path) as history:
        report = await reports.agent_report(history, scope(), POLICY)
    figures = report.lines[0].figures

    assert figures.answered == 3
    assert (figures.logged_in_seconds, figures.occupancy, figures.calls_per_hour, figures.limits_exceeded) == (
        None,
        None,
        None,
        None,
    )


async def test_of_an_imported_queue_log_only_pauses_are_known(tmp_path: Path) -> None:
    path = await small_day(tmp_path / "h.db")
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM agent_intervals WHERE state <> 'not_ready'")
        connection.execute("UPDATE agent_intervals SET origin = 'queue_log'")
    connection.close()
    async with reading(path) as history:
        report = await reports.agent_report(history, scope(), POLICY)
    for figures in (report.lines[0].figures, report.total):
        assert figures.not_ready_seconds == pytest.approx(400)
        assert figures.limits_exceeded == 1
        assert figures.ready_seconds is None
        assert figures.logged_in_seconds is None
        assert figures.calls_per_hour is None


async def test_whom_to_call_back(history: aiosqlite.Connection) -> None:
    """E gave up twice; D once, shortly; A and B were answered; one caller has no number."""
    report = await reports.callback_report(history, scope(), NOW)

    assert [(one.abandons, one.first_at, one.is_short) for one in report.lines] == [
        (1, at("20T08:40:03"), True),
        (2, at("20T09:10:40"), False),
    ]
    assert report.lines[1].deadline == at("21T09:10:40")
    assert not report.lines[1].is_overdue
    assert report.without_number == 1


async def test_who_was_answered_later_needs_no_call_and_a_day_later_one_is_overdue(tmp_path: Path) -> None:
    later = call("sales", "E", "20T11:00", 1, "answered", agent="1001")
    async with reading(await small_day(tmp_path / "h.db", [later])) as history:
        report = await reports.callback_report(history, scope(), at("21T09:00"))

    [left] = report.lines
    assert (left.is_short, left.is_overdue) == (True, True)


async def test_inflow_against_the_same_hour_of_the_days_before(tmp_path: Path) -> None:
    """20 calls at 10 o'clock on two of the last seven days, 30 today."""
    before = [call("sales", "x", f"{day}T10:{minute:02}", 1, "answered") for day in (13, 18) for minute in range(20)]
    today = [call("sales", "x", f"20T10:{minute}", 1, "answered") for minute in range(20, 48)]
    async with reading(await small_day(tmp_path / "h.db", [*before, *today])) as history:
        report = await reports.interval_report(history, scope("1h"), "1h", POLICY)
    ten, eleven = report.lines[10].inflow, report.lines[11].inflow

    assert (ten.usual, ten.deviation, ten.is_unusual) == (20, 0.5, True)
    assert (eleven.usual, eleven.deviation, eleven.is_unusual) == (0, None, False)


async def test_half_hours_whose_calls_were_deleted_come_from_their_kept_figures(tmp_path: Path) -> None:
    path = await small_day(tmp_path / "h.db")
    numbers = dict.fromkeys(live.Counts.__struct_fields__, 0) | {
        "offered": 10,
        "answered": 8,
        "answered_within_threshold": 6,
        "abandoned": 2,
        "wait_seconds": 80.0,
        "talk_seconds": 800.0,
        "completed": 8,
    }
    with sqlite3.connect(path) as connection:
        for moment in ("10T08:00", "20T08:00"):  # The second is still there call by call and must not count twice.
            names = ", ".join(["pbx", "queue", "since", *numbers])
            marks = ", ".join("?" * (3 + len(numbers)))
            row = ["pbx1", "support", int(at(moment)), *numbers.values()]
            connection.execute(f"INSERT INTO interval_figures ({names}) VALUES ({marks})", row)  # noqa: S608
    connection.close()
    month = range_of("2026-11-01", "2026-11-30", POLICY, NOW)
    async with reading(path) as history:
        days = await reports.queue_report(history, scope("1d", whole=month, queues=("support",)), POLICY)
        whole = await reports.queue_report(history, scope(whole=month, queues=("support",)), POLICY)
    tenth, twentieth = (line.figures for line in days.lines)

    assert (tenth.offered, float(tenth.speed_of_answer_seconds or 0), tenth.service_level.negative.ratio) == (
        10,
        10,
        0.6,
    )
    assert (tenth.longest_wait_seconds, tenth.wait_p90_seconds, tenth.repeat_rate) == (None, None, None)
    assert twentieth.offered == 9
    assert (whole.total.offered, whole.total.longest_wait_seconds) == (19, None)


async def test_what_there_is(history: aiosqlite.Connection) -> None:
    assert await queries.known_pbxs(history) == ["pbx1"]
    assert await queries.known_queues(history, ["pbx1"]) == ["sales", "support"]
    assert await queries.known_agents(history, ["pbx1"]) == ["1001", "1002"]
    assert await queries.extent(history, ["pbx1"]) == Period(since=at("20T08:05"), until=at("20T10:05"))
    assert await queries.extent(history, ["other"]) is None


async def test_reading_never_writes_and_says_what_is_wrong(tmp_path: Path, history: aiosqlite.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await history.execute("DELETE FROM calls")
    with pytest.raises(UnreadableHistoryError, match="there is no history yet"):
        async with reading(tmp_path / "absent.db"):
            pass
    (tmp_path / "text.db").write_text("not a database" * 100)
    with pytest.raises(UnreadableHistoryError, match="file is not a database"):
        async with reading(tmp_path / "text.db"):
            pass
    (tmp_path / "empty.db").touch()
    with pytest.raises(UnreadableHistoryError, match="older ctibridge"):
        async with reading(tmp_path / "empty.db"):
            pass
