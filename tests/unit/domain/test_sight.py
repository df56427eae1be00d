"""What each role sees: nothing that is not theirs, and nothing that was not there."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain.policy import Team
from ctibridge.domain.roles import Role, User
from ctibridge.domain.sight import EVERYTHING, FIGURES, Sight, narrowed, sight_of
from ctibridge.domain.units import AgentId, QueueName, Timestamp, queue_key
from ctibridge.domain.views import Alarm
from tests.unit.outputs.facts import agent_view, queue_view
from tests.unit.outputs.web.shown import picture

TEAMS = (Team(name="early", agents=("1001", "1002")), Team(name="late", agents=("2001",)))


def sight(role: Role, **given: Any) -> Sight:  # noqa: ANN401 - fields of User
    return sight_of(User(name="u", role=role, **given), TEAMS)


def alarm(**given: Any) -> Alarm:  # noqa: ANN401 - fields of Alarm
    return Alarm(alert="a", rule="r", label="", label_zh="", severity="warning", since=Timestamp(0), **given)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.INSPECTOR, Role.MANAGER])
def test_who_is_over_everybody_sees_everybody(role: Role) -> None:
    assert sight(role) == EVERYTHING


@pytest.mark.parametrize("role", [Role.DISPLAY, Role.PUBLIC])
def test_a_screen_sees_figures(role: Role) -> None:
    assert sight(role) == FIGURES


def test_an_agent_sees_one_agent_and_no_callers() -> None:
    one = sight(Role.AGENT, agent="1001")

    assert set(one.agents or ()) == {"1001"}
    assert not one.has_callers
    assert one.has_queue("any")


def test_a_leader_sees_the_teams_and_who_the_leader_is() -> None:
    one = sight(Role.LEADER, teams=("early",), agent="9001")

    assert set(one.agents or ()) == {"1001", "1002", "9001"}
    assert one.has_callers
    assert not one.is_whole


def test_queues_and_pbxs_narrow_every_role() -> None:
    one = sight(Role.SUPERVISOR, queues=("VIP",), pbxs=("north",))

    assert (one.has_queue("vip"), one.has_queue("sales")) == (True, False)
    assert (one.has_pbx("north"), one.has_pbx("south")) == (True, False)
    assert not one.is_whole


def test_unmasked_is_asked_for_by_the_user_alone() -> None:
    assert sight(Role.AGENT, agent="1001", private=True).is_private
    assert not sight(Role.MANAGER).is_private


@pytest.mark.parametrize(
    ("about", "seers"),
    [
        ({"agent": AgentId("1001"), "team": "early"}, {"chief", "li", "ann"}),
        ({"agent": AgentId("2001"), "team": "late"}, {"chief"}),
        ({"team": "early"}, {"chief", "li"}),
        ({"queue": QueueName("sales")}, {"chief", "li", "ann", "lobby"}),
        ({}, {"chief"}),
    ],
)
def test_an_alarm_is_for_those_who_see_what_it_is_about(about: dict[str, Any], seers: set[str]) -> None:
    people = {
        "chief": sight(Role.SUPERVISOR),
        "li": sight(Role.LEADER, teams=("early",)),
        "ann": sight(Role.AGENT, agent="1001"),
        "lobby": sight(Role.PUBLIC),
    }

    assert {name for name, one in people.items() if one.has_alarm(alarm(**about))} == seers


names = st.sampled_from(["a", "B", "c"])
some = st.none() | st.frozensets(names, max_size=2)


@given(queues=some, agents=some, has_callers=st.booleans())
def test_a_narrowed_picture_has_what_may_be_seen_and_no_more(
    queues: frozenset[str] | None,
    agents: frozenset[str] | None,
    has_callers: bool,  # noqa: FBT001 - drawn
) -> None:
    whole = picture(
        queues=[queue_view(name, waiting=1) for name in ("a", "B", "c")],
        agents=[agent_view(name) for name in ("a", "B", "c")],
    )
    folded = None if queues is None else frozenset(queue_key(name) for name in queues)
    ids = None if agents is None else frozenset(AgentId(name) for name in agents)
    seen = narrowed(whole, Sight(queues=folded, agents=ids, has_callers=has_callers))

    assert {one.view.queue for one in seen.queues} == ({"a", "B", "c"} if queues is None else set(queues))
    assert {one.view.agent for one in seen.agents} == ({"a", "B", "c"} if agents is None else set(agents))
    assert all(bool(one.view.callers) is has_callers for one in seen.queues)
    assert all(one.view.waiting == 1 for one in seen.queues)
    assert msgspec.structs.replace(seen, queues=whole.queues, agents=whole.agents) == whole
