"""The table of routes: what is asked where, what is answered, and what people are told about it.

The server, the OpenAPI document and docs/api.md are all made from it, so no route can exist without its description.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from ctibridge.outputs.web.api import answers, events, history, live, queries
from ctibridge.outputs.web.api.answers import AGENT_INTERVALS, ALARMS, CALLBACKS, CALLS, COMMANDS, GAPS, INTERVALS
from ctibridge.outputs.web.api.place import Place, Reach
from ctibridge.outputs.web.provider import Provider

PREFIX: Final = "/api/v1"
PATH_PARAMETERS: Final = {
    "pbx": "Name of the PBX as configured.",
    "queue": "Name of the queue, percent-encoded; capital and small letters are alike.",
    "agent": "Id of the agent, percent-encoded.",
    "call": "Uniqueid under which the caller joined a queue.",
}

Answering: TypeAlias = Callable[[Provider, Mapping[str, str], Any], Awaitable[msgspec.Struct]]
"""From the provider, the parameters in the path and the query; may raise ApiError or HistoryError."""


Shows: TypeAlias = Literal["figures", "agents", "callers", "all"]
"""Figures of queues; agents and their calls; who waits or is to be called back; or everything at once."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One address."""

    path: str
    """Below ``PREFIX``."""
    name: str
    summary: str
    text: str
    """What one would not expect."""
    answer: type[msgspec.Struct]
    answering: Answering
    query: type[msgspec.Struct] = queries.NoQuery
    example: str
    """A question that the samples can answer, below ``PREFIX``."""
    is_past: bool = False
    """It needs the history."""
    shows: Shows = "all"
    """What it is about, and so who may ask."""


def _at(answer: Callable[[Place, Any], Awaitable[msgspec.Struct]]) -> Answering:
    """An answer about one PBX."""

    async def answering(provider: Provider, path: Mapping[str, str], query: msgspec.Struct) -> msgspec.Struct:
        return await answer(Place(provider, path), query)

    return answering


def _reach(reach: Reach) -> str:
    usual = "the last 24 hours" if reach.usual_days == 1 else f"the last {reach.usual_days} days"
    return f"Without `from`: {usual} before `to`. At most {reach.most_days} days at once."


ROUTES: Final[tuple[Route, ...]] = (
    Route(
        path="/pbxs",
        name="listPbxs",
        shows="figures",
        summary="All PBXs of this bridge",
        text="`waiting` is over all queues.",
        answer=live.Pbxs,
        answering=answers.pbxs,
        example="/pbxs",
    ),
    Route(
        path="/{pbx}/state",
        name="getState",
        shows="figures",
        summary="Everything as it stands",
        text="Queues and agents of one moment. While `is_synced` is false the PBX cannot be seen, and what is missing"
        " is unknown, not absent.",
        answer=live.State,
        answering=_at(answers.state),
        query=queries.NowQuery,
        example="/pbx1/state",
    ),
    Route(
        path="/{pbx}/queues",
        name="listQueues",
        shows="figures",
        summary="All queues as they stand",
        text="Names of fields are those of the MQTT states.",
        answer=live.Queues,
        answering=_at(answers.queues),
        query=queries.NowQuery,
        example="/pbx1/queues",
    ),
    Route(
        path="/{pbx}/queues/{queue}",
        name="getQueue",
        shows="figures",
        summary="One queue with its figures",
        text="Figures of the site's day and of the last half hour, counted where the fact happened.",
        answer=live.QueueNow,
        answering=_at(answers.queue),
        query=queries.NowQuery,
        example="/pbx1/queues/sales",
    ),
    Route(
        path="/{pbx}/agents",
        name="listAgents",
        shows="agents",
        summary="All agents as they stand",
        text="`state` is the one word that people see; `presence` and `activity` are what it is made of.",
        answer=live.Agents,
        answering=_at(answers.agents),
        query=queries.NowQuery,
        example="/pbx1/agents",
    ),
    Route(
        path="/{pbx}/agents/{agent}",
        name="getAgent",
        shows="agents",
        summary="One agent as they stand",
        text="`today` holds the figures since the site's day began.",
        answer=live.AgentNow,
        answering=_at(answers.agent),
        query=queries.NowQuery,
        example="/pbx1/agents/1001",
    ),
    Route(
        path="/{pbx}/callers",
        name="listCallers",
        shows="callers",
        summary="Who waits now",
        text="Over all queues, the longest wait first. A queue in the filter must be there now.",
        answer=live.Callers,
        answering=_at(answers.callers),
        query=queries.CallersQuery,
        example="/pbx1/callers?queue=sales",
    ),
    Route(
        path="/{pbx}/alarms",
        name="listAlarms",
        shows="figures",
        summary="Alarms that fire now",
        text="The same fields as in `alert/{alert}` of MQTT. They may be old while `is_synced` is false.",
        answer=live.Alarms,
        answering=_at(answers.alarms),
        example="/pbx1/alarms",
    ),
    Route(
        path="/{pbx}/calls",
        name="listCalls",
        shows="agents",
        summary="Calls of a stretch of time",
        text="One row for each offer of a caller to a queue, by the time of joining, the oldest first. "
        + _reach(CALLS),
        answer=history.Calls,
        answering=_at(answers.calls),
        query=queries.CallsQuery,
        example="/pbx1/calls?queue=sales&outcome=abandoned&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&limit=1",
        is_past=True,
    ),
    Route(
        path="/{pbx}/calls/{call}",
        name="getCall",
        shows="agents",
        summary="One caller's journey through the queues",
        text="All stays, the phones that rang in vain, and the queues that refused the caller.",
        answer=history.Call,
        answering=_at(answers.call),
        example="/pbx1/calls/1767257991.42",
        is_past=True,
    ),
    Route(
        path="/{pbx}/intervals",
        name="listIntervals",
        shows="figures",
        summary="Figures by queue and interval",
        text="Calls count in the interval in which the caller joined. Intervals are cut by the site's days and clocks;"
        " the first and the last are cut short by `from` and `to`. "
        + "; ".join(
            f"`{step}`: {reach.usual_days} days before `to` unless `from` says otherwise, at most {reach.most_days}"
            for step, reach in INTERVALS.items()
        )
        + ".",
        answer=history.Intervals,
        answering=_at(answers.intervals),
        query=queries.IntervalsQuery,
        example="/pbx1/intervals?queue=sales&step=30m&from=2026-01-01T08:30:00Z&to=2026-01-01T09:00:00Z",
        is_past=True,
    ),
    Route(
        path="/{pbx}/agents/{agent}/intervals",
        name="listAgentIntervals",
        shows="agents",
        summary="An agent's states",
        text="Every state with its reason, limit and overrun; time in which the agent was logged out has no row. "
        + _reach(AGENT_INTERVALS),
        answer=history.AgentIntervals,
        answering=_at(answers.agent_intervals),
        query=queries.RangeQuery,
        example="/pbx1/agents/1001/intervals?from=2026-01-01T08:00:00Z&to=2026-01-01T09:00:00Z",
        is_past=True,
    ),
    Route(
        path="/{pbx}/callbacks",
        name="listCallbacks",
        shows="callers",
        summary="Abandoned callers who are still to be reached",
        text="One row for each caller, however often they gave up, until any queue answers a call from the same number;"
        " the earliest deadline first. Calls that agents make are not seen, and who sent no number is not listed. "
        "`from` and `to` are about when the caller joined. " + _reach(CALLBACKS),
        answer=history.Callbacks,
        answering=_at(answers.callbacks),
        query=queries.CallbacksQuery,
        example="/pbx1/callbacks?queue=sales",
        is_past=True,
    ),
    Route(
        path="/{pbx}/alarms/history",
        name="listPastAlarms",
        shows="figures",
        summary="Alarms of a stretch of time",
        text="All that fired at any time of the range, also those that still do. " + _reach(ALARMS),
        answer=history.PastAlarms,
        answering=_at(answers.past_alarms),
        query=queries.AlarmsQuery,
        example="/pbx1/alarms/history?rule=service_level_low&from=2026-01-01T00:00:00Z&to=2026-01-01T09:00:00Z",
        is_past=True,
    ),
    Route(
        path="/{pbx}/commands",
        name="listCommands",
        shows="all",
        summary="Who asked the bridge to do what",
        text="Also what was refused, and why. " + _reach(COMMANDS),
        answer=history.Commands,
        answering=_at(answers.commands),
        query=queries.CommandsQuery,
        example="/pbx1/commands?from=2026-01-01T00:00:00Z&to=2026-01-01T09:00:00Z",
        is_past=True,
    ),
    Route(
        path="/{pbx}/gaps",
        name="listGaps",
        shows="figures",
        summary="When the bridge was blind",
        text="Figures of such a time may be too small unless `is_recovered`. " + _reach(GAPS),
        answer=history.Gaps,
        answering=_at(answers.gaps),
        query=queries.RangeQuery,
        example="/pbx1/gaps",
        is_past=True,
    ),
    Route(
        path="/{pbx}/events",
        name="listEvents",
        summary="Events that were published",
        text="The events of MQTT as they were published, in the order of their numbers, for whoever missed some."
        " How long they are kept is set by `outbox_events`, `outbox_megabytes` and `outbox_hours` of `[store]`; when"
        " `after` is older than that, or of another `epoch`, the answer is 410 and not a list with a gap.",
        answer=events.Events,
        answering=_at(answers.events),
        query=queries.EventsQuery,
        example="/pbx1/events?after=1040&limit=1",
    ),
    Route(
        path="/{pbx}/refused",
        name="listRefused",
        summary="Messages that brokers refused",
        text="What a broker answered with a refusal is not sent again, but set aside here: the newest first, the last"
        " 1,000 of each PBX.",
        answer=events.Refused,
        answering=_at(answers.refused),
        query=queries.RefusedQuery,
        example="/pbx1/refused",
    ),
)
