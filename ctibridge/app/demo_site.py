"""The demo's call centre as its configuration has it: teams, people who may sign in, and what pauses may last."""

from collections.abc import Sequence
from typing import Final

from ctibridge.domain.policy import PauseReason, QueueOverrides, QueuePolicy, Team
from ctibridge.domain.roles import Role, User
from ctibridge.domain.units import Seconds
from ctibridge.simulator.demo_centre import QUEUES

TEAM_SIZE: Final = 13
"""Agents of one leader: 12 to 14 (rule book 002)."""
WRAP_UP: Final = max(queue.wrapuptime for queue in QUEUES)
LIMITS: Final = (("away", "Away", "暂离", 120), ("busy", "Busy", "示忙", 300), ("meal", "Meal", "用餐", 360))
"""Code, labels, seconds: shorter than in life, because an hour of the demo's day lasts 100 s."""
AFTER_CALL: Final = PauseReason(code="wrap_up", label="After-call work", label_zh="事后处理", counts_as="wrap_up")
MIN_STAFF: Final = 2
TEAM_QUEUES: Final = tuple(queue.name for queue in QUEUES[:2])
"""What an agent joins who logs in by a command."""


def teams(agents: Sequence[str]) -> tuple[Team, ...]:
    """Everybody in teams of a size that one leader can look after, and at least two teams."""
    size = min(TEAM_SIZE, max(1, (len(agents) + 1) // 2))
    groups = [agents[start : start + size] for start in range(0, len(agents), size)]
    return tuple(
        Team(name=f"team-{number}", label=f"{number} 组", agents=tuple(group), queues=TEAM_QUEUES)
        for number, group in enumerate(groups, start=1)
    )


def users(agents: Sequence[str]) -> tuple[User, ...]:
    """One of each kind, a leader for each team, and every agent under their own number."""
    return (
        User(name="manager", role=Role.MANAGER),
        User(name="supervisor", role=Role.SUPERVISOR),
        User(name="inspector", role=Role.INSPECTOR),
        User(name="wallboard", role=Role.DISPLAY),
        User(name="public", role=Role.PUBLIC),
        *(
            User(name="leader" if number == 1 else f"leader{number}", role=Role.LEADER, teams=(team.name,))
            for number, team in enumerate(teams(agents), start=1)
        ),
        *(User(name=agent, role=Role.AGENT, agent=agent) for agent in agents),
    )


def pause_reasons(speed: float) -> tuple[PauseReason, ...]:
    """With limits that the demo's agents now and then exceed."""
    timed = (
        PauseReason(code=code, label=label, label_zh=label_zh, limit=Seconds(max(1.0, seconds / speed)))
        for code, label, label_zh, seconds in LIMITS
    )
    return (*timed, AFTER_CALL)


def defaults(speed: float) -> QueuePolicy:
    """What the queues are held to; AMI does not tell the wrap-up."""
    return QueuePolicy(wrap_up=Seconds(max(1.0, round(WRAP_UP / speed))), min_staff=MIN_STAFF)


def queues() -> dict[str, QueueOverrides]:
    """What people call them."""
    return {queue.name: QueueOverrides(label=queue.label) for queue in QUEUES}
