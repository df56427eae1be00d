"""What is said of a daemon that works and cannot be believed all the same."""

from types import SimpleNamespace
from typing import Any

import pytest

from ctibridge.app.health import Health


def bridge(behind: float) -> Any:  # noqa: ANN401 - as much of a bridge as is asked
    """In sync with everything, and so many seconds behind."""
    return SimpleNamespace(
        name="north",
        is_synced=True,
        client=SimpleNamespace(is_in_sync=lambda: True),
        pump=SimpleNamespace(behind_seconds=lambda: behind),
        log_follower=None,
        outbox=None,
        history=None,
        outputs=(),
    )


@pytest.mark.parametrize(
    ("behind", "said"), [(0.0, []), (4.9, []), (12.3, ["what is shown is 12 s old: too many events"])]
)
def test_whoever_is_behind_a_flood_is_not_ready(behind: float, said: list[str]) -> None:
    reasons = Health([bridge(behind)]).unready()
    assert [one.detail for one in reasons] == said
    assert {one.part for one in reasons} <= {"loop"}
