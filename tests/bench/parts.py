"""The parts of `make bench`: each measures, and holds what it found against what is to be reached."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.bench import delay, disk, growth, idle, import_bench, memory, plot, report_speed, resync, scrape, throughput
from tests.bench.findings import Finding, Row, markdown

PICTURE: Final = Path("docs/images/performance.svg")
REPORT_CALLS: Final = (1000, 10_000, 100_000)
SLOWEST_REPORTS: Final = 3
FLAT: Final = 1.25
"""Times the cost of the smallest centre up to which it counts as the same."""
LINEAR: Final = 1.25
"""Times the cost of one agent, or of one call, up to which growth counts as linear."""
NO_GROWTH: Final = 2.0
"""Megabytes in the second half of the run that are within what an allocator does."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How long to measure."""

    rounds: int
    laps: int
    minutes: float
    """For the memory."""
    seconds: float
    """For the delay."""
    import_calls: tuple[int, ...]
    is_drawn: bool
    """Whether docs/images is written."""


class Part(msgspec.Struct, frozen=True):
    """One of them."""

    measure: Callable[[Options], Finding]
    most_seconds: float
    """After which it is given up, beyond the minutes that were asked for."""


def throughputs(options: Options) -> Finding:
    """Events a second, beside the peers."""
    found = {title: throughput.compared(runs) for title, runs in throughput.both(options.rounds, options.laps)}
    by_name = {title: {one.client: one for one in clients} for title, clients in found.items()}
    rows = [
        _times("events a second taken in for good", by_name["read=all"], throughput.STORED, least=2.0, aim=4.0),
        _times("… until the broker has acknowledged all", by_name["read=all"], throughput.SENT, least=1.0, aim=2.0),
        _times("queue and agent events only, for good", by_name["read=agent"], throughput.STORED),
        _times("… until the broker has acknowledged all", by_name["read=agent"], throughput.SENT),
    ]
    head = "client", "events/s", "times bare", "µs of processor an event", "times bare"
    tables = [
        f"**{title}**\n\n"
        + markdown(
            head,
            (
                (one.client, f"{one.rate:,.0f}", f"{one.times:.2f}", f"{one.cost:.1f}", f"{one.share:.2f}")
                for one in clients
            ),
        )
        for title, clients in found.items()
    ]
    return Finding(rows=tuple(rows), details="\n\n".join(tables))


def _times(
    what: str, clients: Mapping[str, throughput.Compared], name: str, least: float | None = None, aim: float = 0.0
) -> Row:
    one, bare = clients[name], clients[throughput.BARE]
    return Row(
        what=what,
        target="said beside them" if least is None else f"≥ {least:g} × panoramisk bare, better {aim:g} ×",
        measured=f"{one.times:.2f} × ({one.rate:,.0f}/s beside {bare.rate:,.0f}/s)",
        is_met=None if least is None else one.times >= least,
    )


def delays(options: Options) -> Finding:
    """From AMI's bytes to a subscriber's hands."""
    found, flushes = delay.measured(options.seconds), disk.measured()
    rows = [
        Row(
            what=f"delay of {kind} at {found.rate:,.0f} AMI events a second",
            target="p50 ≤ 3 ms, p99 ≤ 10 ms",
            measured=f"p50 {one.p50:.1f} ms, p99 {one.p99:.1f} ms (of {one.messages:,}; worst {one.worst:.0f} ms)",
            is_met=one.p50 <= 3.0 and one.p99 <= 10.0,
        )
        for kind, one in (("events", found.events), ("states", found.states))
    ]
    used = Row(
        what="… and what the daemon uses for them", target="", measured=f"{found.share:.1%} of a core", is_met=None
    )
    return Finding(rows=(*rows, used, *_without_disk(options), _flush_row(flushes)))


def _without_disk(options: Options) -> list[Row]:
    if not disk.MEMORY.is_dir():
        return []
    with tempfile.TemporaryDirectory(dir=disk.MEMORY) as folder:
        found = delay.measured(options.seconds, store=Path(folder, "ctibridge.db"))
    return [
        Row(
            what=f"delay of {kind}, with the store on a file system in memory",
            target="",
            measured=f"p50 {one.p50:.1f} ms, p99 {one.p99:.1f} ms (of {one.messages:,}; worst {one.worst:.0f} ms)",
            is_met=None,
        )
        for kind, one in (("events", found.events), ("states", found.states))
    ]


def _flush_row(found: disk.Flushes) -> Row:
    return Row(
        what=f"what this disk takes to keep {disk.BYTES // 1024} kB, with nothing beside it",
        target="",
        measured=f"p50 {found.p50:.1f} ms, p99 {found.p99:.1f} ms (of {found.flushes:,}; worst {found.worst:.0f} ms)",
        is_met=None,
    )


def memories(options: Options) -> Finding:
    """With a large centre, and over time."""
    found = memory.measured(options.minutes)
    grown, rate = found.last - found.middle, found.events / found.seconds
    rows = (
        Row(
            what=f"memory with 5,000 agents, 200 queues, {found.calls:,} calls in progress",
            target="≤ 150 MB",
            measured=f"{found.most:.0f} MB at most, {found.at_first:.0f} MB before the first event",
            is_met=found.most <= 150.0,
        ),
        Row(
            what=f"… and its growth over {found.seconds / 60:.0f} minutes of {rate:,.0f} events/s",
            target="none",
            measured=f"{grown:+.1f} MB in the second half ({found.middle:.0f} → {found.last:.0f} MB)",
            is_met=grown <= NO_GROWTH,
        ),
        Row(
            what="… and what the daemon uses meanwhile",
            target="",
            measured=f"{found.share:.1%} of a core",
            is_met=None,
        ),
    )
    return Finding(rows=rows)


def resyncs(options: Options) -> Finding:
    """After a reconnect."""
    found = resync.measured(min(options.rounds, resync.ROUNDS))
    row = Row(
        what="resync of 5,000 members and 1,000 waiting callers, after the last line of QueueStatus",
        target="≤ 1 s",
        measured=f"online after {found.online:.2f} s, all {found.states:,} agents' states with a subscriber after "
        f"{found.complete:.2f} s",
        is_met=max(found.online, found.complete) <= 1.0,
    )
    return Finding(rows=(row,))


def scrapes(_: Options) -> Finding:
    """Of /metrics."""
    found = scrape.measured()
    rows = (
        Row(
            what=f"scrape of /metrics with 1,000 agents ({found.kilobytes:,.0f} kB)",
            target="≤ 50 ms of event loop",
            measured=f"{found.loop:.0f} ms (answered after {found.answer:.0f} ms)",
            is_met=found.loop <= 50.0,
        ),
        Row(
            what="… and how late others are served meanwhile",
            target="loop lag p99 ≤ 20 ms",
            measured=f"/livez p99 {found.lag:.1f} ms, without a scrape {found.lag_without:.1f} ms",
            is_met=found.lag <= 20.0,
        ),
    )
    return Finding(rows=rows)


def growths(options: Options) -> Finding:
    """Of the cost, with agents and with calls."""
    centres = growth.measured(rounds=min(options.rounds, growth.ROUNDS))
    days = {calls: report_speed.measured(calls) for calls in REPORT_CALLS}
    if options.is_drawn:
        _draw(centres, days)
    picture = f"![Cost as work grows]({PICTURE.relative_to('docs')})"
    tables = "\n\n".join((picture, _centres_table(centres), _days_table(days)))
    return Finding(rows=(*_growth_rows(centres), _days_row(days)), details=tables)


def _growth_rows(centres: Sequence[growth.Grown]) -> tuple[Row, Row]:
    least, most, sizes = centres[0], centres[-1], growth.bytes_an_agent(centres)
    return (
        Row(
            what=f"cost of an event with {most.agents:,} agents, beside {least.agents}",
            target=f"flat (≤ {FLAT:g} ×)",
            measured=f"{most.cost / least.cost:.2f} × ({most.cost:.0f} µs beside {least.cost:.0f} µs)",
            is_met=most.cost <= FLAT * least.cost,
        ),
        Row(
            what=f"bytes an agent with {most.agents:,} agents, beside {centres[-2].agents:,}",
            target=f"linear (≤ {LINEAR:g} ×)",
            measured=f"{sizes[-1]:,.0f} beside {sizes[-2]:,.0f}",
            is_met=sizes[-1] <= LINEAR * sizes[-2],
        ),
    )


def _days_row(days: Mapping[int, Sequence[report_speed.Made]]) -> Row:
    middle, most = (sum(one.work for one in days[calls]) / calls * 1e6 for calls in REPORT_CALLS[1:])
    return Row(
        what="all reports of a day of 100,000 calls, a call, beside 10,000",
        target=f"linear (≤ {LINEAR:g} ×)",
        measured=f"{most:.0f} µs beside {middle:.0f} µs",
        is_met=most <= LINEAR * middle,
    )


def _centres_table(centres: Sequence[growth.Grown]) -> str:
    head = "agents", "queues", "events/s", "µs of processor an event", "idle, of a core", "MB", "bytes an agent"
    sizes = ["", *(f"{one:,.0f}" for one in growth.bytes_an_agent(centres))]
    rows = (
        (
            f"{one.agents:,}",
            f"{one.queues}",
            f"{one.rate:,.0f}",
            f"{one.cost:.1f}",
            f"{one.idle:.1%}",
            f"{one.memory:.1f}",
            size,
        )
        for one, size in zip(centres, sizes, strict=True)
    )
    return markdown(head, rows)


def _days_table(days: Mapping[int, Sequence[report_speed.Made]]) -> str:
    head = "report of one day, s", *(f"{calls:,} calls" for calls in days)
    by_name = zip(*days.values(), strict=True)
    return markdown(head, ((made[0].name, *(f"{one.wall:.2f}" for one in made)) for made in by_name))


def _draw(centres: Sequence[growth.Grown], days: Mapping[int, Sequence[report_speed.Made]]) -> None:
    most = sorted(days[REPORT_CALLS[-1]], key=lambda one: one.wall, reverse=True)[:SLOWEST_REPORTS]
    reports = {
        slow.name: [(calls, next(one.wall for one in made if one.name == slow.name)) for calls, made in days.items()]
        for slow in most
    }
    plot.draw(
        PICTURE,
        rates=[(one.agents, one.rate) for one in centres],
        costs=[(one.agents, one.cost) for one in centres],
        memory=[(one.agents, one.memory) for one in centres],
        reports=reports,
    )


def idling(_: Options) -> Finding:
    """With nothing to do."""
    share = idle.measured()
    row = Row(
        what="processor with 500 agents and no calls",
        target="≤ 1 % of a core",
        measured=f"{share:.2%}",
        is_met=share <= 0.01,
    )
    return Finding(rows=(row,))


def imports(options: Options) -> Finding:
    """Of queue_log."""
    found = []
    for calls in options.import_calls:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            one = import_bench.measure(calls, Path(folder))
        what = f"import of {calls:,} calls ({one['megabytes_of_log']:.0f} MB of queue_log)"
        text = f"{one['seconds']:.1f} s, {one['megabytes']:.0f} MB of memory at most"
        found.append(Row(what=what, target="", measured=text, is_met=None))
    return Finding(rows=tuple(found))


PARTS: Final[Mapping[str, Part]] = {
    "throughput": Part(throughputs, 600.0),
    "delay": Part(delays, 360.0),
    "memory": Part(memories, 180.0),
    "resync": Part(resyncs, 180.0),
    "scrape": Part(scrapes, 180.0),
    "growth": Part(growths, 420.0),
    "idle": Part(idling, 150.0),
    "import": Part(imports, 120.0),
}
