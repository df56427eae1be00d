from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain.changes import Change
from ctibridge.domain.journal import SILENT as NEVER_NUMBERED
from ctibridge.domain.units import AgentId, QueueName
from ctibridge.outputs.mqtt.models import MODELS
from ctibridge.outputs.mqtt.topics import EVENTS, REMOVALS, SILENT, STATES, Topics, escape, unescape

ANYTHING = st.text(alphabet=st.characters(), max_size=80)

CONTRACT = {
    "call": "queued ringing ring_no_answer ring_cancelled answered held resumed transferred completed abandoned exited "
    "refused",
    "agent": "logged_in logged_out state_changed answered_late limit_warning limit_exceeded limit_cleared",
    "queue": "service_level_breached service_level_restored wait_exceeded",
    "bridge": "gap resynced",
}
"""Events that displays rely on: this list only grows."""


def test_escaping_by_hand() -> None:
    assert escape("sales_1-A") == "sales_1-A"
    assert escape("客服") == "~E5~AE~A2~E6~9C~8D"
    assert escape("a/b+c#d $x~") == "a~2Fb~2Bc~23d~20~24x~7E"
    assert escape("PJSIP/1001@x") == "PJSIP~2F1001~40x"
    assert escape("a\x00b") == "a~00b"


@given(ANYTHING)
def test_escaping_is_reversible(name: str) -> None:
    assert unescape(escape(name)) == name


@given(ANYTHING, ANYTHING)
def test_two_names_never_share_a_topic(first: str, second: str) -> None:
    assert (escape(first) == escape(second)) == (first == second)


@given(ANYTHING)
def test_a_level_never_holds_what_mqtt_gives_a_meaning_to(name: str) -> None:
    assert not set(escape(name)) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-~")


@pytest.mark.parametrize("level", ["~", "~4", "~zz", "~e5~ae~a2", "a b", "客", "~41"])
def test_what_escape_never_makes_is_refused(level: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unescape(level)


def test_topics_by_hand() -> None:
    topics = Topics("ctibridge/v1", "pbx 1")
    assert topics.status == "ctibridge/v1/pbx~201/status"
    assert topics.info == "ctibridge/v1/pbx~201/info"
    assert topics.agent_state(AgentId("1001")) == "ctibridge/v1/pbx~201/agent/1001/state"
    assert topics.queue_state(QueueName("vip")) == "ctibridge/v1/pbx~201/queue/vip/state"
    assert topics.queue_stats(QueueName("vip")) == "ctibridge/v1/pbx~201/queue/vip/stats"
    assert topics.event("call", "queued") == "ctibridge/v1/pbx~201/event/call/queued"
    assert topics.private(topics.event("call", "queued")) == "ctibridge/v1/pbx~201/private/event/call/queued"


def test_only_what_comes_and_goes_may_be_stale() -> None:
    topics = Topics("ctibridge/v1", "pbx1")
    root = "ctibridge/v1/pbx1"
    for topic in ("agent/1/state", "queue/a~2Fb/stats", "alert/x", "private/agent/1/state", "private/queue/1/state"):
        assert topics.may_be_stale(f"{root}/{topic}")
    for topic in ("status", "info", "agent/1/note", "agent/1/state/x", "event/call/queued", "cmd/1/state"):
        assert not topics.may_be_stale(f"{root}/{topic}")
    assert not topics.may_be_stale("ctibridge/v1/pbx2/agent/1/state")
    assert not topics.may_be_stale("ctibridgexv1/pbx1/agent/1/state")


def test_every_change_is_told_in_exactly_one_way() -> None:
    told = [*EVENTS, *STATES, *REMOVALS, *SILENT]
    assert len(told) == len(set(told))
    assert set(told) == set(get_args(Change))


def test_what_is_never_numbered_is_never_published() -> None:
    assert set(NEVER_NUMBERED) == SILENT


def test_what_is_told_has_a_payload() -> None:
    assert set(MODELS) == {*EVENTS, *STATES}


def test_no_published_event_is_dropped_or_renamed() -> None:
    published = set(EVENTS.values())
    for entity, verbs in CONTRACT.items():
        for verb in verbs.split():
            assert (entity, verb) in published
