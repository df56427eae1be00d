"""One connection's life: connect, log in, take the full picture, follow the events until they end.

Nothing here is awaited while events flow, except the next thing to do: a picture is asked for and its answers come
in between the events; pings go out by the clock.  ``attend`` ends with the error that ended the connection, and
``finish`` takes in what had been read of it.

While we are behind (``Backlog``), an answer that is late is our own fault, and no reason to begin anew.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Final

from ctibridge.asterisk.access import Access, read_access
from ctibridge.asterisk.backlog import Backlog
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.connection import Connection
from ctibridge.asterisk.counts import AmiCounts
from ctibridge.asterisk.errors import (
    AmiConnectionLostError,
    AmiError,
    AmiRefusedError,
    AmiSilentError,
    AmiSnapshotError,
)
from ctibridge.asterisk.feed import Delivery, Feed
from ctibridge.asterisk.fields import Fields
from ctibridge.asterisk.messages import Message
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.asterisk.snapshot import ACTIONS, PING, QUEUES
from ctibridge.domain.events import FeedLost, ResyncCompleted
from ctibridge.domain.units import Timestamp

_SETTLE: Final = 1.0
"""Seconds between a reload and the picture that it calls for: reloads come in bursts."""
_TRICKLE: Final = 1 << 18
"""Bytes; a full picture of a hundred agents has about 60,000."""
_NEVER: Final = float("inf")

Tap = Callable[[bytes, float], None]
"""Gets all bytes as received, with the monotonic time of their arrival."""


class Session:
    """One connection to one PBX; used once.  Times are of the monotonic clock, in seconds."""

    def __init__(  # noqa: PLR0913 - put together by the client
        self,
        settings: AmiSettings,
        clock: PbxClock,
        counts: AmiCounts,
        deliver: Callable[[Delivery], None],
        *,
        tap: Tap | None = None,
        is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_full`: whether whoever is delivered to has enough to do."""
        self.access = Access()
        self.has_logged_in = False
        self.was_in_sync = False
        self.logged_in_at = 0.0
        self._settings = settings
        self._clock = clock
        self._counts = counts
        self._deliver = deliver
        self._tap = tap
        self.feed = Feed(clock, counts, on_response=self._answered, on_notice=self._noticed)
        self._connection = Connection(settings, self._received)
        self._backlog = Backlog(self._take, is_full, self._failed)
        self._is_following = False
        self._wake = asyncio.Event()
        self._heard_at = 0.0
        self._arrived = 0.0
        """When the bytes arrived that are being looked at."""
        self._pings: dict[str, float] = {}
        """When each unanswered one was sent, oldest first."""
        self._received_since_answer = 0
        """Bytes since the last answer to a ping."""
        self._stalled = 0.0
        """Seconds since then for which we ourselves were busy with something else."""
        self._ping_at = _NEVER
        self._picture_at = _NEVER
        """When to ask for the next full picture."""
        self._picture_until = _NEVER
        """When the picture that was asked for must be complete."""
        self._failure: AmiError | None = None
        self._is_shut_down = False

    async def attend(self) -> None:
        """Connect and follow; raises what ended it."""
        try:
            self._settings.check()
            await self._connection.open()
            self._heard_at = self._clock.monotonic()
            await self._connection.log_in()
            self._counts.connects += 1
            self.has_logged_in = True
            self.logged_in_at = self._clock.monotonic()
            await self._learn_access()
            self._is_following = True
            await self._follow()
        finally:
            self._connection.close()

    @property
    def has_unread(self) -> bool:
        """Bytes have arrived that have not been looked at."""
        return self._backlog.size > 0

    async def finish(self, reason: str) -> None:
        """Take in what had been read when the connection ended, then tell the domain that it is blind."""
        await self._backlog.emptied()
        self._tell_loss(reason)

    def want_picture(self, delay: float = 0.0) -> None:
        """Ask for a full picture, unless one is planned for sooner."""
        self._picture_at = min(self._picture_at, self._clock.monotonic() + delay)
        self._wake.set()

    # -- what others ask of the PBX

    async def request(self, action: Mapping[str, str], seconds: float) -> Message:
        """Send one checked action and give its reply.

        AmiActionError when it may not be sent, AmiConnectionError when there is no reply.
        """
        reply = await self._connection.request(dict(action), seconds)
        return _as_message(reply)

    async def collect(self, action: Mapping[str, str], seconds: float) -> list[Message]:
        """Send an action that is answered by a list, and give its items; errors as for ``request``.

        AmiRefusedError when the PBX gives no list.
        """
        items: list[Message] = []
        is_complete = asyncio.Event()

        def take(item: Message) -> None:
            items.append(item)
            if (item.get("eventlist") or "").lower() == "complete":
                is_complete.set()

        action_id, reply = self._connection.send(dict(action))
        self.feed.collectors[action_id] = take
        try:
            async with asyncio.timeout(seconds):
                head = _as_message(await reply)
                if not head.is_success:
                    raise AmiRefusedError(head.get("message") or "no reason given")
                await is_complete.wait()
        except TimeoutError as error:
            raise AmiSilentError(f"no list from {action['Action']} within {seconds:g} s") from error
        finally:
            del self.feed.collectors[action_id]
        return items[:-1]

    # -- what the wire says

    def _received(self, data: bytes) -> None:
        arrived = self._heard_at = self._clock.monotonic()
        self._received_since_answer += len(data)
        if self._tap:
            self._tap(data, arrived)
        if self._backlog.is_too_long:
            self._failed(AmiConnectionLostError("the PBX tells more than can be taken in"))
            return
        self._backlog.put(data, arrived, is_urgent=not self._is_following)

    def _failed(self, error: Exception) -> None:
        if self._failure is None:
            self._failure = error if isinstance(error, AmiError) else AmiConnectionLostError(f"our own fault: {error}")
            self._connection.close()
            self._wake.set()
        if not isinstance(error, AmiError):
            raise error

    def _take(self, data: bytes, arrived: float) -> None:
        self._arrived = arrived
        for delivery in self.feed.receive(data, arrived):
            self._deliver(delivery)
            if isinstance(delivery.events[-1], ResyncCompleted):
                self._picture_until = _NEVER
                self._plan_picture()
                self.was_in_sync = True

    def _answered(self, message: Message) -> None:
        sent = self._pings.get(message.action_id)
        if sent is not None:  # Answers come in order: an earlier one will not come any more.
            self._pings = {key: other for key, other in self._pings.items() if other > sent}
            self._received_since_answer, self._stalled = 0, 0.0
        stamp = Fields(message, self._counts).timestamp() if sent is not None else None
        if sent is not None and stamp is not None:
            self._clock.observe_exchange(stamp, sent, self._arrived)
        self._connection.answer(message)

    def _noticed(self, name: str) -> None:
        """A reload or a late end of Asterisk's start may have changed members without an event."""
        self._is_shut_down = name == "Shutdown"
        is_new_picture_coming = self._is_picture_underway() and not self.feed.picture.has_begun
        if not self._is_shut_down and self.was_in_sync and not is_new_picture_coming:
            self.want_picture(_SETTLE)

    # -- what is done in turn

    async def _learn_access(self) -> None:
        reply = await self._connection.request({"Action": "ListCommands"}, self._settings.login_timeout)
        self.access = read_access(dict(reply.items()))

    async def _follow(self) -> None:
        self._connection.has_ended.add_done_callback(lambda _: self._wake.set())
        self._ping_at = self._picture_at = self._clock.monotonic()
        while True:
            now = self._clock.monotonic()
            self._check(now)
            if now >= self._ping_at:
                self._ping(now)
            if now >= self._picture_at and not self._is_picture_underway():
                self._ask_for_picture(now)
            picture = self._picture_until if self._is_picture_underway() else self._picture_at
            until = max(now, min(self._ping_at, picture, self._silent_at(), self._late_at()))
            await self._sleep(until - now)
            self._stalled += max(0.0, self._clock.monotonic() - until)

    def _check(self, now: float) -> None:
        """Raise what ended the connection, if anything has."""
        if self._failure is not None:
            raise self._failure
        if self._connection.has_ended.done():
            reason = "Asterisk was shut down" if self._is_shut_down else self._connection.has_ended.result()
            raise AmiConnectionLostError(reason)
        if now >= self._silent_at():
            raise AmiSilentError(f"nothing heard for {now - self._heard_at:.1f} s")
        if now >= self._late_at():
            raise AmiSilentError(f"bytes arrive, but no answer for {self._longest_answer():g} s: what they say is old")
        if self._backlog.size and self._is_picture_underway():
            self._picture_until = max(self._picture_until, now + self._settings.ping_timeout)
        if now >= self._picture_until:
            raise AmiSnapshotError(QUEUES, f"not complete within {self._settings.snapshot_timeout:g} s")

    def _silent_at(self) -> float:
        """When silence will prove the connection dead: some time after the first ping since the last sign of life."""
        unanswered = [sent for sent in self._pings.values() if sent >= self._heard_at]
        return min(unanswered, default=_NEVER) + self._settings.ping_timeout

    def _late_at(self) -> float:
        """When a link that only trickles will be given up: what is shown would lag behind without end.

        Where much has arrived since the question, it is we who are behind, and a new connection would not help.
        """
        if self._received_since_answer > _TRICKLE or self._backlog.size:
            return _NEVER
        return min(self._pings.values(), default=_NEVER) + self._longest_answer() + self._stalled

    def _longest_answer(self) -> float:
        """Seconds: an answer may have to wait for a full picture before it."""
        return self._settings.snapshot_timeout + self._settings.ping_timeout

    def _ping(self, now: float) -> None:
        self._pings[self._send(PING)] = now
        self._ping_at = now + self._settings.ping_interval

    def _ask_for_picture(self, now: float) -> None:
        self._picture_at = _NEVER
        self._picture_until = now + self._settings.snapshot_timeout
        for delivery in self.feed.release():
            self._deliver(delivery)
        sent = {action: self._send(action) for action in ACTIONS if action not in self.access.missing()}
        self._pings[sent[PING]] = now
        self.feed.ask(frozenset(sent.values()))

    def _send(self, action: str) -> str:
        action_id, reply = self._connection.send({"Action": action})
        if action == QUEUES:
            reply.add_done_callback(lambda done: self._queues_answered(done.exception() or done.result()))
        return action_id

    def _queues_answered(self, reply: object) -> None:
        """Without the queue list there is no picture: app_queue is not loaded, or not yet."""
        if isinstance(reply, Mapping) and (reply.get("response") or "").lower() == "error":
            self._failure = AmiSnapshotError(QUEUES, str(reply.get("message") or "refused"))
            self._wake.set()

    def _is_picture_underway(self) -> bool:
        return self._picture_until < _NEVER

    def _plan_picture(self) -> None:
        """Look again from time to time: some changes have no event.  Jitter keeps several PBXs apart."""
        if self._settings.resync_interval > 0:
            jitter = random.uniform(0.9, 1.1)  # noqa: S311  # no secret
            self.want_picture(self._settings.resync_interval * jitter)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _tell_loss(self, reason: str) -> None:
        """Hand on what was held back, then say that nothing more comes."""
        for delivery in self.feed.release():
            self._deliver(delivery)
        if not self.has_logged_in:
            return
        lost = FeedLost(reason=reason, last_heard=Timestamp(self._clock.at(self._heard_at)))
        self._deliver(Delivery(events=(lost,), at=self._clock.now(), received=self._clock.monotonic()))


def _as_message(reply: Mapping[str, object]) -> Message:
    """A reply in our own words: its headers by name without regard to case."""
    return Message("\r\n".join(f"{key}: {value}" for key, value in dict(reply.items()).items()).encode())
