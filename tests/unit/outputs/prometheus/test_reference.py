from pathlib import Path

from ctibridge.outputs.prometheus.names import METRICS
from ctibridge.outputs.prometheus.reference import reference

PAGE = Path(__file__).parents[4] / "docs" / "metrics.md"

CONTRACT = """
queue_calls_offered_total queue_calls_answered_total queue_calls_abandoned_total queue_calls_abandoned_short_total
queue_calls_exited_total queue_calls_refused_total queue_calls_answered_within_rings_total
queue_calls_service_level_met_total queue_calls_service_level_missed_total queue_calls_transferred_total
queue_calls_waiting queue_oldest_caller_timestamp_seconds queue_members queue_ring_no_answer_total
queue_ring_cancelled_total queue_answer_wait_seconds queue_abandon_wait_seconds queue_ring_seconds queue_talk_seconds
queue_hold_seconds queue_wrap_up_seconds queue_service_level_threshold_seconds queue_service_level_target_ratio
queue_max_wait_seconds queue_min_staff
agent_state agent_state_start_timestamp_seconds agent_state_seconds_total agent_calls_answered_total
agent_ring_no_answer_total agent_late_answers_total agent_limit_exceeded_total agent_info build_info ami_connected
ami_connects_total ami_events_total ami_last_event_timestamp_seconds ami_errors_total gap_seconds_total
gap_calls_recovered_total audit_mismatch_total mqtt_connected
mqtt_published_total mqtt_rejected_total outbox_messages outbox_oldest_timestamp_seconds outbox_dropped_total
event_latency_seconds loop_lag_seconds store_written store_commit_seconds
"""
"""Names that dashboards and alert rules rely on: this list only grows."""


def test_no_published_name_is_dropped_or_renamed() -> None:
    assert {f"ctibridge_{name}" for name in CONTRACT.split()} <= {metric.name for metric in METRICS}


def test_names_are_unique_and_follow_their_type() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
        assert metric.kind != "histogram" or metric.name.endswith("_seconds"), metric.name
        assert metric.help.endswith("."), metric.name


def test_the_page_is_what_the_table_says() -> None:
    """Otherwise: python -m ctibridge.outputs.prometheus.reference > docs/metrics.md"""
    assert PAGE.read_text(encoding="utf-8") == reference()
