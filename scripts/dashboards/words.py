"""What several dashboards say in the same way."""

from typing import Final

from scripts.dashboards.panels import Colour, Variable

PBX: Final = Variable(name="pbx", label="PBX", query="label_values(ctibridge_synced, pbx)")
QUEUES: Final = Variable(name="queue", label="Queue", query='label_values(ctibridge_queue_info{pbx=~"$pbx"}, queue)')
QUEUE: Final = Variable(
    name="queue",
    label="Queue",
    query='label_values(ctibridge_queue_info{pbx=~"$pbx"}, queue)',
    is_multiple=False,
)
TEAM: Final = Variable(name="team", label="Team", query='label_values(ctibridge_agent_info{pbx=~"$pbx"}, team)')
AGENT: Final = Variable(
    name="agent", label="Agent", query='label_values(ctibridge_agent_info{pbx=~"$pbx", team=~"$team"}, agent)'
)

HERE: Final = 'pbx=~"$pbx", queue=~"$queue"'
"""Matchers of the chosen queues."""
LABEL: Final = 'on (pbx, queue) group_left (label) max by (pbx, queue, label) (ctibridge_queue_info{pbx=~"$pbx"})'
"""What people call a queue: a factor of 1."""
WORKING: Final = 'state=~"ready|ringing|busy|wrap_up"'
"""At their seats, as ``min_staff`` counts them."""

STATES: Final[dict[str, tuple[str, Colour]]] = {
    "ready": ("ready", "green"),
    "ringing": ("ringing", "yellow"),
    "busy": ("busy", "blue"),
    "wrap_up": ("wrap-up", "purple"),
    "not_ready": ("not ready", "orange"),
    "unreachable": ("unreachable", "red"),
    "logged_out": ("logged out", "gray"),
    "unknown": ("unknown", "text"),
}
"""States of agents as numbers from 1, in this order."""

LONGEST_WAIT: Final = (
    f"max by (pbx, queue) (time() - ctibridge_queue_oldest_caller_timestamp_seconds{{{HERE}}})"
    f" or max by (pbx, queue) (ctibridge_queue_calls_waiting{{{HERE}}} * 0)"
)
"""Seconds; 0 while nobody waits."""


def per_minute(metric: str, by: str, matchers: str = HERE) -> str:
    """How often a minute a counter grew."""
    return f"60 * sum by ({by}) (rate({metric}{{{matchers}}}[$__rate_interval]))"


def quantile(share: float, metric: str, by: str = "", matchers: str = HERE) -> str:
    """The duration that this share of a histogram does not exceed."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{{{matchers}}}[$__rate_interval])))"
