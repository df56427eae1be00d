"""Every scene, live on both versions of Asterisk: what the bridge counts from AMI alone equals queue_log.

All are played at once, before the first of these tests, on several Asterisks side by side.
"""

import asyncio

import pytest

from tests.integration.exactness.laboratory import Report, play_all
from tests.servers.asterisk import VERSIONS
from tests.servers.available import missing_for_asterisk, requires_asterisk
from tests.servers.figures import Row
from tests.servers.scenes import SCENES

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(600)]

BESIDE_OTHERS = 4
"""Asterisks of each version at once, while other tests run."""


@pytest.fixture(scope="module")
def reports(request: pytest.FixtureRequest) -> dict[int, Report]:
    """Of the scenes and versions that were selected on the command line."""
    selected: dict[int, list[str]] = {}
    for item in request.session.items:
        asked = getattr(getattr(item, "callspec", None), "params", {})
        if item.path == request.path and "scene" in asked and missing_for_asterisk(asked["version"]) is None:
            selected.setdefault(asked["version"], []).append(asked["scene"])
    return asyncio.run(_played(selected))


async def _played(selected: dict[int, list[str]]) -> dict[int, Report]:
    played = await asyncio.gather(*(play_all(names, v, benches=BESIDE_OTHERS) for v, names in selected.items()))
    return dict(zip(selected, played, strict=True))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scene", SCENES)
def test_what_the_bridge_counts_from_ami_alone_equals_queue_log(
    reports: dict[int, Report], scene: str, version: int
) -> None:
    requires_asterisk(version)
    outcome = next(outcome for outcome in reports[version].outcomes if outcome.scene == scene)

    assert outcome.problem == ""
    assert [_told(row) for row in outcome.rows if not row.agrees] == []
    assert outcome.is_exact


@pytest.mark.parametrize("version", VERSIONS)
def test_the_audit_finds_no_fact_that_only_one_source_tells(reports: dict[int, Report], version: int) -> None:
    requires_asterisk(version)

    assert dict(reports[version].mismatches) == {}
    assert reports[version].matched > 0


def _told(row: Row) -> str:
    return f"{row.of}: {row.figure}: bridge {row.ours:g}, queue_log {row.judged:g}"
