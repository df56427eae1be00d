import gc
import sys
from collections.abc import Iterator

import pytest

from ctibridge.app.tuning import tune


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def test_a_thread_that_stores_has_its_turn_within_a_millisecond() -> None:
    tune()
    assert sys.getswitchinterval() == pytest.approx(0.001)


def test_garbage_is_looked_for_less_often_and_still_found() -> None:
    tune()
    before = sum(one["collected"] for one in gc.get_stats())
    for _ in range(25_000):
        circle: list[object] = []
        circle.append(circle)
    assert sum(one["collected"] for one in gc.get_stats()) - before > 15_000
