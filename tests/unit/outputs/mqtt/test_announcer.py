"""What is said, word by word, of changes made by hand."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain import changes
from ctibridge.domain.changes import Change
from ctibridge.domain.events import Caller
from ctibridge.domain.journal import Entry, Journal
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.units import AgentId, QueueName, Seconds, Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.spool import Gap
from ctibridge.outputs.mqtt.status import Standing, StatusLine
from tests.unit.outputs import facts

RECORDED = Timestamp(facts.AT + 0.25)
ROOT = "ctibridge/v1/pbx1"

AGENT_FIELDS = {
    *("agent", "name", "team", "interface", "state", "since", "reason", "reason_label", "limit"),
    *("presence", "activity", "call", "queues", "today", "leave"),
}
"""As displays expect them: this list only grows."""


def announcer(*, has_private: bool = False, privacy: PrivacySettings | None = None) -> Announcer:
    return Announcer(pbx="pbx1", base="ctibridge/v1", privacy=privacy, has_private=has_private)


def entries(*told: Change, sequence: int = 0) -> list[Entry]:
    return Journal(7, sequence).enter(told, RECORDED)


def told_of(change: Change) -> tuple[Message, Any]:
    return only(announcer().announce(entries(change)))


def only(messages: tuple[Message, ...]) -> tuple[Message, Any]:
    [message] = messages
    return message, json.loads(message.payload)


def test_an_event_word_by_word() -> None:
    message, document = only(announcer().announce(entries(facts.queued(), sequence=41)))
    assert (message.topic, message.is_retained, message.qos) == (f"{ROOT}/event/call/queued", False, 1)
    data = document.pop("data")
    assert document == {
        "specversion": "1.0",
        "id": "7-00000000000000000042",
        "source": "/ctibridge/pbx1",
        "type": "ctibridge.call.queued.v1",
        "subject": "call/1700000000.7",
        "time": "2023-11-14T22:13:20.123456Z",
        "recordedtime": "2023-11-14T22:13:20.373456Z",
        "sequence": "00000000000000000042",
        "prevsequence": "00000000000000000000",
        "epoch": 7,
        "origin": "ami",
    }
    assert data == {
        "call": "1700000000.7",
        "queue": "客服",
        "joined_at": None,
        "linkedid": "1700000000.7",
        "caller": {"number": "***567", "name": "王***"},
        "agent": "1001",
        "position": 1,
        "wait_seconds": 7,
        "ring_seconds": 4.25,
        "talk_seconds": 61,
        "hold_seconds": 0,
        "within_rings": True,
        "short": False,
        "ended_by": "caller",
        "reason": None,
    }


def test_the_state_of_an_agent() -> None:
    message, document = told_of(changes.AgentUpdated(at=facts.AT, agent=facts.agent_on_call()))
    assert (message.topic, message.is_retained, message.qos) == (f"{ROOT}/agent/1001/state", True, 1)
    assert document["type"] == "ctibridge.agent.state.v1"
    assert document["subject"] == "agent/1001"
    data = document["data"]
    assert set(data) == AGENT_FIELDS
    assert data["call"] == {
        "call": "1700000000.7",
        "queue": "客服",
        "caller": {"number": "***567", "name": "王***"},
        "since": facts.AT,
        "joined_at": None,
    }
    assert data["queues"] == {"客服": {"penalty": 0, "paused": False}}
    assert data["today"]["talk_seconds"] == 180


def test_the_state_of_a_queue() -> None:
    message, _ = announcer().announce(entries(changes.QueueUpdated(at=facts.AT, queue=facts.queue_view(waiting=1))))
    document = json.loads(message.payload)
    assert message.topic == f"{ROOT}/queue/~E5~AE~A2~E6~9C~8D/state"
    data = document["data"]
    assert data["queue"] == "客服"
    assert data["callers"] == [
        {
            "call": "1700000000.1",
            "position": 1,
            "since": facts.AT,
            "caller": {"number": "***567", "name": "王***"},
        }
    ]
    assert data["service_level"] == {"threshold_seconds": 20, "target_ratio": 0.8}
    assert set(data["members"]) >= {"total", "ready", "ringing", "busy", "wrap_up", "not_ready", "unreachable"}


def test_a_board_shows_the_queue_and_nobody() -> None:
    speaker = announcer(has_private=True)
    told = speaker.announce(entries(changes.QueueUpdated(at=facts.AT, queue=facts.queue_view(waiting=1))))
    [board] = [message for message in told if message.topic.endswith("/board")]

    assert board.topic == f"{ROOT}/queue/~E5~AE~A2~E6~9C~8D/board"
    assert (board.is_retained, board.qos) == (True, 1)
    data = json.loads(board.payload)["data"]
    assert (data["waiting"], data["service_level"]["target_ratio"]) == (1, 0.8)
    assert "callers" not in data
    assert b"567" not in board.payload
    assert "王".encode() not in board.payload


def test_a_board_is_not_told_twice_the_same() -> None:
    speaker = announcer()
    first, moved = facts.queue_view(waiting=1), facts.queue_view(waiting=2)
    other = msgspec.structs.replace(first, strategy="leastrecent")

    boards = [
        sum(message.topic.endswith("/board") for message in speaker.announce(entries(told)))
        for told in (changes.QueueUpdated(at=facts.AT, queue=view) for view in (first, other, moved))
    ]
    assert boards == [1, 0, 1]


def test_figures_may_get_lost() -> None:
    message, document = told_of(changes.QueueStatsUpdated(at=facts.AT, queue=facts.QUEUE, stats=facts.queue_stats()))
    assert (message.kind, message.is_retained, message.qos) == ("stats", True, 0)
    assert document["data"]["queue"] == "客服"
    assert document["data"]["day"]["counts"]["offered"] == 4
    assert document["data"]["day"]["answer_rate"] == 0.75


def test_a_state_carries_the_number_of_the_newest_event_and_an_event_that_of_the_one_before_on_its_subject() -> None:
    told = announcer().announce(
        entries(
            facts.queued("1.1"),
            facts.queued("1.2"),
            changes.QueueUpdated(at=facts.AT, queue=facts.queue_view(waiting=2)),
            changes.CallAbandoned(at=facts.AT, facts=facts.call_facts("1.1")),
        )
    )
    documents = [json.loads(message.payload) for message in told]
    assert [int(one["sequence"]) for one in documents] == [1, 2, 2, 2, 3]
    assert [int(one["prevsequence"]) for one in documents] == [0, 0, 0, 0, 1]
    assert len({one["id"] for one in documents if one["type"].startswith("ctibridge.call")}) == 3


def test_what_is_gone_is_emptied() -> None:
    told = announcer(has_private=True).announce(
        entries(
            changes.AgentRemoved(at=facts.AT, agent=AgentId("1002")),
            changes.QueueRemoved(at=facts.AT, queue=QueueName("old")),
        )
    )
    assert {message.topic.removeprefix(f"{ROOT}/") for message in told} == {
        "agent/1002/state",
        "private/agent/1002/state",
        "queue/old/state",
        "queue/old/board",
        "queue/old/stats",
        "queue/old/curve",
        "private/queue/old/state",
    }
    assert all(message.payload == b"" and message.is_retained and message.qos == 1 for message in told)


ALERT = f"{ROOT}/alert/long_wait~3A~E5~AE~A2~E6~9C~8D"


def test_an_alarm_is_an_event_a_retained_state_and_gone_when_it_is_over() -> None:
    alarm = facts.alarm("long_wait:客服")
    seen = msgspec.structs.replace(alarm, acknowledged_by="boss", acknowledged_at=facts.AT)
    told = announcer().announce(
        entries(
            changes.AlarmRaised(at=facts.AT, alarm=alarm),
            changes.AlarmUpdated(at=facts.AT, alarm=alarm),
            changes.AlarmAcknowledged(at=facts.AT, alarm=seen),
            changes.AlarmUpdated(at=facts.AT, alarm=seen),
            changes.AlarmResolved(at=Timestamp(facts.AT + 90), alarm=seen, seconds=Seconds(90)),
        )
    )
    assert [(one.topic.removeprefix(ROOT), one.is_retained, one.qos, bool(one.payload)) for one in told] == [
        ("/event/alert/raised", False, 1, True),
        (ALERT.removeprefix(ROOT), True, 1, True),
        ("/event/alert/acknowledged", False, 1, True),
        (ALERT.removeprefix(ROOT), True, 1, True),
        ("/event/alert/resolved", False, 1, True),
        (ALERT.removeprefix(ROOT), True, 1, False),
    ]
    documents = [json.loads(one.payload) for one in told[:-1]]
    assert {one["subject"] for one in documents} == {"alert/long_wait:客服"}
    assert [int(one["sequence"]) for one in documents] == [1, 1, 2, 2, 3]
    assert documents[3]["type"] == "ctibridge.alert.state.v1"
    assert documents[3]["data"] == {
        "alert": "long_wait:客服",
        "rule": "long_wait",
        "label": "Service level is low",
        "label_zh": "服务水平偏低",
        "severity": "warning",
        "queue": "客服",
        "agent": None,
        "team": None,
        "value": 0.75,
        "threshold": 0.8,
        "unit": "ratio",
        "since": facts.AT,
        "acknowledged_by": "boss",
        "acknowledged_at": facts.AT,
        "detail": None,
    }
    assert documents[4]["data"] == documents[3]["data"] | {"seconds": 90}


def test_no_whole_number_and_no_name_outside_of_private_topics() -> None:
    told = announcer(has_private=True).announce(entries(*facts.one_of_each()))
    assert len(told) > 40
    for message in told:
        text = message.payload.decode()
        shows = "1234567" in text or "王小明" in text
        assert shows == ("/private/" in message.topic and bool(message.payload)), message.topic


def test_an_unmasked_twin_says_the_same_otherwise() -> None:
    public, private = announcer(has_private=True).announce(entries(facts.queued()))
    assert private.topic == f"{ROOT}/private/event/call/queued"
    said, unmasked = json.loads(public.payload), json.loads(private.payload)
    assert unmasked["data"].pop("caller") == {"number": "+49 30 1234567", "name": "王小明"}
    assert said["data"].pop("caller") == {"number": "***567", "name": "王***"}
    assert said == unmasked


def test_privacy_is_a_setting() -> None:
    _, document = only(
        announcer(privacy=PrivacySettings(number_digits=0, names="hidden")).announce(entries(facts.queued()))
    )
    assert document["data"]["caller"] == {"number": "***", "name": None}


def test_a_list_that_is_used_again_is_another_batch() -> None:
    shared, batch = announcer(), entries(facts.queued("1.1"))
    first = shared.announce(batch)
    batch[:] = entries(facts.queued("1.2"))
    assert shared.announce(batch)[0].payload != first[0].payload
    assert shared.announce([]) == ()


def test_brokers_that_share_an_announcer_share_the_bytes() -> None:
    shared, batch = announcer(), entries(changes.AgentUpdated(at=facts.AT, agent=facts.agent_view()), facts.queued())
    [event] = shared.events(batch)
    assert shared.states(batch)[0].message().payload is shared.states(batch)[0].message().payload
    assert next(shared.messages(event)).payload is event.payload


@given(
    st.builds(
        Caller,
        number=st.none() | st.text(alphabet=st.characters(), max_size=30),
        name=st.none() | st.text(alphabet=st.characters(), max_size=30),
    ),
    st.text(alphabet=st.characters(), max_size=30),
)
def test_json_is_valid_whatever_callers_and_administrators_write(caller: Caller, name: str) -> None:
    call = msgspec.structs.replace(facts.call_facts(queue=name), caller=caller)
    agent = msgspec.structs.replace(facts.agent_on_call(), name=name)
    told = announcer(has_private=True).announce(
        entries(changes.CallQueued(at=facts.AT, facts=call), changes.AgentUpdated(at=facts.AT, agent=agent))
    )
    for message in told:
        document = json.loads(message.payload.decode("utf-8"))
        assert document["specversion"] == "1.0"
        message.topic.encode("ascii")


@pytest.mark.parametrize("moment", [-1.0, 0.0, 1e18])
def test_absurd_moments_still_have_a_form(moment: float) -> None:
    change = changes.CallQueued(at=Timestamp(moment), facts=facts.call_facts())
    _, document = only(announcer().announce(entries(change)))
    assert document["time"] in ("1970-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.000000Z")


def test_a_gap_takes_the_place_of_what_was_dropped() -> None:
    gap = Gap(first=42, last=99, since=facts.AT, until=RECORDED, dropped=58)
    message = announcer().gap(gap, epoch=7, now=RECORDED)
    document = json.loads(message.payload)
    assert (message.topic, message.is_retained) == (f"{ROOT}/event/bridge/gap", False)
    assert (document["sequence"], document["prevsequence"]) == ("0" * 18 + "99", "0" * 18 + "41")
    assert document["origin"] == "derived"
    assert document["data"] == {
        "since": facts.AT,
        "until": RECORDED,
        "reason": "outbox_full",
        "first_sequence": "0" * 18 + "42",
        "last_sequence": "0" * 18 + "99",
        "dropped": 58,
    }


def test_status_is_plain() -> None:
    line = StatusLine(7)
    line.standing = Standing(state="online", ami="connected")
    line.is_current = True
    message = announcer().status(line.say(42, facts.AT))
    assert (message.topic, message.is_retained, message.qos) == (f"{ROOT}/status", True, 1)
    assert json.loads(message.payload) == {
        "state": "online",
        "epoch": 7,
        "since": facts.AT,
        "reason": None,
        "ami": "connected",
        "sequence": "00000000000000000042",
    }
