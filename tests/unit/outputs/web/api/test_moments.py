from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ctibridge.outputs.web.api.moments import LATEST, moment, moment_text

NINE = 1_767_258_000.0


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T09:00:00Z",
        "2026-01-01t09:00:00z",
        "2026-01-01T17:00:00+08:00",
        "2026-01-01T17:00:00 08:00",
        "2026-01-01T05:30:00-03:30",
        "2026-01-01T08:59:60+00:00",
        "1767258000",
        "1767258000.0",
        "1.767258e9",
    ],
)
def test_one_moment_has_many_forms(text: str) -> None:
    assert moment(text).timestamp == NINE


def test_fractions_are_kept() -> None:
    assert moment("2026-01-01T09:00:00.125Z").timestamp == NINE + 0.125


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "nan",
        "inf",
        "1_000",
        "2026-01-01",
        "2026-01-01T09:00:00",
        "2026-01-01 09:00:00Z",
        "2026-02-29T09:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T09:00:61Z",
        "2026-01-01T09:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "٢٠٢٦-01-01T00:00:00Z",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is made by whoever asks
        moment(text)


@pytest.mark.parametrize(
    ("text", "edge"),
    [("-5", 0.0), ("0001-01-01T00:00:00+14:00", 0.0), ("1e300", LATEST), ("9999-12-31T23:59:59-12:00", LATEST)],
)
def test_what_no_calendar_can_show_is_moved_to_the_edge(text: str, edge: float) -> None:
    assert moment(text).timestamp == edge
    for hours in (-12, 14):
        assert moment_text(edge, timezone(timedelta(hours=hours))).timestamp() == edge


def test_moments_are_told_in_the_time_of_the_site() -> None:
    assert moment_text(NINE, ZoneInfo("Asia/Shanghai")).isoformat() == "2026-01-01T17:00:00+08:00"
