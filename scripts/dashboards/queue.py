"""One queue: why is its service level what it is?"""

from typing import Final

from scripts.dashboards.panels import Dashboard, Panel, Query, Section
from scripts.dashboards.words import HERE, LONGEST_WAIT, PBX, QUEUE, WORKING, per_minute, quantile

COMPLETED: Final = f"sum(rate(ctibridge_queue_talk_seconds_count{{{HERE}}}[$__rate_interval]))"


def _each_call(metric: str) -> str:
    return f"sum(rate(ctibridge_queue_{metric}_seconds_sum{{{HERE}}}[$__rate_interval])) / ({COMPLETED} > 0)"


def _number(title: str, text: str, expr: str, **more: object) -> Panel:
    return Panel(
        **{"kind": "stat", "title": title, "text": text, "unit": "short", "width": 4, "height": 4}  # type: ignore[arg-type]
        | {"queries": (Query(expr=expr),)}
        | more
    )


NOW: Final = Section(
    title="Now",
    panels=(
        _number("Callers waiting", "Callers in line.", f"sum(ctibridge_queue_calls_waiting{{{HERE}}})"),
        _number(
            "Longest wait, of what is allowed",
            "The longest wait as a share of the queue's limit (max_wait); above 100 % somebody waits too long.",
            f"max(({LONGEST_WAIT}) / on (pbx, queue) (ctibridge_queue_max_wait_seconds{{{HERE}}} > 0))",
            unit="percentunit",
            steps={0: "green", 0.8: "orange", 1: "red"},
            decimals=0,
        ),
        _number("Ready", "Agents who would be called next.", f'sum(ctibridge_queue_members{{{HERE}, state="ready"}})'),
        _number(
            "At work, above the least",
            "Agents who are ready, ringing, talking or writing up, less min_staff; below 0 seats are empty.",
            f"sum(ctibridge_queue_members{{{HERE}, {WORKING}}}) - sum(ctibridge_queue_min_staff{{{HERE}}})",
            steps={-1000: "red", 0: "green"},
        ),
        _number(
            "In time against the target, last hour",
            "Service level of the last hour less the target, in points; below 0 the target is missed.",
            f"max(pbx_queue:ctibridge_queue_service_level_budget:ratio{{{HERE}}}"
            f" - pbx_queue:ctibridge_queue_calls_service_level_missed:ratio1h{{{HERE}}})",
            unit="percentunit",
            steps={-1: "red", 0: "green"},
            decimals=1,
        ),
        _number(
            "Callers who give up, last hour",
            "Share of callers who hung up while waiting, without misdialled calls.",
            f"max(pbx_queue:ctibridge_queue_calls_abandoned_net:ratio1h{{{HERE}}})",
            unit="percentunit",
            decimals=1,
        ),
    ),
)

SERVICE: Final = Section(
    title="Service level",
    panels=(
        Panel(
            kind="timeseries",
            title="Calls answered in time",
            text="Over half an hour, an hour and four hours. Dashed: the target, and where somebody is paged.",
            unit="percentunit",
            width=12,
            queries=(
                *(
                    Query(
                        expr=f"1 - max(pbx_queue:ctibridge_queue_calls_service_level_missed:ratio{window}{{{HERE}}})",
                        legend=word,
                    )
                    for window, word in (("30m", "last half hour"), ("1h", "last hour"), ("4h", "last four hours"))
                ),
                Query(
                    expr=f"max(ctibridge_queue_service_level_target_ratio{{{HERE}}})", legend="target", is_target=True
                ),
                Query(
                    expr=f"1 - max(pbx_queue:ctibridge_queue_service_level_page:ratio{{{HERE}}})",
                    legend="page",
                    is_target=True,
                ),
            ),
        ),
        Panel(
            kind="heatmap",
            title="How long callers waited until the answer",
            text="Answered calls by the length of their wait; the darker, the more.",
            unit="s",
            width=12,
            queries=(
                Query(
                    expr=f"sum by (le) (increase(ctibridge_queue_answer_wait_seconds_bucket{{{HERE}}}[$__rate_interval]))",
                    legend="{{le}}",
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Wait until the answer",
            text="Half of the answered callers waited no longer than the lower line, nine of ten no longer than the upper. "
            "Dashed: the service-level threshold.",
            unit="s",
            queries=(
                Query(expr=quantile(0.5, "ctibridge_queue_answer_wait_seconds"), legend="half"),
                Query(expr=quantile(0.9, "ctibridge_queue_answer_wait_seconds"), legend="nine of ten"),
                Query(
                    expr=f"max(ctibridge_queue_service_level_threshold_seconds{{{HERE}}})",
                    legend="threshold",
                    is_target=True,
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Wait until giving up, last hour",
            text="Mean wait of callers who hung up while waiting: how much patience they have.",
            unit="s",
            queries=(
                Query(
                    expr=f"sum(increase(ctibridge_queue_abandon_wait_seconds_sum{{{HERE}}}[1h]))"
                    f" / (sum(increase(ctibridge_queue_abandon_wait_seconds_count{{{HERE}}}[1h])) > 0)",
                    legend="mean",
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="How long telephones ring",
            text="Until the answer, by the telephone that answered: half ring no longer than the lower line, nine of ten no "
            "longer than the upper. Dashed: rings x seconds_per_ring.",
            unit="s",
            queries=(
                Query(expr=quantile(0.5, "ctibridge_queue_ring_seconds"), legend="half"),
                Query(expr=quantile(0.9, "ctibridge_queue_ring_seconds"), legend="nine of ten"),
                Query(
                    expr=f"max(ctibridge_queue_prompt_ring_seconds{{{HERE}}})",
                    legend="within the rings",
                    is_target=True,
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Shares of answered calls, last hour",
            text="Answered within the rings; late (late_answer); so late that they count as not answered (unanswered_after).",
            unit="percentunit",
            width=12,
            queries=tuple(
                Query(
                    expr=f"sum(increase(ctibridge_queue_calls_answered_{metric}_total{{{HERE}}}[1h]))"
                    f" / (sum(increase(ctibridge_queue_calls_answered_total{{{HERE}}}[1h])) > 0)",
                    legend=word,
                )
                for metric, word in (("within_rings", "within the rings"), ("late", "late"), ("beyond", "too late"))
            ),
        ),
        Panel(
            kind="timeseries",
            title="Shares of abandoned calls, last hour",
            text="Misdialled (short_abandon), and given up before the service-level threshold had passed.",
            unit="percentunit",
            width=12,
            queries=tuple(
                Query(
                    expr=f"sum(increase(ctibridge_queue_calls_abandoned_{metric}_total{{{HERE}}}[1h]))"
                    f" / (sum(increase(ctibridge_queue_calls_abandoned_total{{{HERE}}}[1h])) > 0)",
                    legend=word,
                )
                for metric, word in (("short", "misdialled"), ("within_threshold", "before the threshold"))
            ),
        ),
    ),
)

CALLS: Final = Section(
    title="Calls",
    panels=(
        Panel(
            kind="timeseries",
            title="Callers, each minute",
            text="Who joined, who was answered, who hung up while waiting.",
            unit="short",
            queries=tuple(
                Query(expr=per_minute(f"ctibridge_queue_calls_{metric}_total", "pbx"), legend=word)
                for metric, word in (("offered", "joined"), ("answered", "answered"), ("abandoned", "hung up"))
            ),
        ),
        Panel(
            kind="timeseries",
            title="Left otherwise or turned away, each minute",
            text="Callers who left by time-out, key or because the queue was empty, and callers who were not let in.",
            unit="short",
            queries=(
                Query(expr=per_minute("ctibridge_queue_calls_exited_total", "reason"), legend="left: {{reason}}"),
                Query(expr=per_minute("ctibridge_queue_calls_lost_total", "pbx"), legend="nobody saw how"),
                Query(
                    expr=per_minute("ctibridge_queue_calls_refused_total", "reason"), legend="turned away: {{reason}}"
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Calls passed on, each minute",
            text="Answered calls that the agent transferred, by the way it was done.",
            unit="short",
            queries=(Query(expr=per_minute("ctibridge_queue_calls_transferred_total", "kind"), legend="{{kind}}"),),
        ),
        Panel(
            kind="timeseries",
            title="What a call takes (AHT)",
            text="For each completed call: conversation with holds, holds alone, and after-call work. AHT is talk + wrap-up. Dashed: what wrap-up should take.",
            unit="s",
            queries=(
                Query(expr=_each_call("talk"), legend="talk, with holds"),
                Query(expr=_each_call("hold"), legend="of it on hold"),
                Query(expr=_each_call("wrap_up"), legend="wrap-up"),
                Query(
                    expr=f"max(ctibridge_queue_wrap_up_target_seconds{{{HERE}}})",
                    legend="target of wrap-up",
                    is_target=True,
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="How telephones rang, each minute",
            text="Rings that were answered, that nobody answered, and that ended because the caller left.",
            unit="short",
            is_stacked=True,
            queries=(
                Query(expr=per_minute("ctibridge_queue_calls_answered_total", "pbx"), legend="answered"),
                Query(expr=per_minute("ctibridge_queue_ring_no_answer_total", "pbx"), legend="nobody answered"),
                Query(expr=per_minute("ctibridge_queue_ring_cancelled_total", "pbx"), legend="the caller left"),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Agents by state",
            text="Members of the queue. Dashed: min_staff, to be compared with ready, ringing, busy and wrap-up together.",
            unit="short",
            is_stacked=True,
            queries=(
                Query(expr=f"sum by (state) (ctibridge_queue_members{{{HERE}}})", legend="{{state}}"),
                Query(expr=f"sum(ctibridge_queue_min_staff{{{HERE}}})", legend="least", is_target=True),
            ),
        ),
    ),
)

ONE_QUEUE: Final = Dashboard(
    uid="ctibridge-queue",
    title="One queue",
    text="Why is this queue's service level what it is?",
    variables=(PBX, QUEUE),
    sections=(NOW, SERVICE, CALLS),
)
