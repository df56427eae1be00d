"""The floor: is everybody served, everywhere?"""

from typing import Final

from scripts.dashboards.panels import Dashboard, Panel, Query, Section, Unit
from scripts.dashboards.words import HERE, LABEL, LONGEST_WAIT, PBX, QUEUES, WORKING, per_minute

NOW: Final = Section(
    title="Now",
    panels=(
        Panel(
            kind="stat",
            title="Callers waiting",
            text="Callers in line in all chosen queues together.",
            unit="short",
            width=4,
            height=4,
            queries=(Query(expr=f"sum(ctibridge_queue_calls_waiting{{{HERE}}})"),),
        ),
        Panel(
            kind="stat",
            title="Longest wait",
            text="How long the caller who waits longest has waited; 0 while nobody waits.",
            unit="s",
            width=4,
            height=4,
            decimals=0,
            queries=(Query(expr=f"max({LONGEST_WAIT})"),),
        ),
        Panel(
            kind="stat",
            title="Longest wait, of what is allowed",
            text="The longest wait as a share of the queue's own limit (max_wait); above 100 % somebody waits too long.",
            unit="percentunit",
            width=4,
            height=4,
            steps={0: "green", 0.8: "orange", 1: "red"},
            decimals=0,
            queries=(
                Query(expr=f"max(({LONGEST_WAIT}) / on (pbx, queue) (ctibridge_queue_max_wait_seconds{{{HERE}}} > 0))"),
            ),
        ),
        Panel(
            kind="stat",
            title="Agents at work",
            text="Ready, ringing, talking or writing up; each person once, in however many queues.",
            unit="short",
            width=4,
            height=4,
            queries=(Query(expr=f'sum(ctibridge_agent_state{{pbx=~"$pbx", {WORKING}}})'),),
        ),
        Panel(
            kind="stat",
            title="Queues short of staff",
            text="Queues with fewer agents at work than min_staff asks for.",
            unit="short",
            width=4,
            height=4,
            steps={0: "green", 1: "red"},
            queries=(
                Query(
                    expr=f"count(sum by (pbx, queue) (ctibridge_queue_members{{{HERE}, {WORKING}}})"
                    f" < on (pbx, queue) ctibridge_queue_min_staff{{{HERE}}}) or vector(0)"
                ),
            ),
        ),
        Panel(
            kind="stat",
            title="Alarms that nobody has noted",
            text="Alarms of the bridge's own rules that fire now and that nobody has acknowledged, whatever their severity.",
            unit="short",
            width=4,
            height=4,
            steps={0: "green", 1: "orange"},
            queries=(Query(expr='count(ctibridge_alert_acknowledged{pbx=~"$pbx"} == 0) or vector(0)'),),
        ),
    ),
)

SERVICE: Final = Section(
    title="Service level",
    panels=(
        Panel(
            kind="timeseries",
            title="Calls answered in time, last hour",
            text="Share of the calls decided in the last hour that were answered within the queue's threshold. A call is "
            "decided at its answer, its abandon, or when the threshold passes. Dashed: the queue's target.",
            unit="percentunit",
            width=12,
            queries=(
                Query(
                    expr=f"1 - pbx_queue:ctibridge_queue_calls_service_level_missed:ratio1h{{{HERE}}}",
                    legend="{{queue}}",
                ),
                Query(
                    expr=f"max by (queue) (ctibridge_queue_service_level_target_ratio{{{HERE}}})",
                    legend="target of {{queue}}",
                    is_target=True,
                ),
            ),
        ),
        Panel(
            kind="bargauge",
            title="Above or below the target, last hour",
            text="Service level less the queue's own target, in points; below 0 the target is missed.",
            unit="percentunit",
            width=6,
            steps={-1: "red", 0: "green"},
            decimals=0,
            queries=(
                Query(
                    expr=f"pbx_queue:ctibridge_queue_service_level_budget:ratio{{{HERE}}}"
                    f" - pbx_queue:ctibridge_queue_calls_service_level_missed:ratio1h{{{HERE}}}",
                    legend="{{queue}}",
                ),
            ),
        ),
        Panel(
            kind="bargauge",
            title="How fast the budget burns, last hour",
            text="Missed calls as a multiple of what the target allows: 1 just meets it, above 2.5 somebody is paged.",
            unit="none",
            width=6,
            steps={0: "green", 1: "orange", 2.5: "red"},
            decimals=1,
            queries=(
                Query(
                    expr=f"pbx_queue:ctibridge_queue_calls_service_level_missed:ratio1h{{{HERE}}}"
                    f" / (pbx_queue:ctibridge_queue_service_level_budget:ratio{{{HERE}}} > 0)",
                    legend="{{queue}}",
                ),
            ),
        ),
    ),
)

CALLS: Final = Section(
    title="Calls",
    panels=(
        Panel(
            kind="timeseries",
            title="Callers in line",
            text="By queue; a gap is a time in which the PBX could not be seen.",
            unit="short",
            queries=(Query(expr=f"sum by (queue) (ctibridge_queue_calls_waiting{{{HERE}}})", legend="{{queue}}"),),
        ),
        Panel(
            kind="timeseries",
            title="Callers who join, each minute",
            text="By queue.",
            unit="short",
            queries=(Query(expr=per_minute("ctibridge_queue_calls_offered_total", "queue"), legend="{{queue}}"),),
        ),
        Panel(
            kind="timeseries",
            title="What became of them, each minute",
            text="Answered, hung up while waiting, left otherwise (time-out, key, empty queue), or not let in at all.",
            unit="short",
            is_stacked=True,
            queries=tuple(
                Query(
                    expr=f"60 * sum(rate(ctibridge_queue_calls_{metric}_total{{{HERE}}}[$__rate_interval]))",
                    legend=word,
                )
                for metric, word in (
                    ("answered", "answered"),
                    ("abandoned", "hung up"),
                    ("exited", "left otherwise"),
                    ("refused", "turned away"),
                )
            ),
        ),
        Panel(
            kind="timeseries",
            title="Callers who give up, last hour",
            text="Share of callers who hung up while waiting, without misdialled calls (short_abandon). 3 to 5 % is usual.",
            unit="percentunit",
            queries=(
                Query(expr=f"pbx_queue:ctibridge_queue_calls_abandoned_net:ratio1h{{{HERE}}}", legend="{{queue}}"),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Mean wait until the answer, last half hour (ASA)",
            text="Of answered calls. Dashed: the service-level threshold.",
            unit="s",
            queries=(
                Query(expr=f"pbx_queue:ctibridge_queue_answer_wait_seconds:mean30m{{{HERE}}}", legend="{{queue}}"),
                Query(
                    expr=f"max by (queue) (ctibridge_queue_service_level_threshold_seconds{{{HERE}}})",
                    legend="threshold of {{queue}}",
                    is_target=True,
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Calls answered, of those offered, last hour",
            text="Answer rate; a call counts when it is offered and when it is answered, so short windows may exceed 100 %.",
            unit="percentunit",
            queries=(Query(expr=f"pbx_queue:ctibridge_queue_calls_answered:ratio1h{{{HERE}}}", legend="{{queue}}"),),
        ),
    ),
)

RECORDED: Final = "pbx_queue:ctibridge_queue"
DAY_COLUMNS: Final[tuple[tuple[str, Unit, float, str], ...]] = (
    # Name, unit, rounded to, expression.
    ("Offered", "short", 1, f"{RECORDED}_calls_offered:increase1d{{{HERE}}}"),
    ("Answered", "percentunit", 0.001, f"{RECORDED}_calls_answered:ratio1d{{{HERE}}}"),
    ("In time", "percentunit", 0.001, f"1 - {RECORDED}_calls_service_level_missed:ratio1d{{{HERE}}}"),
    ("Give up", "percentunit", 0.001, f"{RECORDED}_calls_abandoned_net:ratio1d{{{HERE}}}"),
    ("Turned away", "percentunit", 0.001, f"{RECORDED}_calls_refused:ratio1d{{{HERE}}}"),
    ("ASA", "s", 1, f"{RECORDED}_answer_wait_seconds:mean30m{{{HERE}}}"),
)

DAY: Final = Section(
    title="The last 24 hours",
    panels=(
        Panel(
            kind="table",
            title="Queues, last 24 hours",
            text="Offered: who joined. In time: within the threshold, of those decided. Give up: without misdialled calls. "
            "Turned away: of all who called. ASA: mean wait of answered calls, last half hour.",
            unit="none",
            width=24,
            queries=tuple(
                Query(expr=f"round({expr}, {to}) * {LABEL}", legend=name, unit=unit)
                for name, unit, to, expr in DAY_COLUMNS
            ),
        ),
    ),
)

PEOPLE: Final = Section(
    title="People",
    panels=(
        Panel(
            kind="timeseries",
            title="Agents by state",
            text="Each person once. Not ready is a pause, unreachable a telephone that Asterisk cannot reach.",
            unit="short",
            width=12,
            is_stacked=True,
            queries=(
                Query(
                    expr='sum by (state) (ctibridge_agent_state{pbx=~"$pbx", state!="logged_out"})', legend="{{state}}"
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Occupancy of teams, last hour",
            text="(busy + wrap-up) / (busy + wrap-up + ready); pauses are outside. Agents without a team are one together.",
            unit="percentunit",
            width=12,
            queries=(Query(expr='pbx_team:ctibridge_agent_occupancy:ratio1h{pbx=~"$pbx"}', legend="{{team}}"),),
        ),
    ),
)

ALARMS: Final = Section(
    title="Alarms",
    panels=(
        Panel(
            kind="table",
            title="Alarms of the bridge that fire now",
            text="What the bridge's own rules say is wrong; a row without a rule means that nothing is.",
            unit="none",
            width=12,
            queries=(
                Query(
                    expr="time() - min by (pbx, severity, rule, queue, agent, team)"
                    ' (ctibridge_alert_start_timestamp_seconds{pbx=~"$pbx"}) or vector(0)',
                    legend="for",
                    unit="s",
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Alarms raised, each hour",
            text="By rule of the bridge.",
            unit="short",
            width=12,
            is_stacked=True,
            queries=(
                Query(
                    expr='3600 * sum by (rule) (rate(ctibridge_alerts_raised_total{pbx=~"$pbx"}[$__rate_interval])) > 0'
                    " or vector(0)",
                    legend="{{rule}}",
                ),
            ),
        ),
        Panel(
            kind="table",
            title="Alerts of Prometheus that fire now",
            text="What the shipped alert rules say is wrong; a row without a name means that nothing is.",
            unit="none",
            width=12,
            queries=(
                Query(
                    expr="sum by (severity, alertname, pbx, queue, agent, broker)"
                    ' (ALERTS{alertstate="firing", severity!=""}) or vector(0)',
                    legend="how many",
                ),
            ),
        ),
    ),
)

FLOOR: Final = Dashboard(
    uid="ctibridge-floor",
    title="The floor",
    text="Are callers served everywhere? Who waits, who is there, which alarms fire?",
    variables=(PBX, QUEUES),
    sections=(NOW, SERVICE, CALLS, DAY, PEOPLE, ALARMS),
)
