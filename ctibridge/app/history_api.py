"""The history as ``outputs.web.api`` asks for it: rows of the store, with moments in the site's time."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import aiosqlite
import msgspec
import structlog

from ctibridge.app.config import Configuration
from ctibridge.domain import answers
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history import lookup, queries
from ctibridge.outputs.history.inflow import usual_calls
from ctibridge.outputs.history.lookup import Lookup, LookupSlowError, Part, Row
from ctibridge.outputs.history.periods import Period, periods
from ctibridge.outputs.history.queries import Scope
from ctibridge.outputs.history.reports import CALLBACK_WITHIN, QueueLine, queue_report
from ctibridge.outputs.web.api.history import About, Found, HistoryError, HistorySlowError, Rows, Span, Wanted
from ctibridge.outputs.web.api.moments import moment_text
from ctibridge.outputs.web.api.queries import Outcome, Step
from ctibridge.outputs.web.api.rows import (
    AgentInterval,
    Callback,
    Command,
    Gap,
    PastAlarm,
    QueueInterval,
    Refusal,
    Ring,
    Stay,
)

MOMENTS: Final = frozenset(
    {
        *("joined_at", "left_at", "ended_at", "at", "since", "until", "first_abandoned_at", "abandoned_at"),
        *("deadline", "acknowledged_at"),
    }
)
"""Columns that hold epoch seconds."""

AT_ONCE: Final[Mapping[Step, int]] = {"30m": 48, "1h": 48, "1d": 7, "1w": 1, "1mo": 1}
"""Intervals that are added up without others being served in between: some 30 ms for 20 queues."""

LONGEST_SERIES: Final = 30.0
"""Seconds for all intervals of one question."""

Answer = TypeVar("Answer")
Kind = TypeVar("Kind")

log = structlog.get_logger(__name__)


class HistoryApi:
    """What ``outputs.web.api`` calls its history."""

    def __init__(self, reader: Lookup, policy: Policy) -> None:
        self.policy = policy
        """By which calls are judged."""
        self._lookup = reader
        self._zone = policy.timezone

    async def queues(self, pbx: str) -> frozenset[str]:
        """Names of queues that have calls."""
        return frozenset(await self._ask(lambda connection: queries.known_queues(connection, [pbx])))

    async def agents(self, pbx: str) -> frozenset[str]:
        """Ids of agents who were seen."""
        return frozenset(await self._ask(lambda connection: queries.known_agents(connection, [pbx])))

    async def calls(
        self,
        wanted: Wanted,
        *,
        queues: frozenset[str] | None,
        agents: frozenset[str] | None,
        outcome: Outcome | None,
    ) -> Rows[Stay]:
        """Stays by (joined_at, queue, call, stay)."""
        rows = await self._ask(
            lambda connection: lookup.stays(connection, _part(wanted), queues=queues, agents=agents, outcome=outcome)
        )
        return self._page(rows, wanted.limit, Stay, ("joined_at", "queue", "call", "stay"))

    async def call(self, pbx: str, call: str) -> Found:
        """One caller's stays, rings and refusals."""

        async def all_of_it(connection: aiosqlite.Connection) -> Found:
            names = await queries.known_queues(connection, [pbx])
            return Found(
                stays=self._many(await lookup.stays_of_call(connection, pbx, call, names), Stay),
                rings=self._many(await lookup.rings_of_call(connection, pbx, call, names), Ring),
                refusals=self._many(await lookup.refusals_of_call(connection, pbx, call, names), Refusal),
            )

        return await self._ask(all_of_it)

    async def agent_intervals(self, wanted: Wanted, agent: str) -> Rows[AgentInterval]:
        """States that reach into the range, by (since)."""
        rows = await self._ask(lambda connection: lookup.agent_intervals(connection, _part(wanted), agent))
        return self._page(rows, wanted.limit, AgentInterval, ("since",))

    async def callbacks(self, wanted: Wanted, *, queues: frozenset[str] | None, now: Timestamp) -> Rows[Callback]:
        """Callers who gave up within the range and have not been reached, by (first_abandoned_at, queue, call)."""
        rows = await self._ask(lambda connection: lookup.callbacks(connection, _part(wanted), queues))
        for row in rows:
            row["deadline"] = row["first_abandoned_at"] + CALLBACK_WITHIN
            row["is_overdue"] = now > row["deadline"]
        return self._page(rows, wanted.limit, Callback, ("first_abandoned_at", "queue", "call"))

    async def unreached(
        self, pbx: str, *, queues: frozenset[str] | None, since: Timestamp, now: Timestamp, limit: int
    ) -> list[answers.Callback]:
        """Callers of the time from ``since`` to ``now`` who gave up and have not been reached, the oldest first."""
        part = Part(pbx=pbx, since=since, until=now, limit=limit, after=None)
        rows = await self._ask(lambda connection: lookup.callbacks(connection, part, queues))
        for row in rows:
            row["deadline"] = row["first_abandoned_at"] + CALLBACK_WITHIN
            row["is_overdue"] = now > row["deadline"]
        try:
            return msgspec.convert(rows[:limit], list[answers.Callback])
        except msgspec.ValidationError as error:
            raise _unreadable(error) from error

    async def intervals(
        self, pbx: str, span: Span, *, queues: frozenset[str] | None, step: Step
    ) -> list[QueueInterval]:
        """Figures by queue and interval."""
        policy = self.policy
        every = periods(Period(since=span.since, until=span.until), step, policy)
        names = tuple(sorted(queues or ()))
        found: list[QueueInterval] = []
        try:
            async with asyncio.timeout(LONGEST_SERIES):
                for first in range(0, len(every), AT_ONCE[step]):
                    some = every[first : first + AT_ONCE[step]]
                    found += await self._some_intervals(Scope(pbxs=(pbx,), periods=some, queues=names), policy)
        except TimeoutError as error:
            raise HistorySlowError(f"no answer within {LONGEST_SERIES:g} s") from error
        return found

    async def alarms(
        self, wanted: Wanted, *, queues: frozenset[str] | None, agent: str | None, rule: str | None, about: About
    ) -> Rows[PastAlarm]:
        """Alarms that fired within the range, by (since, alert)."""
        part, seen = _part(wanted), msgspec.structs.asdict(about)
        rows = await self._ask(
            lambda connection: lookup.alarms(connection, part, queues=queues, agent=agent, rule=rule, seen=seen)
        )
        return self._page(rows, wanted.limit, PastAlarm, ("since", "alert"))

    async def commands(self, wanted: Wanted, *, user: str | None) -> Rows[Command]:
        """Commands of the range, by (at, user, transaction)."""
        rows = await self._ask(lambda connection: lookup.commands(connection, _part(wanted), user))
        for row in rows:
            row["arguments"] = msgspec.json.decode(row["arguments"])
        return self._page(rows, wanted.limit, Command, ("at", "user", "transaction"))

    async def usual_calls(self, pbx: str, hour: Period) -> dict[str, float]:
        """Calls that are usually offered in an hour, by queue."""
        return await self._ask(lambda connection: usual_calls(connection, pbx, hour, self.policy))

    async def gaps(self, wanted: Wanted) -> Rows[Gap]:
        """Gaps that reach into the range, by (since)."""
        rows = await self._ask(lambda connection: lookup.gaps(connection, _part(wanted)))
        return self._page(rows, wanted.limit, Gap, ("since",))

    async def _ask(self, question: Callable[[aiosqlite.Connection], Awaitable[Answer]]) -> Answer:
        try:
            return await self._lookup.ask(question)
        except LookupSlowError as error:
            log.warning("a question to the history took too long and was ended", reason=str(error))
            raise HistorySlowError(str(error)) from error
        except sqlite3.Error as error:
            raise _unreadable(error) from error

    async def _some_intervals(self, scope: Scope, policy: Policy) -> list[QueueInterval]:
        report = await self._ask(lambda connection: queue_report(connection, scope, policy))
        return [self._interval(line) for line in report.lines]

    def _interval(self, line: QueueLine) -> QueueInterval:
        figures = msgspec.to_builtins(line.figures)
        since, until = (moment_text(moment, self._zone) for moment in (line.period.since, line.period.until))
        return msgspec.convert({"queue": line.queue, "since": since, "until": until, **figures}, QueueInterval)

    def _page(self, rows: Sequence[Row], limit: int, kind: type[Kind], key: tuple[str, ...]) -> Rows[Kind]:
        shown = rows[:limit]
        last = tuple(shown[-1][name] for name in key) if len(rows) > limit else None
        return Rows(rows=self._many(shown, kind), key=last)

    def _many(self, rows: Sequence[Row], kind: type[Kind]) -> list[Kind]:
        try:
            return msgspec.convert([self._dated(row) for row in rows], list[kind])  # type: ignore[valid-type]
        except msgspec.ValidationError as error:
            raise _unreadable(error) from error

    def _dated(self, row: Row) -> Row:
        return {
            name: moment_text(value, self._zone) if name in MOMENTS and value is not None else value
            for name, value in row.items()
        }


def _unreadable(error: Exception) -> HistoryError:
    log.error("the history cannot be read", reason=str(error))
    return HistoryError(str(error))


def _part(wanted: Wanted) -> Part:
    span = wanted.span
    return Part(pbx=wanted.pbx, since=span.since, until=span.until, limit=wanted.limit, after=wanted.after)


@asynccontextmanager
async def kept_history(configuration: Configuration) -> AsyncIterator[HistoryApi | None]:
    """The history of ``[store]``, which somebody has opened already; ``None`` when nothing is to be kept."""
    path = configuration.store.path
    if path is None:
        yield None
        return
    async with lookup.looking(path) as reader:
        yield HistoryApi(reader, configuration.policy())
