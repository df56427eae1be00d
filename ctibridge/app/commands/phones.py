"""Codes that agents dial: what is ours to do is asked of the desk, what the dialplan has done is written down."""

import asyncio
from collections import deque
from typing import Final

import msgspec

from ctibridge.app.commands.desk import Desk
from ctibridge.app.commands.request import Request
from ctibridge.asterisk.messages import Message
from ctibridge.asterisk.phone_codes import PhoneCode, read
from ctibridge.domain.commands import COMMANDS
from ctibridge.domain.events import CommandAnswered
from ctibridge.domain.roles import Role, User

MOST_WAITING: Final = 1000
ASKED: Final = {"request_leave": "reason", "withdraw_leave": "", "approve_leave": "agent", "refuse_leave": "agent"}
"""Commands that a phone may ask for, and which argument what it dialled is."""
TOLD: Final = {"login": "", "logout": "", "ready": "", "not_ready": "reason"}
"""Those that the dialplan has done by itself."""


class PhoneCodes:
    """One PBX's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._dialled: deque[PhoneCode] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()

    def heard(self, message: Message) -> None:
        """Take note of an event; those that are no code are not ours."""
        code = read(message)
        if code is not None and code.command in ASKED | TOLD:
            self._dialled.append(code)
            self._wake.set()

    async def run(self) -> None:
        """Work until cancelled, in the order in which was dialled."""
        while True:
            while self._dialled:
                code = self._dialled.popleft()
                if code.is_done is None and code.command in ASKED:
                    await self._ask(code)
                elif code.command in TOLD:
                    self._write_down(code)
            self._wake.clear()
            await self._wake.wait()

    async def _ask(self, code: PhoneCode) -> None:
        user = self._user(code)
        argument = ASKED[code.command]
        await self._desk.handle(
            Request(
                user=user.name,
                command=code.command,
                payload=msgspec.json.encode({argument: code.about} if argument else {}),
                via="phone",
                address=code.phone,
                known_as=user,
            )
        )

    def _write_down(self, code: PhoneCode) -> None:
        user, argument = self._user(code), TOLD[code.command]
        self._desk.ground.tell(
            CommandAnswered(
                user=user.name,
                role=user.role.value,
                command=code.command,
                target=f"agent/{code.agent}",
                arguments={argument: code.about} if argument else {},
                via="phone",
                address=code.phone,
                transaction="",
                outcome="done" if code.is_done else "refused",
                reason=None if code.is_done else "asterisk",
                message=f"dialled at {code.phone}: {COMMANDS[code.command].text}",
            )
        )

    def _user(self, code: PhoneCode) -> User:
        """Who is known to be this agent; somebody who is in no ``[[users]]`` may still do what agents may."""
        known = self._desk.user_of_agent(code.agent)
        return known or User(name=f"agent-{code.agent}", role=Role.AGENT, agent=code.agent)
