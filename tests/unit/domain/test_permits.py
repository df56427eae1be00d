"""Who may ask for what, of whom: the whole table, written out a second time by hand, role by role."""

import pytest

from ctibridge.domain.commands import COMMANDS
from ctibridge.domain.permits import PERMITS, Reach, Target, allowed, reach, refusal
from ctibridge.domain.roles import Role, User

OWN = Target(agent="1001", team="day", queues=("support",))
MATE = Target(agent="1002", team="day", queues=("support",))
STRANGER = Target(agent="1003", team="night", queues=("sales",))
NOBODYS = Target(agent="1009", team=None)
CALLER = Target(named=("support",))

USERS = {
    Role.AGENT: User(name="ann", role=Role.AGENT, agent="1001"),
    Role.LEADER: User(name="lee", role=Role.LEADER, agent="1001", teams=("day",)),
    Role.SUPERVISOR: User(name="sue", role=Role.SUPERVISOR, agent="1001"),
    Role.INSPECTOR: User(name="quentin", role=Role.INSPECTOR, agent="1001"),
    Role.MANAGER: User(name="max", role=Role.MANAGER, agent="1001"),
    Role.DISPLAY: User(name="wall", role=Role.DISPLAY),
    Role.PUBLIC: User(name="visitor", role=Role.PUBLIC),
}
PRESENCE = {"login", "logout", "ready", "not_ready", "request_leave", "withdraw_leave"}
DECISIONS = {"approve_leave", "refuse_leave"}
CALLERS = {"move_caller", "withdraw_caller", "prioritise_caller"}
LISTENING = {"monitor", "whisper"}
MAY: dict[Role, dict[str, set[str]]] = {
    Role.AGENT: {
        "own": PRESENCE | {"hangup", "transfer", "originate", "pickup"},
        "mate": {"pickup"},
        "stranger": set(),
    },
    Role.LEADER: {
        "own": PRESENCE | {"hangup", "transfer", "originate", "pickup", "set_penalty", "acknowledge_alert"},
        "mate": PRESENCE | DECISIONS | {"pickup", "set_penalty", "acknowledge_alert"},
        "stranger": set(),
    },
    Role.SUPERVISOR: {
        "own": set(COMMANDS) - DECISIONS,
        "mate": set(COMMANDS) - {"originate"},
        "stranger": set(COMMANDS) - {"originate"},
    },
    Role.INSPECTOR: {"own": LISTENING, "mate": LISTENING, "stranger": LISTENING},
    Role.MANAGER: {"own": set(), "mate": set(), "stranger": set()},
    Role.DISPLAY: {"own": set(), "mate": set(), "stranger": set()},
    Role.PUBLIC: {"own": set(), "mate": set(), "stranger": set()},
}
"""By whom it concerns: the user's own agent, one of the same team, one of another."""
LOOKING = {"whoami", "snapshot", "replay", "callbacks"}
OF_AGENTS = set(COMMANDS) - LOOKING - CALLERS


def refused(role: Role, command: str, target: Target) -> str | None:
    own_team = "day" if USERS[role].agent else None
    return refusal(USERS[role], command, target, pbx="pbx1", own_team=own_team)


def test_the_table_has_a_row_for_every_command_and_a_column_for_every_role() -> None:
    assert set(PERMITS) == set(COMMANDS)
    assert all(set(row) == set(Role) for row in PERMITS.values())


@pytest.mark.parametrize("command", sorted(OF_AGENTS))
@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_do_with_agents(role: Role, command: str) -> None:
    for whose, target in (("own", OWN), ("mate", MATE), ("stranger", STRANGER)):
        may = command in MAY[role][whose]
        assert (refused(role, command, target) is None) is may, (role, command, whose)


@pytest.mark.parametrize("command", sorted(CALLERS))
@pytest.mark.parametrize("role", list(Role))
def test_only_a_supervisor_deals_with_callers(role: Role, command: str) -> None:
    assert (refused(role, command, CALLER) is None) is (role is Role.SUPERVISOR)


@pytest.mark.parametrize("role", list(Role))
def test_who_may_look(role: Role) -> None:
    may = {command for command in LOOKING if refused(role, command, Target()) is None}
    assert (
        may
        == {
            Role.AGENT: {"whoami", "snapshot", "callbacks"},
            Role.LEADER: {"whoami", "snapshot", "callbacks"},
            Role.SUPERVISOR: LOOKING,
            Role.INSPECTOR: LOOKING,
            Role.MANAGER: LOOKING,
            Role.DISPLAY: {"whoami"},
            Role.PUBLIC: {"whoami"},
        }[role]
    )


def test_screens_do_nothing() -> None:
    assert allowed(Role.DISPLAY) == allowed(Role.PUBLIC) == ("whoami",)


def test_an_agent_in_no_team_is_out_of_a_leaders_reach() -> None:
    assert refused(Role.LEADER, "ready", NOBODYS) == "scope"


def test_a_queues_alarm_concerns_every_leader_and_a_teams_its_own() -> None:
    assert refused(Role.LEADER, "acknowledge_alert", Target(queues=("sales",))) is None
    assert refused(Role.LEADER, "acknowledge_alert", Target(team="night")) == "scope"
    assert refused(Role.LEADER, "acknowledge_alert", Target(team="day")) is None


def test_queues_and_pbxs_of_a_user_narrow_every_role() -> None:
    user = User(name="sue", role=Role.SUPERVISOR, queues=("Support",), pbxs=("pbx1",))
    assert refusal(user, "withdraw_caller", CALLER, pbx="pbx1", own_team=None) is None
    assert refusal(user, "withdraw_caller", Target(named=("sales",)), pbx="pbx1", own_team=None) == "scope"
    assert refusal(user, "move_caller", Target(named=("support", "sales")), pbx="pbx1", own_team=None) == "scope"
    assert refusal(user, "ready", STRANGER, pbx="pbx1", own_team=None) == "scope"
    assert refusal(user, "withdraw_caller", CALLER, pbx="pbx2", own_team=None) == "pbx"


def test_an_unknown_command_is_nobodys() -> None:
    assert reach(Role.SUPERVISOR, "reboot") is Reach.NONE
