"""Where requests for one PBX come in, by whatever way, and answers go out.

In this order: decoded and known by its transaction, so that what comes again is answered as before and done once; not
too often; by a known user; with arguments that make sense; by somebody who may; with an AMI user that may.  Then it is
done, one command for an agent after the other, and answered when the change was seen in the PBX's events or
``[commands] wait`` is over.  All of it is written down, except that somebody only looked.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Final
from weakref import WeakValueDictionary

import msgspec
import structlog

from ctibridge.app.clock import BridgeClock, monotonic
from ctibridge.app.commands import looking
from ctibridge.app.commands.calling_back import PastCallers, callbacks
from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.gate import Gate, agent_of
from ctibridge.app.commands.ground import Ground
from ctibridge.app.commands.outcome import NotDoneError, failed, refused
from ctibridge.app.commands.rate import RateLimit
from ctibridge.app.commands.replaying import KeptEvents, replay
from ctibridge.app.commands.request import Asked, Request, arguments_of, read
from ctibridge.app.commands.table import WAYS, classes_for, withheld
from ctibridge.app.commands.transactions import Transactions
from ctibridge.app.commands.writing import written
from ctibridge.asterisk.access import Access
from ctibridge.domain.answers import Answer
from ctibridge.domain.commands import COMMANDS, NoArguments
from ctibridge.domain.events import CommandAnswered
from ctibridge.domain.permits import Target
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.roles import User

LOOKING: Final = frozenset({"whoami", "snapshot", "replay", "callbacks"})
MOST_AT_ONCE: Final = 200

log = structlog.get_logger(__name__)


class Desk:
    """One PBX's."""

    def __init__(
        self,
        ground: Ground,
        users: tuple[User, ...],
        *,
        privacy: PrivacySettings,
        clock: BridgeClock,
        numbers: Callable[[], tuple[int, int]],
    ) -> None:
        """``numbers`` gives epoch and sequence of the newest event."""
        self.ground = ground
        self.events: KeptEvents | None = None
        """What ``replay`` answers from, where events are kept."""
        self.past: PastCallers | None = None
        """What ``callbacks`` answers from, where a history is kept."""
        self.transactions = Transactions()
        self._clock = clock
        self._numbers = numbers
        self._privacy = privacy
        self._users = {user.name: user for user in users}
        self._rate = RateLimit(ground.settings.rate, ground.settings.burst)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._gate = Gate(ground)
        self._at_once = 0
        self._access = Access()
        """As learnt at the last login that told."""
        self._group: asyncio.TaskGroup | None = None

    def adopt(self, users: tuple[User, ...]) -> None:
        """Others may sign in from now on."""
        self._users = {user.name: user for user in users}

    def user(self, name: str) -> User | None:
        """A configured user."""
        return self._users.get(name)

    def user_of_agent(self, agent: str) -> User | None:
        """The configured user who is this agent."""
        return next((user for user in self._users.values() if user.agent == agent), None)

    def why_off(self, command: str) -> str | None:
        """Why a command cannot be done by anybody now; ``None`` when it can."""
        if command in LOOKING:
            return self._why_unknown(command)
        settings = self.ground.settings
        if not settings.enabled:
            return "switched off by [commands] enabled"
        access = self.ground.client.access()
        self._access = access if access.actions else self._access
        actions = withheld(command, self._access, move=settings.move)
        return classes_for(actions) if actions else None

    def _why_unknown(self, command: str) -> str | None:
        if command == "replay" and self.events is None:
            return "events are not kept"
        return "no history is kept" if command == "callbacks" and self.past is None else None

    def able(self) -> tuple[str, ...]:
        """The commands that can be done now, by whoever may."""
        return tuple(name for name in COMMANDS if self.why_off(name) is None)

    async def run(self) -> None:
        """Do what is asked for, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                await asyncio.Event().wait()
        finally:
            self._group = None

    async def handle(self, request: Request) -> Answer:
        """Do what is asked, and answer; never raises."""
        fingerprint = hashlib.sha256(f"{request.command}\0".encode() + request.payload).digest()
        asked = Asked()
        problem: NotDoneError | None = None
        try:
            if request.is_retained:
                raise refused("retained", "a retained message may be of any age")
            asked = read(request)
            known = self.transactions.find(request.user, asked.transaction, fingerprint) if asked.transaction else None
            if known is not None:
                return await asyncio.shield(known)
        except NotDoneError as error:
            problem = error
        if request.via != "bridge" and not self._rate.admits(self._bucket(request), monotonic()):
            problem = refused("rate", f"more than {self.ground.settings.rate:g} a second")
        if problem is not None:
            return self._refused(request, asked, problem)
        if self._group is None:
            return self._refused(request, asked, refused("busy", "the bridge is starting, or stopping"))
        # A task of its own: what has begun is finished and written down, whether or not anybody still waits for it.
        doing = self._group.create_task(self._answer(request, asked), name=f"command[{request.command}]")
        if asked.transaction:
            self.transactions.remember(request.user, asked.transaction, fingerprint, doing, monotonic())
        return await asyncio.shield(doing)

    async def _answer(self, request: Request, asked: Asked) -> Answer:
        """Do it, and write it down."""
        target: Target | None = None
        arguments: NoArguments | None = None
        extra: Mapping[str, object] = {}
        error: NotDoneError | None = None
        message = ""
        role = ""
        self._at_once += 1
        try:
            user = self._known(request)
            role = user.role.value
            self._gate.check_time(request, asked, self._clock.now())
            arguments = arguments_of(request.command, asked.fields)
            doing = Doing(
                ground=self.ground,
                user=user,
                command=request.command,
                arguments=arguments,
                agent=agent_of(request.command, arguments, user),
            )
            target = self._gate.permitted(doing)
            message, extra = await self._done(doing, asked)
        except NotDoneError as not_done:
            error, message = not_done, not_done.message
        except Exception as fault:
            log.exception("a command failed", command=request.command, user=request.user)
            error, message = (
                failed("fault", f"an error in the bridge: {type(fault).__name__}"),
                "an error in the bridge",
            )
        finally:
            self._at_once -= 1
        answer = self._worded(request, asked, error, message, extra)
        if request.command not in LOOKING or error is not None:
            self._write_down(request, answer, role, written(request.command, arguments, target, self._privacy))
        return answer

    async def _done(self, doing: Doing, asked: Asked) -> tuple[str, Mapping[str, object]]:
        match doing.command:
            case "whoami":
                return "", {"me": looking.whoami(doing, self.why_off)}
            case "snapshot":
                return "", {"snapshot": looking.snapshot(doing, self._privacy, self._numbers())}
            case "replay":
                return "", {"replayed": await replay(doing, self.events)}
            case "callbacks":
                return "", {"callbacks": await callbacks(doing, self.past, self._clock.now())}
        self._check_able(doing.command)
        lock = self._locks.setdefault(doing.agent or str(getattr(doing.arguments, "call", "")), asyncio.Lock())
        async with lock:
            self._gate.check_order(doing, asked)
            return await WAYS[doing.command].do(doing), {}

    def _known(self, request: Request) -> User:
        user = request.known_as or self._users.get(request.user)
        if user is None:
            raise refused("unknown_user", f"{request.user} is not in [[users]]")
        if self._at_once > MOST_AT_ONCE:
            raise refused("busy", "too many commands are being done")
        return user

    def _check_able(self, command: str) -> None:
        if not self.ground.settings.enabled:
            raise refused("off", "switched off by [commands] enabled")
        if WAYS[command].actions and not self.ground.client.is_in_sync():
            raise refused("not_in_sync", self.ground.client.problem or "the PBX cannot be seen")
        if (why := self.why_off(command)) is not None:
            raise refused("not_allowed", f"the AMI user may not: {why}")

    def _bucket(self, request: Request) -> str:
        """Whose share of the rate it is; strangers have one between them, whatever they call themselves."""
        return request.user if request.known_as is not None or request.user in self._users else ""

    # -- what is said afterwards --------------------------------------------------------------------------------------

    def _refused(self, request: Request, asked: Asked, error: NotDoneError) -> Answer:
        """Answer what is not even looked at; a flood of it is one line."""
        answer = self._worded(request, asked, error, error.message, {})
        if error.reason != "rate" or self._rate.is_first_refusal(self._bucket(request)):
            user = self._users.get(request.user)
            self._write_down(request, answer, user.role.value if user else "", (None, {}))
        return answer

    def _worded(
        self, request: Request, asked: Asked, error: NotDoneError | None, message: str, extra: Mapping[str, object]
    ) -> Answer:
        answer = Answer(
            transaction=asked.transaction,
            command=request.command,
            ok=error is None,
            outcome="done" if error is None else error.outcome,
            reason=None if error is None else error.reason,
            message=message,
            at=self._clock.now(),
        )
        return msgspec.structs.replace(answer, **extra) if extra else answer

    def _write_down(self, request: Request, answer: Answer, role: str, what: tuple[str | None, dict[str, str]]) -> None:
        target, arguments = what
        self.ground.tell(
            CommandAnswered(
                user=request.user,
                role=role,
                command=request.command,
                target=target,
                arguments=arguments,
                via=request.via,
                address=request.address,
                transaction=answer.transaction,
                outcome=answer.outcome,
                reason=answer.reason,
                message=answer.message,
            )
        )
