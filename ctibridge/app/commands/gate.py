"""What is looked at before a command is done: when it was sent, whom it concerns, and whether its user may."""

from typing import Final

from ctibridge.app.commands import alerts, callers
from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.ground import Ground
from ctibridge.app.commands.outcome import refused
from ctibridge.app.commands.request import Asked, Request
from ctibridge.domain.commands import COMMANDS, NoArguments, Subject
from ctibridge.domain.permits import Target, barred, refusal
from ctibridge.domain.roles import User
from ctibridge.domain.units import AgentId

ORDERED: Final = frozenset({"login", "logout", "ready", "not_ready"})
"""Of these the one that was sent last holds, in whatever order they come in."""
MOST_AGENTS: Final = 10_000
"""Of whom it is remembered when the newest command was sent."""
FUTURE_SECONDS: Final = 5.0
"""How far the sender's clock may be ahead of ours."""


class Gate:
    """One PBX's."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._newest: dict[AgentId, float] = {}

    def check_time(self, request: Request, asked: Asked, now: float) -> None:
        """Raise NotDoneError for what is too old, or cannot be told to be new."""
        if request.has_waited:
            raise refused("late", "it was sent while the bridge was away")
        if asked.sent_at is None:
            return
        age = now - asked.sent_at
        if age > self._ground.settings.max_age:
            raise refused("late", f"it was sent {age:.0f} s ago")
        if not age > -FUTURE_SECONDS:
            raise refused("late", f"by your clock it was sent {-age:.0f} s after now")

    def check_order(self, doing: Doing, asked: Asked) -> None:
        """Raise NotDoneError for what was overtaken by a later command for the same agent."""
        if doing.command not in ORDERED or doing.agent is None or asked.sent_at is None:
            return
        if asked.sent_at < self._newest.get(doing.agent, 0.0):
            raise refused("overtaken", "a command that was sent later has been done for this agent")
        self._newest.pop(doing.agent, None)
        self._newest[doing.agent] = asked.sent_at
        if len(self._newest) > MOST_AGENTS:
            del self._newest[next(iter(self._newest))]

    def permitted(self, doing: Doing) -> Target:
        """Whom it concerns; raises NotDoneError when the user may not."""
        user, policy, pbx = doing.user, self._ground.policy, self._ground.pbx
        own_team = policy.team_of(AgentId(user.agent)) if user.agent else None
        # First what holds whomever it concerns: who may not at all is not told who exists.
        why = barred(user, doing.command, pbx)
        if why is None:
            target = self._target(doing)
            why = refusal(user, doing.command, target, pbx=pbx, own_team=own_team)
        if why is not None:
            raise refused(why, _not_allowed(why, user, doing.command))
        return target

    def _target(self, doing: Doing) -> Target:
        match COMMANDS[doing.command].subject:
            case Subject.AGENT:
                return self._agent_target(doing)
            case Subject.CALLER:
                further = (doing.arguments.queue,) if doing.command == "move_caller" else ()
                return Target(named=(callers.queue_of(doing), *further))
            case Subject.ALERT:
                alarm = alerts.firing(doing)
                team = alarm.team or (self._ground.policy.team_of(alarm.agent) if alarm.agent else None)
                return Target(agent=alarm.agent, team=team, queues=(alarm.queue,) if alarm.queue else ())
            case Subject.NOBODY:
                return Target()

    def _agent_target(self, doing: Doing) -> Target:
        agent = doing.whom
        return Target(
            agent=agent,
            team=self._ground.policy.team_of(agent),
            queues=tuple(member.queue for member in self._ground.memberships(agent)),
            named=tuple(one.rpartition(":")[0] or one for one in getattr(doing.arguments, "queues", ())),
        )


def agent_of(command: str, arguments: NoArguments, user: User) -> AgentId | None:
    """Whom a command is about: who is named, else the user's own agent; ``None`` where it is about no agent."""
    if COMMANDS[command].subject is not Subject.AGENT:
        return None
    name = getattr(arguments, "agent", None) or user.agent
    return AgentId(name) if name else None


def _not_allowed(why: str, user: User, command: str) -> str:
    match why:
        case "role":
            return f"a {user.role} may not {command}"
        case "pbx":
            return "this PBX is not one of the user's"
        case _:
            return f"a {user.role} may not {command} here: it is out of the user's reach"
