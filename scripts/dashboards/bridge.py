"""The bridge itself: can the figures be trusted?"""

from typing import Final

from scripts.dashboards.panels import Colour, Dashboard, Panel, Query, Section
from scripts.dashboards.words import PBX, quantile

P: Final = 'pbx=~"$pbx"'
YES_NO: Final[dict[int, tuple[str, Colour]]] = {0: ("no", "red"), 1: ("yes", "green")}
JOB: Final = 'job="ctibridge"'


def _yes(title: str, text: str, expr: str, legend: str = "") -> Panel:
    return Panel(
        kind="stat",
        title=title,
        text=text,
        unit="none",
        width=4,
        height=4,
        words=YES_NO,
        queries=(Query(expr=expr, legend=legend),),
    )


def _lines(title: str, text: str, *queries: Query, unit: str = "short", is_stacked: bool = False) -> Panel:
    return Panel(kind="timeseries", title=title, text=text, unit=unit, is_stacked=is_stacked, queries=queries)  # type: ignore[arg-type]


def _each(metric: str, by: str, legend: str, per: int = 1) -> Query:
    return Query(expr=f"{per} * sum by ({by}) (rate({metric}{{{P}}}[$__rate_interval]))", legend=legend)


NOW: Final = Section(
    title="Now",
    panels=(
        _yes("Bridge answers", "Prometheus can read the bridge.", f"min by (instance) (up{{{JOB}}})", "{{instance}}"),
        _yes("AMI connected", "Logged in to the PBX.", f"min by (pbx) (ctibridge_ami_connected{{{P}}})", "{{pbx}}"),
        _yes(
            "States are known",
            "The bridge has a full picture of queues and agents, and every event since.",
            f"min by (pbx) (ctibridge_synced{{{P}}})",
            "{{pbx}}",
        ),
        _yes(
            "Asterisk's own record is read",
            "Every figure is compared with queue_log; no also where it is not configured.",
            f"min by (pbx) (ctibridge_queue_log_read{{{P}}})",
            "{{pbx}}",
        ),
        _yes(
            "Brokers connected",
            "MQTT, by broker.",
            f"min by (broker) (ctibridge_mqtt_connected{{{P}}})",
            "{{broker}}",
        ),
        _yes(
            "Store is written",
            "What a restart goes on from, and the history; empty where nothing is kept.",
            "min by (instance) (ctibridge_store_written)",
            "{{instance}}",
        ),
    ),
)

PBX_SIDE: Final = Section(
    title="The PBX",
    panels=(
        _lines(
            "Events, each second",
            "What AMI sends, the ten commonest.",
            Query(
                expr=f"topk(10, sum by (event) (rate(ctibridge_ami_events_total{{{P}}}[$__rate_interval])))",
                legend="{{event}}",
            ),
        ),
        _lines(
            "Age of the newest event",
            "By the PBX's clock: a steady offset is a difference of clocks, growth in a busy hour is silence.",
            Query(
                expr=f"time() - max by (pbx) (ctibridge_ami_last_event_timestamp_seconds{{{P}}})",
                legend="{{pbx}}",
            ),
            unit="s",
        ),
        _lines(
            "Out of sight, of each minute",
            "Seconds of each minute in which the PBX could not be seen.",
            _each("ctibridge_gap_seconds_total", "pbx", "{{pbx}}", 60),
            unit="s",
        ),
        _lines(
            "Logins, each minute",
            "More than one now and then is a connection that does not last.",
            _each("ctibridge_ami_connects_total", "pbx", "{{pbx}}", 60),
        ),
        _lines(
            "Errors of the connection and of messages",
            "Since the bridge began to count, by kind; a line without a name means that there were none.",
            Query(expr=f"sum by (kind) (ctibridge_ami_errors_total{{{P}}}) or vector(0)", legend="{{kind}}"),
        ),
        _lines(
            "Not as expected",
            "Since the bridge began to count: events that did not fit, facts that full pictures repaired, calls of gaps "
            "that queue_log told of, and contradictions of the bridge's own figures, which are faults of ours.",
            Query(expr=f"sum(ctibridge_unexpected_events_total{{{P}}}) or vector(0)", legend="unexpected events"),
            Query(expr=f"sum(ctibridge_repaired_total{{{P}}})", legend="repaired by full pictures"),
            Query(expr=f"sum(ctibridge_gap_calls_recovered_total{{{P}}})", legend="calls taken from queue_log"),
            Query(expr=f"sum(ctibridge_invariant_broken_total{{{P}}})", legend="contradictions"),
        ),
        _lines(
            "Facts told alike by AMI and queue_log, each minute",
            "While queue_log is read; 0 where it is not configured.",
            _each("ctibridge_audit_matched_total", "pbx", "{{pbx}}", 60),
        ),
        _lines(
            "Facts that only one of them told",
            "Since the bridge began to count, by kind; queue_log was followed. A line without a name means that there were "
            "none.",
            Query(expr=f"sum by (kind) (ctibridge_audit_mismatch_total{{{P}}}) or vector(0)", legend="{{kind}}"),
        ),
        _lines(
            "Agents without metrics",
            "How many agents there are more than the bridge exports; 0 is right.",
            Query(expr=f"max by (pbx) (ctibridge_agents_not_exported{{{P}}})", legend="{{pbx}}"),
        ),
    ),
)

BROKERS: Final = Section(
    title="Brokers",
    panels=(
        _lines(
            "Messages, each second",
            "Acknowledged by the broker, by class; of stats: handed over.",
            _each("ctibridge_mqtt_published_total", "broker, class", "{{class}} {{broker}}"),
        ),
        _lines(
            "From AMI to the broker's acknowledgement",
            "Half of all events take no longer than the lower line, 99 of 100 no longer than the upper.",
            Query(expr=quantile(0.5, "ctibridge_event_latency_seconds", "broker", P), legend="half {{broker}}"),
            Query(expr=quantile(0.99, "ctibridge_event_latency_seconds", "broker", P), legend="99 of 100 {{broker}}"),
            unit="s",
        ),
        _lines(
            "Events that wait",
            "Not acknowledged yet; at outbox_limit the oldest are dropped.",
            Query(expr=f"sum by (broker) (ctibridge_outbox_messages{{{P}}})", legend="{{broker}}"),
        ),
        _lines(
            "Age of the oldest that waits",
            "0 while none waits.",
            Query(
                expr=f"max by (broker) (time() - ctibridge_outbox_oldest_timestamp_seconds{{{P}}})"
                f" or max by (broker) (ctibridge_outbox_messages{{{P}}} * 0)",
                legend="{{broker}}",
            ),
            unit="s",
        ),
        _lines(
            "Events dropped",
            "Since the bridge began to count; states are right all the same.",
            Query(expr=f"sum by (broker) (ctibridge_outbox_dropped_total{{{P}}})", legend="{{broker}}"),
        ),
        _lines(
            "Messages refused, connections",
            "Since the bridge began to count. Refused: by the broker's access list, mostly.",
            Query(
                expr=f"sum by (broker, reason) (ctibridge_mqtt_rejected_total{{{P}}}) or vector(0)",
                legend="refused: {{reason}} {{broker}}",
            ),
            Query(expr=f"sum by (broker) (ctibridge_mqtt_connects_total{{{P}}})", legend="connections {{broker}}"),
        ),
    ),
)

PROCESS: Final = Section(
    title="The process",
    panels=(
        _lines(
            "How late the bridge wakes up",
            "99 of 100 wake-ups are no later; above 0.1 s it is too slow, above 0.25 s there is an alert.",
            Query(expr="max by (instance) (instance:ctibridge_loop_lag_seconds:p99_5m)", legend="{{instance}}"),
            unit="s",
        ),
        _lines(
            "How long the store takes",
            "99 of 100 writes take no longer.",
            Query(expr=quantile(0.99, "ctibridge_store_commit_seconds", "instance", JOB), legend="{{instance}}"),
            unit="s",
        ),
        _lines(
            "Processor",
            "Share of one core.",
            Query(expr=f"rate(process_cpu_seconds_total{{{JOB}}}[$__rate_interval])", legend="{{instance}}"),
            unit="percentunit",
        ),
        _lines(
            "Memory",
            "Resident.",
            Query(expr=f"process_resident_memory_bytes{{{JOB}}}", legend="{{instance}}"),
            unit="bytes",
        ),
        _lines(
            "What a scrape takes",
            "Time in which Prometheus reads the bridge.",
            Query(expr=f"scrape_duration_seconds{{{JOB}}}", legend="{{instance}}"),
            unit="s",
        ),
        Panel(
            kind="table",
            title="Versions",
            text="Which ctibridge runs, and on which Python.",
            unit="none",
            queries=(Query(expr="max by (instance, version, python) (ctibridge_build_info)"),),
        ),
    ),
)

THE_BRIDGE: Final = Dashboard(
    uid="ctibridge-bridge",
    title="The bridge",
    text="Can the figures be trusted? AMI, queue_log, brokers, store, speed.",
    variables=(PBX,),
    sections=(NOW, PBX_SIDE, BROKERS, PROCESS),
)
