"""One team, or one agent: how is the time spent, and who misses rings?"""

from typing import Final

from scripts.dashboards.panels import Dashboard, Panel, Query, Section
from scripts.dashboards.words import AGENT, PBX, STATES, TEAM, WORKING

WHO: Final = 'pbx=~"$pbx", agent=~"$agent"'
TEAM_OF: Final = 'on (pbx, agent) group_left (team, name) max by (pbx, agent, team, name) (ctibridge_agent_info{pbx=~"$pbx", team=~"$team"})'
AS_NUMBERS: Final = " or ".join(
    f'{number} * ctibridge_agent_state{{{WHO}, state="{state}"}}' for number, state in enumerate(STATES, start=1)
)


def _of_team(expression: str) -> str:
    """An expression by agent, for the chosen team only, with team and name."""
    return f"({expression}) * {TEAM_OF}"


def _number(title: str, text: str, matchers: str) -> Panel:
    return Panel(
        kind="stat",
        title=title,
        text=text,
        unit="short",
        width=6,
        height=4,
        queries=(Query(expr=f"sum({_of_team(f'ctibridge_agent_state{{{WHO}, {matchers}}}')})"),),
    )


def _counted(title: str, text: str, expression: str) -> Panel:
    """By agent, within the time that is shown; the ten highest."""
    return Panel(
        kind="bargauge",
        title=title,
        text=text,
        unit="short",
        decimals=0,
        queries=(Query(expr=f"topk(10, {expression})", legend="{{agent}} {{name}}"),),
    )


NOW: Final = Section(
    title="Now",
    panels=(
        _number("At work", "Ready, ringing, talking or writing up.", WORKING),
        _number("Ready", "Would take the next call.", 'state="ready"'),
        _number("Not ready", "Pausing, whatever the reason.", 'state="not_ready"'),
        _number("Unreachable", "Asterisk cannot reach the telephone.", 'state="unreachable"'),
        Panel(
            kind="state-timeline",
            title="States",
            text="One line an agent.",
            unit="none",
            width=12,
            height=9,
            words=dict(enumerate(STATES.values(), start=1)),
            queries=(Query(expr=_of_team(f"max by (pbx, agent) ({AS_NUMBERS})"), legend="{{agent}} {{name}}"),),
        ),
        Panel(
            kind="bargauge",
            title="Longest pauses now",
            text="For how long agents have not been ready; a bar without a name means that nobody pauses.",
            unit="s",
            width=6,
            height=9,
            decimals=0,
            queries=(
                Query(
                    expr="topk(10, "
                    + _of_team(
                        f"time() - ctibridge_agent_state_start_timestamp_seconds{{{WHO}}}"
                        f' and on (pbx, agent) ctibridge_agent_state{{{WHO}, state="not_ready"}} == 1'
                    )
                    + ") or vector(0)",
                    legend="{{agent}} {{name}}",
                ),
            ),
        ),
        Panel(
            kind="bargauge",
            title="Pauses against their limit",
            text="Time over the limit of the pause's reason, longest first; below 0 there is time left. A bar without a name "
            "means that nobody pauses with a limit.",
            unit="s",
            width=6,
            height=9,
            decimals=0,
            steps={-100000: "green", 0: "red"},
            queries=(
                Query(
                    expr="topk(10, "
                    + _of_team(
                        f"time() - max by (pbx, agent) (ctibridge_agent_limit_deadline_timestamp_seconds{{{WHO}}})"
                    )
                    + ") or vector(0)",
                    legend="{{agent}} {{name}}",
                ),
            ),
        ),
    ),
)

TIME: Final = Section(
    title="Time",
    panels=(
        Panel(
            kind="timeseries",
            title="How the time is spent",
            text="Agents in each state on the average, logged out left out.",
            unit="short",
            width=12,
            is_stacked=True,
            queries=(
                Query(
                    expr="sum by (state) ("
                    + _of_team(
                        f'rate(ctibridge_agent_state_seconds_total{{{WHO}, state!="logged_out"}}[$__rate_interval])'
                    )
                    + ")",
                    legend="{{state}}",
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Occupancy, last hour",
            text="(busy + wrap-up) / (busy + wrap-up + ready), by agent; pauses are outside.",
            unit="percentunit",
            width=12,
            queries=(
                Query(
                    expr=_of_team(
                        f'sum by (pbx, agent) (increase(ctibridge_agent_state_seconds_total{{{WHO}, state=~"busy|wrap_up"}}[1h]))'
                        " / (sum by (pbx, agent)"
                        f' (increase(ctibridge_agent_state_seconds_total{{{WHO}, state=~"busy|wrap_up|ready"}}[1h])) > 0)'
                    ),
                    legend="{{agent}} {{name}}",
                ),
            ),
        ),
    ),
)

WORK: Final = Section(
    title="Work, in the time that is shown",
    panels=(
        _counted(
            "Calls answered",
            "By agent, over all queues.",
            _of_team(f"sum by (pbx, agent) (increase(ctibridge_agent_calls_answered_total{{{WHO}}}[$__range]))"),
        ),
        _counted(
            "Rings not answered",
            "Rings that the agent left to ring or rejected.",
            _of_team(f"sum by (pbx, agent) (increase(ctibridge_agent_ring_no_answer_total{{{WHO}}}[$__range]))"),
        ),
        _counted(
            "Late answers",
            "Calls that the agent answered after the caller had waited longer than late_answer; not the agent's fault alone.",
            _of_team(f"sum by (pbx, agent) (increase(ctibridge_agent_late_answers_total{{{WHO}}}[$__range]))"),
        ),
        Panel(
            kind="bargauge",
            title="Pauses over their limit",
            text="By agent and reason, since the bridge began to count; a bar without a name means that there were none.",
            unit="short",
            width=12,
            decimals=0,
            queries=(
                Query(
                    expr=f"topk(10, sum by (pbx, agent, reason) (ctibridge_agent_limit_exceeded_total{{{WHO}}}))"
                    " or vector(0)",
                    legend="{{agent}} {{reason}}",
                ),
            ),
        ),
        Panel(
            kind="timeseries",
            title="Calls answered by queue, each minute",
            text="For whom the chosen agents work.",
            unit="short",
            width=12,
            is_stacked=True,
            queries=(
                Query(
                    expr=f"60 * sum by (queue) (rate(ctibridge_agent_calls_answered_total{{{WHO}}}[$__rate_interval]))",
                    legend="{{queue}}",
                ),
            ),
        ),
    ),
)

ONE_TEAM: Final = Dashboard(
    uid="ctibridge-team",
    title="One team",
    text="How does a team, or one agent, spend the time? Who misses rings?",
    variables=(PBX, TEAM, AGENT),
    sections=(NOW, TIME, WORK),
)
