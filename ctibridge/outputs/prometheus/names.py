"""Every metric: its name, type, labels, and what exactly it counts.

These names are a contract with dashboards and alert rules: add, and rename or drop none.  Counters begin at 0 when the
bridge starts; ratios are for recording rules, so that they can be formed over any time and any queues.
"""

from typing import Final, Literal

import msgspec


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One family, by the name that its samples carry."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str

    @property
    def family(self) -> str:
        """The name without the suffix that every counter's sample has."""
        return self.name.removesuffix("_total") if self.kind == "counter" else self.name


PBX: Final = ("pbx",)
QUEUE: Final = ("pbx", "queue")
AGENT: Final = ("pbx", "agent")
BROKER: Final = ("pbx", "broker")
ALERT: Final = ("pbx", "alert", "rule", "severity", "queue", "agent", "team")


def _counter(name: str, labels: tuple[str, ...], text: str) -> Metric:
    return Metric(name=f"ctibridge_{name}_total", kind="counter", labels=labels, help=text)


def _gauge(name: str, labels: tuple[str, ...], text: str) -> Metric:
    return Metric(name=f"ctibridge_{name}", kind="gauge", labels=labels, help=text)


def _histogram(name: str, labels: tuple[str, ...], text: str) -> Metric:
    return Metric(name=f"ctibridge_{name}", kind="histogram", labels=labels, help=text)


# -- queues: calls ----------------------------------------------------------------------------------------------------

CALLS_OFFERED: Final = _counter(
    "queue_calls_offered",
    QUEUE,
    "Callers who joined the queue (ENTERQUEUE). offered = answered + abandoned + exited + lost + waiting.",
)
CALLS_ANSWERED: Final = _counter("queue_calls_answered", QUEUE, "Callers connected to an agent (CONNECT).")
CALLS_COMPLETED: Final = _counter(
    "queue_calls_completed", QUEUE, "Answered calls that ended, transfers included (COMPLETE*, *TRANSFER)."
)
CALLS_ABANDONED: Final = _counter(
    "queue_calls_abandoned", QUEUE, "Callers who hung up while waiting, short ones included (ABANDON)."
)
CALLS_ABANDONED_SHORT: Final = _counter(
    "queue_calls_abandoned_short", QUEUE, "Of the abandoned: callers who waited at most short_abandon seconds."
)
CALLS_EXITED: Final = _counter(
    "queue_calls_exited",
    (*QUEUE, "reason"),
    "Callers who left the queue otherwise: EXITWITHTIMEOUT, EXITWITHKEY and so on.",
)
CALLS_REFUSED: Final = _counter(
    "queue_calls_refused",
    (*QUEUE, "reason"),
    "Callers whom the queue did not take; they are not offered. Blocked rate = refused / (refused + offered).",
)
CALLS_LOST: Final = _counter(
    "queue_calls_lost",
    QUEUE,
    "Offered callers who left while the bridge could not see how, and queue_log did not tell.",
)
CALLS_TRANSFERRED: Final = _counter(
    "queue_calls_transferred", (*QUEUE, "kind"), "Answered calls that were passed on. Transfer rate = this / answered."
)
CALLS_WITHIN_RINGS: Final = _counter(
    "queue_calls_answered_within_rings",
    QUEUE,
    "Answered calls whose answering phone rang at most rings x seconds_per_ring seconds.",
)
CALLS_WITHIN_THRESHOLD: Final = _counter(
    "queue_calls_answered_within_threshold",
    QUEUE,
    "Answered calls with a wait of at most the service-level threshold (Aw of every service-level formula).",
)
CALLS_ABANDONED_WITHIN: Final = _counter(
    "queue_calls_abandoned_within_threshold",
    QUEUE,
    "Abandoned calls with a wait of at most the service-level threshold (Bw of the service-level formulas).",
)
CALLS_ANSWERED_LATE: Final = _counter(
    "queue_calls_answered_late",
    QUEUE,
    "Answered calls with a wait above late_answer seconds. Late rate = this / answered.",
)
CALLS_ANSWERED_BEYOND: Final = _counter(
    "queue_calls_answered_beyond", QUEUE, "Answered calls with a wait above unanswered_after: not answered in effect."
)
SERVICE_LEVEL_MET: Final = _counter(
    "queue_calls_service_level_met",
    QUEUE,
    "Live service level, decided once a call: answered within the threshold.",
)
SERVICE_LEVEL_MISSED: Final = _counter(
    "queue_calls_service_level_missed",
    QUEUE,
    "Live service level, decided once a call: the threshold passed while it waited, or it was abandoned and not short.",
)
RING_NO_ANSWER: Final = _counter("queue_ring_no_answer", QUEUE, "Rings that nobody answered (RINGNOANSWER).")
RING_CANCELLED: Final = _counter(
    "queue_ring_cancelled", QUEUE, "Rings that ended because the caller left (RINGCANCELED)."
)

# -- queues: how they stand -------------------------------------------------------------------------------------------

CALLS_WAITING: Final = _gauge("queue_calls_waiting", QUEUE, "Callers in line; absent while the PBX cannot be seen.")
OLDEST_CALLER: Final = _gauge(
    "queue_oldest_caller_timestamp_seconds",
    QUEUE,
    "When the caller who waits longest joined, in seconds since 1970; absent while nobody waits.",
)
MEMBERS: Final = _gauge(
    "queue_members", (*QUEUE, "state"), "Members of the queue by agent state; absent while the PBX cannot be seen."
)
QUEUE_INFO: Final = _gauge("queue_info", (*QUEUE, "label"), "Always 1; what people call the queue.")
SERVICE_LEVEL_THRESHOLD: Final = _gauge(
    "queue_service_level_threshold_seconds",
    QUEUE,
    "Configured: an answer after a longer wait misses the service level.",
)
SERVICE_LEVEL_TARGET: Final = _gauge(
    "queue_service_level_target_ratio", QUEUE, "Configured: the share of calls to be answered in time, 0 to 1."
)

MAX_WAIT: Final = _gauge(
    "queue_max_wait_seconds", QUEUE, "Configured: a caller who waits longer than this is an alarm."
)
LATE_ANSWER: Final = _gauge(
    "queue_late_answer_seconds", QUEUE, "Configured: an answer after a longer wait is late (calls_answered_late)."
)
UNANSWERED_AFTER: Final = _gauge(
    "queue_unanswered_after_seconds",
    QUEUE,
    "Configured: after a longer wait a call is not answered in effect (calls_answered_beyond).",
)
SHORT_ABANDON: Final = _gauge(
    "queue_short_abandon_seconds", QUEUE, "Configured: who gives up within this wait has misdialled."
)
PROMPT_RING: Final = _gauge(
    "queue_prompt_ring_seconds", QUEUE, "Configured: rings x seconds_per_ring, the longest ring that is prompt."
)
WRAP_UP_TARGET: Final = _gauge(
    "queue_wrap_up_target_seconds", QUEUE, "Configured: after-call work should take no longer."
)
MISSED_IN_ROW: Final = _gauge(
    "queue_missed_in_row", QUEUE, "Configured: so many rings in a row that an agent does not answer are an alarm."
)
MIN_STAFF: Final = _gauge(
    "queue_min_staff", QUEUE, "Configured: members who have to be at their seats; 0 where nothing is asked for."
)

# -- queues: durations ------------------------------------------------------------------------------------------------

ANSWER_WAIT: Final = _histogram(
    "queue_answer_wait_seconds",
    QUEUE,
    "Wait in the queue of answered calls, whole seconds as stated by Asterisk. ASA = sum / count.",
)
ABANDON_WAIT: Final = _histogram(
    "queue_abandon_wait_seconds", QUEUE, "Wait in the queue of abandoned calls, whole seconds as stated by Asterisk."
)
RING: Final = _histogram(
    "queue_ring_seconds", QUEUE, "How long the phone that answered had rung, by the bridge's measure."
)
TALK: Final = _histogram(
    "queue_talk_seconds", QUEUE, "Answer to end of a call, customer hold included, whole seconds as stated by Asterisk."
)
HOLD: Final = _histogram("queue_hold_seconds", QUEUE, "Customer hold within a call, all its holds together.")
WRAP_UP: Final = _histogram("queue_wrap_up_seconds", QUEUE, "After-call work after a call of this queue.")

# -- agents -----------------------------------------------------------------------------------------------------------

AGENT_INFO: Final = _gauge("agent_info", (*AGENT, "name", "team"), "Always 1; who the agent is.")
AGENT_STATE: Final = _gauge(
    "agent_state", (*AGENT, "state"), "1 for the agent's present state, 0 for all others; absent while unseen."
)
AGENT_STATE_START: Final = _gauge(
    "agent_state_start_timestamp_seconds", AGENT, "When the present state began, in seconds since 1970."
)
AGENT_STATE_SECONDS: Final = _counter(
    "agent_state_seconds",
    (*AGENT, "state"),
    "Time spent in each state, the present stretch included. Occupancy = (busy + wrap_up) / (busy + wrap_up + ready).",
)
AGENT_ANSWERED: Final = _counter("agent_calls_answered", (*AGENT, "queue"), "Calls that the agent answered.")
AGENT_RING_NO_ANSWER: Final = _counter("agent_ring_no_answer", AGENT, "Rings that the agent did not answer.")
AGENT_LATE_ANSWERS: Final = _counter(
    "agent_late_answers", AGENT, "Calls that the agent answered after a wait above late_answer seconds."
)
AGENT_LIMIT_EXCEEDED: Final = _counter(
    "agent_limit_exceeded", (*AGENT, "reason"), "Pauses that lasted longer than the limit of their reason."
)
AGENT_LIMIT_DEADLINE: Final = _gauge(
    "agent_limit_deadline_timestamp_seconds",
    (*AGENT, "reason"),
    "When the present pause exceeds its limit, or did, in seconds since 1970; absent without one, and while unseen.",
)
PAUSE_LIMIT: Final = _gauge(
    "pause_limit_seconds", (*PBX, "reason"), "Configured: how long a pause for this reason may last."
)
AGENTS_NOT_EXPORTED: Final = _gauge(
    "agents_not_exported", PBX, "Agents left out of all agent metrics because there are more than the cap; 0 is right."
)

# -- alarms -----------------------------------------------------------------------------------------------------------

ALERT_FIRING: Final = _gauge(
    "alert_firing", ALERT, "1 for each alarm that fires; gone when it does not. What does not apply is empty."
)
ALERT_START: Final = _gauge("alert_start_timestamp_seconds", ALERT, "When the alarm was raised, in seconds since 1970.")
ALERT_ACKNOWLEDGED: Final = _gauge(
    "alert_acknowledged", ALERT, "1 when somebody has taken note of the alarm that fires, else 0."
)
ALERTS_RAISED: Final = _counter(
    "alerts_raised", (*PBX, "rule", "severity"), "Alarms raised; every configured rule is there from the beginning."
)

# -- the bridge -------------------------------------------------------------------------------------------------------

BUILD_INFO: Final = _gauge("build_info", ("version", "python"), "Always 1; which ctibridge this is.")
LOOP_LAG: Final = _histogram("loop_lag_seconds", (), "How late the event loop woke up: time in which nothing else ran.")
STORE_WRITTEN: Final = _gauge(
    "store_written", (), "1 while the store takes what is to be kept, else 0; absent where nothing is kept."
)
STORE_COMMIT: Final = _histogram(
    "store_commit_seconds", (), "How long it takes to keep the states of all PBXs, and the history before them."
)
SYNCED: Final = _gauge(
    "synced", PBX, "1 while the states are those of the PBX, 0 before the first full picture and in gaps."
)
AMI_CONNECTED: Final = _gauge("ami_connected", PBX, "1 while logged in to AMI.")
AMI_CONNECTS: Final = _counter("ami_connects", PBX, "Successful logins to AMI.")
AMI_EVENTS: Final = _counter("ami_events", (*PBX, "event"), "Events received, by name; unusual names are `other`.")
AMI_LAST_EVENT: Final = _gauge(
    "ami_last_event_timestamp_seconds", PBX, "When the newest event happened, in seconds since 1970 by the PBX's clock."
)
AMI_ERRORS: Final = _counter(
    "ami_errors", (*PBX, "kind"), "What was wrong with the connection or with messages, by kind."
)
REPAIRED: Final = _counter(
    "repaired",
    PBX,
    "Facts that a periodic full picture showed to be otherwise than believed: changes without an event.",
)
GAP_CALLS_RECOVERED: Final = _counter(
    "gap_calls_recovered", PBX, "Calls of times in which the PBX could not be seen, taken from queue_log afterwards."
)
AUDIT_MATCHED: Final = _counter("audit_matched", PBX, "Facts that AMI and queue_log told alike.")
AUDIT_MISMATCH: Final = _counter(
    "audit_mismatch",
    (*PBX, "kind"),
    "Facts that only one of AMI and queue_log told within 30 s; queue_log was followed.",
)
QUEUE_LOG_READ: Final = _gauge(
    "queue_log_read", PBX, "1 while queue_log is read and every figure is compared with it, else 0."
)
QUEUE_LOG_DAMAGED: Final = _counter(
    "queue_log_damaged_lines", PBX, "Lines of queue_log that are no records; absent where it is not followed."
)
GAP_SECONDS: Final = _counter("gap_seconds", PBX, "Time in which the PBX could not be seen, the present gap included.")
UNEXPECTED: Final = _counter(
    "unexpected_events", (*PBX, "kind"), "What the PBX reported and the model did not expect; the PBX was followed."
)
INVARIANT_BROKEN: Final = _counter(
    "invariant_broken", (*PBX, "kind"), "How often the bridge's own figures contradicted each other: a fault of ours."
)
MQTT_CONNECTED: Final = _gauge("mqtt_connected", BROKER, "1 while connected to the broker.")
MQTT_CONNECTS: Final = _counter("mqtt_connects", BROKER, "Successful connections to the broker.")
MQTT_PUBLISHED: Final = _counter(
    "mqtt_published",
    (*BROKER, "class"),
    "Messages that the broker acknowledged; of class stats, that were handed to it.",
)
MQTT_REJECTED: Final = _counter(
    "mqtt_rejected", (*BROKER, "reason"), "Messages that the broker refused, by its reason; they are not sent again."
)
OUTBOX_MESSAGES: Final = _gauge("outbox_messages", BROKER, "Events that the broker has not acknowledged yet.")
OUTBOX_OLDEST: Final = _gauge(
    "outbox_oldest_timestamp_seconds", BROKER, "When the oldest of them was taken in; absent when there is none."
)
OUTBOX_DROPPED: Final = _counter("outbox_dropped", BROKER, "Events dropped because the broker was away for too long.")
EVENT_LATENCY: Final = _histogram(
    "event_latency_seconds", BROKER, "From taking in what led to an event to the broker's acknowledgement of it."
)

METRICS: Final = tuple(value for value in tuple(globals().values()) if isinstance(value, Metric))
"""All of them, in the order of this file."""
