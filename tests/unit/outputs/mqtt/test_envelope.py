import math
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.envelope import LATEST, moment_text


@given(st.floats(min_value=0.0, max_value=LATEST))
@example(1_700_000_000.9999996)
@example(1_700_000_000.9999995)
@example(0.0000005)
@example(LATEST)
def test_moments_are_written_as_datetime_writes_them(moment: float) -> None:
    known = datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
    assert moment_text(Timestamp(moment)) == known


def test_what_has_no_such_form_is_bounded() -> None:
    assert moment_text(Timestamp(-1.0)) == "1970-01-01T00:00:00.000000Z"
    assert moment_text(Timestamp(math.inf)) == "9999-12-31T23:59:59.000000Z"
