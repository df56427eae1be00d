"""Does what a pause reason's ``enforce`` says when its limit is over, as a command of the bridge's own."""

import asyncio
from collections import deque
from typing import Final

import msgspec
import structlog

from ctibridge.app.commands.desk import Desk
from ctibridge.app.commands.request import Request
from ctibridge.domain.changes import Change, EnforcementDue
from ctibridge.domain.roles import Role, User

BRIDGE: Final = User(name="bridge", role=Role.SUPERVISOR)
"""The configuration's own hand: it may do with agents what a supervisor may."""
COMMAND: Final = {"unpause": "ready", "log_out": "logout"}
MOST_WAITING: Final = 1000

log = structlog.get_logger(__name__)


class Enforcer:
    """One PBX's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._due: deque[EnforcementDue] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()

    def note(self, change: Change) -> None:
        """Take note of what is due; ``notify`` has been told by the alarm already."""
        if isinstance(change, EnforcementDue) and change.action in COMMAND:
            self._due.append(change)
            self._wake.set()

    async def run(self) -> None:
        """Work until cancelled, one agent after the other."""
        while True:
            while self._due:
                await self._enforce(self._due.popleft())
            self._wake.clear()
            await self._wake.wait()

    async def _enforce(self, due: EnforcementDue) -> None:
        answer = await self._desk.handle(
            Request(
                user=BRIDGE.name,
                command=COMMAND[due.action],
                payload=msgspec.json.encode({"agent": due.agent}),
                via="bridge",
                known_as=BRIDGE,
            )
        )
        if not answer.ok:
            log.warning("a limit was not enforced", agent=due.agent, action=due.action, reason=answer.message)
