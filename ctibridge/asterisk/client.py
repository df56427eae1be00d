"""Staying attached to one PBX: connect, log in, take the full picture, follow the events, notice the end, begin again.

The reader never waits for a consumer.  Bytes are taken off the socket inside asyncio's ``data_received``, framed and
translated at once or, when there are very many, in slices (``backlog``); ``deliver`` is an ordinary function: the pump
appends to its inbox, which outputs drain behind bounded queues of their own.  So the socket is always read at once, and
Asterisk has no reason to drop the session (it does so after 100 ms of a full socket); what is slow grows memory in one
visible and bounded place instead of losing events in an invisible one.

A connection counts as alive while bytes arrive.  After ``ping_interval`` of silence we ask, after ``ping_timeout`` more
it is dead, whatever TCP believes.  The asking also makes Asterisk flush events that its session thread forgot.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Final

import structlog

from ctibridge.asterisk.access import Access
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.counts import AmiCounts, ErrorKind
from ctibridge.asterisk.errors import (
    AmiConnectFailedError,
    AmiConnectionError,
    AmiConnectionLostError,
    AmiError,
    AmiRefusedError,
    AmiSettingsError,
    AmiSilentError,
    AmiSnapshotError,
)
from ctibridge.asterisk.feed import Delivery
from ctibridge.asterisk.messages import Message
from ctibridge.asterisk.session import Session, Tap
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.asterisk.withheld import Withheld
from ctibridge.domain.events import CallerListed, MemberListed, ResyncCompleted

_FIRST_BACKOFF: Final = 0.5
"""Seconds; the limit doubles with each attempt up to ``backoff_max``, the pause is random below it."""

_KINDS: Final = {
    AmiConnectFailedError: ErrorKind.CONNECT_FAILED,
    AmiConnectionLostError: ErrorKind.CONNECTION_LOST,
    AmiSilentError: ErrorKind.SILENT_PEER,
    AmiSnapshotError: ErrorKind.SNAPSHOT_FAILED,
}


class AmiState(Enum):
    """How far the attachment to the PBX has come."""

    CONNECTING = "connecting"
    """Connecting, logging in, or taking the full picture."""
    CONNECTED = "connected"
    """In sync: every event reaches the domain."""
    DISCONNECTED = "disconnected"
    """Waiting before the next attempt."""
    REFUSED = "refused"
    """The login was refused; tried again slowly."""


class AmiClient:
    """Keep one PBX attached for as long as ``run`` runs."""

    def __init__(
        self,
        settings: AmiSettings,
        clock: PbxClock,
        deliver: Callable[[Delivery], None],
        *,
        on_state: Callable[[AmiState], None] | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.settings = settings
        self.counts = AmiCounts()
        self.state = AmiState.CONNECTING
        self.problem: str | None = "not connected yet"
        """Why it is not in sync, for people; ``None`` when it is."""
        self.withheld: tuple[str, ...] = ()
        """What the PBX evidently does not tell us, a sentence each; known by what else it tells."""
        self.watchers: list[tuple[frozenset[str], Callable[[Message], None]]] = []
        """Who is shown the events of some names, on every connection; to be filled before ``run``."""
        self.is_full: Callable[[], bool] = lambda: False
        """Whether whoever is delivered to has enough to do, and what more is read should wait as bytes."""
        self._watch = Withheld(self.counts)
        self._warned: set[str] = set()
        self._clock = clock
        self._deliver = deliver
        self._on_state = on_state
        self._tap = tap
        self._log = structlog.get_logger(__name__).bind(pbx=settings.name)
        self._session: Session | None = None

    async def run(self) -> None:
        """Stay attached until cancelled; nothing that the PBX, the network or the operator does ends it."""
        attempt = 0
        while True:
            session = self._session = Session(
                self.settings, self._clock, self.counts, self._take, tap=self._tap, is_full=self.is_full
            )
            session.feed.watchers.extend(self.watchers)
            self._watch.begin()
            try:
                await session.attend()
            except (AmiRefusedError, AmiSettingsError) as error:
                self._refused(error)
                await session.finish(str(error))
                pause = self.settings.refused_delay * random.uniform(1.0, 1.25)  # noqa: S311  # no secret
            except AmiConnectionError as error:
                attempt = 0 if session.was_in_sync else attempt + 1
                self._lost(error, attempt)
                await session.finish(str(error))
                pause = self._backoff(attempt)
            await asyncio.sleep(pause)
            self._change(AmiState.CONNECTING, self.problem)

    def request_resync(self, delay: float = 0.0) -> None:
        """Ask for a full picture in so many seconds; without a connection none is needed: every login takes one."""
        if self._session is not None and self._session.has_logged_in:
            self._session.want_picture(delay)

    def has_unread(self) -> bool:
        """Whether more has arrived than has been delivered."""
        return self._session is not None and self._session.has_unread

    def is_in_sync(self) -> bool:
        """Whether every event reaches the domain."""
        return self.state is AmiState.CONNECTED

    def access(self) -> Access:
        """Return what the AMI user may do, as learnt at the last login."""
        return self._session.access if self._session else Access()

    def unseen_classes(self) -> tuple[str, ...]:
        """Return the event classes that evidently do not reach us."""
        return self._watch.classes(self._session.feed.privileges) if self._session else ()

    async def request(self, action: Mapping[str, str], seconds: float) -> Message:
        """Send one action that is on the allow-list, and give its reply.

        AmiActionError when it may not be sent, AmiConnectionError when there is no connection or no reply.
        """
        return await self._attached().request(action, seconds)

    async def collect(self, action: Mapping[str, str], seconds: float) -> list[Message]:
        """Send an action that is answered by a list, and give its items; errors as for ``request``.

        AmiRefusedError when the PBX gives no list.
        """
        return await self._attached().collect(action, seconds)

    def watching(
        self, names: frozenset[str], watcher: Callable[[Message], None]
    ) -> contextlib.AbstractContextManager[None]:
        """Show a watcher the events of these names on the present connection, whether the domain wants them or not.

        AmiConnectionError when there is none.
        """
        return _watching(self._attached(), names, watcher)

    def _attached(self) -> Session:
        if self._session is None or not self.is_in_sync():
            raise AmiConnectionLostError(self.problem or "not connected")
        return self._session

    def banner(self) -> str | None:
        """Return AMI's greeting, e.g. ``Asterisk Call Manager/11.0.0``."""
        return self._session.feed.reader.banner if self._session else None

    def _take(self, delivery: Delivery) -> None:
        self._deliver(delivery)
        session = self._session
        if session is None:
            return
        for event in delivery.events:
            if isinstance(event, CallerListed | MemberListed):
                age = self._clock.monotonic() - session.logged_in_at
                self._watch.note(event, logged_in_for=age, classes=session.feed.privileges)
        if self.state is not AmiState.CONNECTED and isinstance(delivery.events[-1], ResyncCompleted):
            self._log.info("AMI in sync", banner=self.banner(), missing=sorted(self.access().missing()))
            self._change(AmiState.CONNECTED, None)
        if isinstance(delivery.events[-1], ResyncCompleted):
            self._look_for_withheld(session.feed.privileges)

    def _look_for_withheld(self, seen: set[str]) -> None:
        """Say once what does not reach us, and whose name Asterisk cannot put into events."""
        for interface, name in self._watch.unreadable_members().items():
            self._warn(interface, "a name or pause reason is not UTF-8: events come without it", name=name)
        findings = self._watch.findings(seen)
        for finding in findings:
            self._warn(finding, "the PBX does not tell everything")
        if findings != self.withheld:
            self.withheld = findings
            if self._on_state:
                self._on_state(self.state)

    def _warn(self, subject: str, text: str, **more: str) -> None:
        if subject not in self._warned:
            self._warned.add(subject)
            self._log.warning(text, subject=subject, **more)

    def _backoff(self, attempt: int) -> float:
        limit = min(self.settings.backoff_max, _FIRST_BACKOFF * 2.0 ** min(attempt, 10))
        return random.uniform(0.0, limit)  # noqa: S311  # no secret

    def _refused(self, error: AmiError) -> None:
        """Say once what somebody must change; later attempts stay quiet until something else happens."""
        self.counts.error(ErrorKind.LOGIN_REFUSED)
        if self.problem != str(error):
            self._log.error("AMI login refused", reason=str(error), retry_seconds=self.settings.refused_delay)
        self._change(AmiState.REFUSED, str(error))

    def _lost(self, error: AmiConnectionError, attempt: int) -> None:
        self.counts.error(_KINDS.get(type(error), ErrorKind.CONNECTION_LOST))
        if self.problem != str(error):
            self._log.warning("AMI not connected", reason=str(error), attempt=attempt)
        self._change(AmiState.DISCONNECTED, str(error))

    def _change(self, state: AmiState, problem: str | None) -> None:
        self.problem = problem
        if state is self.state:
            return
        self.state = state
        if self._on_state:
            self._on_state(state)


@contextlib.contextmanager
def _watching(session: Session, names: frozenset[str], watcher: Callable[[Message], None]) -> Iterator[None]:
    watch = (names, watcher)
    session.feed.watchers.append(watch)
    try:
        yield
    finally:
        session.feed.watchers.remove(watch)
