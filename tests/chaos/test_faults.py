"""Every fault in its short form; `make chaos` lets them last, and prints what was measured."""

import asyncio

import pytest

from tests.chaos.catalogue import ALL
from tests.chaos.endurance import endured
from tests.chaos.fault import SHORT, Fault, Outcome
from tests.servers.available import requires_asterisk, requires_program

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(600)]

LANES = 6


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> dict[str, Outcome]:
    """Of all faults that were asked for, together: one after the other they would take a quarter of an hour."""
    requires_asterisk(22)
    requires_program("mosquitto")
    specs = (getattr(item, "callspec", None) for item in request.session.items)
    asked = {spec.params.get("fault") for spec in specs if spec is not None}
    faults = [fault for fault in ALL if fault in asked]
    return {outcome.fault: outcome for outcome in asyncio.run(endured(faults, SHORT, LANES))}


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)
def test_what_was_promised_is_kept(fault: Fault, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[fault.name]

    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert outcome.complaints == []
