"""From a question to its answer: one function a route."""

from collections.abc import Mapping
from typing import Final

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.web.api import history as past
from ctibridge.outputs.web.api import live
from ctibridge.outputs.web.api.events import Events, Refused
from ctibridge.outputs.web.api.moments import MomentText, moment_text
from ctibridge.outputs.web.api.paging import cursor_of, key_of
from ctibridge.outputs.web.api.place import Place, Reach
from ctibridge.outputs.web.api.problems import EVENTS_GONE, UNKNOWN_NAME, ApiError
from ctibridge.outputs.web.api.queries import (
    AlarmsQuery,
    CallbacksQuery,
    CallersQuery,
    CallsQuery,
    CommandsQuery,
    EventsQuery,
    IntervalsQuery,
    NoQuery,
    NowQuery,
    RangeQuery,
    RefusedQuery,
    Step,
)
from ctibridge.outputs.web.provider import Provider

CALLS: Final = Reach(usual_days=1, most_days=366)
AGENT_INTERVALS: Final = Reach(usual_days=1, most_days=31)
CALLBACKS: Final = Reach(usual_days=7, most_days=31)
ALARMS: Final = Reach(usual_days=1, most_days=31)
COMMANDS: Final = Reach(usual_days=1, most_days=31)
GAPS: Final = Reach(usual_days=7, most_days=366)
INTERVALS: Final[dict[Step, Reach]] = {
    "30m": Reach(usual_days=1, most_days=7),
    "1h": Reach(usual_days=1, most_days=14),
    "1d": Reach(usual_days=7, most_days=366),
    "1w": Reach(usual_days=31, most_days=366),
    "1mo": Reach(usual_days=366, most_days=366),
}


# -- now --------------------------------------------------------------------------------------------------------------


async def pbxs(provider: Provider, _path: Mapping[str, str], _: NoQuery) -> live.Pbxs:
    """All PBXs."""
    windows = (Place(provider, {"pbx": name}).window for name in provider.pictures())
    return live.Pbxs(pbxs=[window.summary() for window in windows])


async def state(place: Place, _: NowQuery) -> live.State:
    """Queues and agents together."""
    window = place.window
    return live.State(
        pbx=place.pbx,
        at=window.at,
        is_synced=place.picture.is_synced,
        queues=window.queues(),
        agents=window.agents(),
    )


async def queues(place: Place, _: NowQuery) -> live.Queues:
    """All queues."""
    window = place.window
    return live.Queues(pbx=place.pbx, at=window.at, is_synced=place.picture.is_synced, queues=window.queues())


async def queue(place: Place, _: NowQuery) -> live.QueueNow:
    """One queue."""
    return place.window.queue_now(place.queue(place.path["queue"]))


async def agents(place: Place, _: NowQuery) -> live.Agents:
    """All agents."""
    window = place.window
    return live.Agents(pbx=place.pbx, at=window.at, is_synced=place.picture.is_synced, agents=window.agents())


async def agent(place: Place, _: NowQuery) -> live.AgentNow:
    """One agent."""
    view = place.agent(place.path["agent"]).view
    window = place.window
    return live.AgentNow(pbx=place.pbx, at=window.at, is_synced=place.picture.is_synced, agent=window.agent(view))


async def callers(place: Place, query: CallersQuery) -> live.Callers:
    """Who waits."""
    window = place.window
    name = None if query.queue is None else place.queue(query.queue).view.queue
    return live.Callers(pbx=place.pbx, at=window.at, is_synced=place.picture.is_synced, callers=window.callers(name))


async def alarms(place: Place, _: NoQuery) -> live.Alarms:
    """What fires."""
    window = place.window
    return live.Alarms(pbx=place.pbx, at=window.at, is_synced=place.picture.is_synced, alarms=window.alarms())


# -- history ----------------------------------------------------------------------------------------------------------


async def calls(place: Place, query: CallsQuery) -> past.Calls:
    """Stays of a stretch of time."""
    wanted = _wanted(place, query, CALLS, (float, str, str, int))
    names = await place.queues(query.queue)
    of_agent = await place.agents(query.agent)
    whose = None if of_agent is None else frozenset({of_agent})
    found = await place.history.calls(wanted, queues=names, agents=whose, outcome=query.outcome)
    since, until = _bounds(place, wanted.span)
    return past.Calls(pbx=place.pbx, from_=since, to=until, next=cursor_of(found.key), calls=found.rows)


async def call(place: Place, _: NoQuery) -> past.Call:
    """One caller's journey."""
    name = place.path["call"]
    found = await place.history.call(place.pbx, name)
    if not (found.stays or found.rings or found.refusals):
        raise ApiError(
            UNKNOWN_NAME,
            f"the history of {place.pbx} has no call {name!r}",
            parameter="call",
            expected="the Uniqueid under which the caller joined a queue",
        )
    return past.Call(pbx=place.pbx, call=name, stays=found.stays, rings=found.rings, refusals=found.refusals)


async def agent_intervals(place: Place, query: RangeQuery) -> past.AgentIntervals:
    """One agent's states."""
    wanted = _wanted(place, query, AGENT_INTERVALS, (float,))
    name = place.path["agent"]
    await place.agents(name)
    found = await place.history.agent_intervals(wanted, name)
    since, until = _bounds(place, wanted.span)
    return past.AgentIntervals(
        pbx=place.pbx, from_=since, to=until, next=cursor_of(found.key), agent=name, intervals=found.rows
    )


async def callbacks(place: Place, query: CallbacksQuery) -> past.Callbacks:
    """Who is to be called back."""
    wanted = _wanted(place, query, CALLBACKS, (float, str, str))
    names = await place.queues(query.queue)
    found = await place.history.callbacks(wanted, queues=names, now=place.now)
    since, until = _bounds(place, wanted.span)
    return past.Callbacks(pbx=place.pbx, from_=since, to=until, next=cursor_of(found.key), callbacks=found.rows)


async def past_alarms(place: Place, query: AlarmsQuery) -> past.PastAlarms:
    """What fired."""
    wanted = _wanted(place, query, ALARMS, (float, str))
    names = await place.queues(query.queue)
    agent = await place.agents(query.agent)
    found = await place.history.alarms(wanted, queues=names, agent=agent, rule=query.rule, about=past.About())
    since, until = _bounds(place, wanted.span)
    return past.PastAlarms(pbx=place.pbx, from_=since, to=until, next=cursor_of(found.key), alarms=found.rows)


async def commands(place: Place, query: CommandsQuery) -> past.Commands:
    """Who asked for what."""
    wanted = _wanted(place, query, COMMANDS, (float, str, str))
    found = await place.history.commands(wanted, user=query.user)
    since, until = _bounds(place, wanted.span)
    return past.Commands(pbx=place.pbx, from_=since, to=until, next=cursor_of(found.key), commands=found.rows)


async def gaps(place: Place, query: RangeQuery) -> past.Gaps:
    """When the bridge was blind."""
    wanted = _wanted(place, query, GAPS, (float,))
    found = await place.history.gaps(wanted)
    since, until = _bounds(place, wanted.span)
    return past.Gaps(pbx=place.pbx, from_=since, to=until, next=cursor_of(found.key), gaps=found.rows)


async def intervals(place: Place, query: IntervalsQuery) -> past.Intervals:
    """Figures."""
    span = place.span(query, INTERVALS[query.step])
    names = await place.queues(query.queue)
    found = await place.history.intervals(place.pbx, span, queues=names, step=query.step)
    since, until = _bounds(place, span)
    return past.Intervals(pbx=place.pbx, from_=since, to=until, step=query.step, intervals=found)


# -- events -----------------------------------------------------------------------------------------------------------


async def events(place: Place, query: EventsQuery) -> Events:
    """What was published beyond a number."""
    page = await place.events.after(place.pbx, query.after, query.limit)
    if query.epoch not in (0, page.epoch):
        raise ApiError(
            EVENTS_GONE,
            f"epoch {query.epoch} is over, and its numbers with it",
            parameter="epoch",
            expected=f"{page.epoch}, after={page.newest}",
        )
    if query.after is not None and query.after + 1 < page.oldest:
        raise ApiError(
            EVENTS_GONE,
            f"events up to {page.oldest - 1} are not kept any more",
            parameter="after",
            expected=f"at least {page.oldest - 1}",
        )
    last = int(page.events[-1].sequence) if page.events else page.newest
    return Events(
        pbx=place.pbx,
        epoch=page.epoch,
        oldest=page.oldest,
        newest=page.newest,
        next=last if last < page.newest else None,
        events=page.events,
    )


async def refused(place: Place, query: RefusedQuery) -> Refused:
    """What brokers did not take."""
    return Refused(pbx=place.pbx, refused=await place.events.refused(place.pbx, query.limit))


def _wanted(place: Place, query: RangeQuery, reach: Reach, key: tuple[type, ...]) -> past.Wanted:
    return past.Wanted(pbx=place.pbx, span=place.span(query, reach), limit=query.limit, after=key_of(query.cursor, key))


def _bounds(place: Place, span: past.Span) -> tuple[MomentText, MomentText]:
    return _text(place, span.since), _text(place, span.until)


def _text(place: Place, moment: Timestamp) -> MomentText:
    return moment_text(moment, place.zone)
