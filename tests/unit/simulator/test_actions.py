"""Answers to actions; wording, headers and their order are those that a real Asterisk 22 gave."""

from pathlib import Path

import pytest

from ctibridge.simulator.pbx import Pbx
from ctibridge.simulator.script import Answer, Caller, Queue, Story, Strategy
from tests.unit.simulator.playing import START, agent, answers

SHAPES = Path(__file__).parent / "shapes"
NOW = START + 10

Replies = list[dict[str, str]]


def pbx(*callers: Caller) -> Pbx:
    """Support with 1001, who answers after 2 s and talks for 5; sales and vip without anybody."""
    story = Story(
        queues=(
            Queue(name="support", service_level=20),
            Queue(name="sales", maxlen=2, strategy=Strategy.RING_ALL, weight=3),
            Queue(name="vip", strategy=Strategy.LEAST_RECENT),
        ),
        agents=(agent("1001", answers(ring=2, talk=5)),),
        callers=callers,
    )
    return Pbx(story.plan(), START)


def ask(of: Pbx, action: str, *, at: float = NOW, **headers: str) -> Replies:
    lower = {name.lower(): value for name, value in headers.items()}
    return [dict(reply) for reply in of.act({"action": action, "actionid": "7", **lower}, at)]


def message(of: Pbx, action: str, **headers: str) -> str:
    (reply,) = ask(of, action, at=NOW, **headers)
    assert reply["ActionID"] == "7"
    return f"{reply['Response']}: {reply['Message']}"


def test_every_answer_has_the_headers_that_it_has_on_asterisk() -> None:
    recorded = set((SHAPES / "answers.txt").read_text(encoding="utf-8").splitlines())
    of = pbx(Caller(at=0, queue="vip"))
    of.advance(NOW)

    shapes = set()
    for action in ("Ping", "CoreStatus", "CoreSettings", "CoreShowChannels", "QueueStatus", "QueueSummary"):
        for reply in of.act({"action": action, "actionid": "7"}, NOW):
            kind = dict(reply).get("Event", "Success")
            shapes.add(f"{kind}: {' '.join(name for name, _ in reply)}")

    by_session = {"Success: Response ActionID Challenge", "Success: Response ActionID Events"}
    assert shapes == recorded - by_session


def test_an_unknown_action_is_refused_by_name() -> None:
    assert message(pbx(), "Nonsense") == (
        "Error: Invalid/unknown command: Nonsense. Use Action: ListCommands to show available commands."
    )
    assert message(pbx(), "") == "Error: Missing action in request"


@pytest.mark.parametrize(
    ("action", "headers", "said"),
    [
        ("QueueAdd", {"Queue": "vip", "Interface": "PJSIP/9"}, "Success: Added interface to queue"),
        ("QueueAdd", {"Queue": "support", "Interface": "pjsip/1001"}, "Error: Unable to add interface: Already there"),
        ("QueueAdd", {"Queue": "x", "Interface": "PJSIP/9"}, "Error: Unable to add interface to queue: No such queue"),
        ("QueueAdd", {"Queue": "", "Interface": "PJSIP/9"}, "Error: 'Queue' not specified."),
        ("QueueAdd", {"Queue": "vip"}, "Error: 'Interface' not specified."),
        ("QueueRemove", {"Queue": "support", "Interface": "PJSIP/1001"}, "Success: Removed interface from queue"),
        ("QueueRemove", {"Queue": "vip", "Interface": "PJSIP/1001"}, "Error: Unable to remove interface: Not there"),
        (
            "QueueRemove",
            {"Queue": "x", "Interface": "PJSIP/1001"},
            "Error: Unable to remove interface from queue: No such queue",
        ),
        ("QueueRemove", {"Queue": "vip"}, "Error: Need 'Queue' and 'Interface' parameters."),
        ("QueuePause", {"Interface": "PJSIP/1001", "Paused": "true"}, "Success: Interface paused successfully"),
        ("QueuePause", {"Interface": "PJSIP/1001", "Paused": "0"}, "Success: Interface unpaused successfully"),
        ("QueuePause", {"Interface": "PJSIP/9", "Paused": "1"}, "Error: Interface not found"),
        ("QueuePause", {"Interface": "PJSIP/1001"}, "Error: Need 'Interface' and 'Paused' parameters."),
        (
            "QueueWithdrawCaller",
            {"Queue": "vip", "Caller": "x"},
            "Error: Unable to request withdraw from queue: No such caller",
        ),
        ("QueueWithdrawCaller", {"Queue": "vip"}, "Error: 'Caller' not specified."),
    ],
)
def test_wishes_about_members_are_answered(action: str, headers: dict[str, str], said: str) -> None:
    assert message(pbx(), action, **headers) == said


def test_an_agent_who_is_added_is_in_the_list_and_in_the_log() -> None:
    of = pbx()

    wish = {"MemberName": "张三", "Penalty": "2", "Paused": "yes", "Reason": "meal"}
    ask(of, "QueueAdd", at=NOW, Queue="vip", Interface="PJSIP/1002", **wish)

    (member,) = [reply for reply in ask(of, "QueueStatus", Queue="VIP") if reply.get("Event") == "QueueMember"]
    assert member == {
        "Event": "QueueMember",
        "Queue": "vip",
        "Name": "张三",
        "Location": "PJSIP/1002",
        "StateInterface": "PJSIP/1002",
        "Membership": "dynamic",
        "Penalty": "2",
        "CallsTaken": "0",
        "LastCall": "0",
        "LastPause": str(int(NOW)),
        "LoginTime": str(int(NOW)),
        "InCall": "0",
        "Status": "1",
        "Paused": "1",
        "PausedReason": "meal",
        "Wrapuptime": "0",
        "ActionID": "7",
    }
    assert of.queue_log[-1] == f"{int(NOW)}|MANAGER|vip|张三|ADDMEMBER|PAUSED"


def test_a_pause_by_ami_reaches_every_queue_of_the_agent() -> None:
    of = pbx()
    ask(of, "QueueAdd", Queue="vip", Interface="PJSIP/1001", MemberName="1001")

    ask(of, "QueuePause", Interface="PJSIP/1001", Paused="true", Reason="away")

    assert [record.split("|", 1)[1] for record in of.queue_log[-3:]] == [
        "NONE|NONE|1001|PAUSEALL|away",
        "NONE|support|1001|PAUSE|away",
        "NONE|vip|1001|PAUSE|away",
    ]


def test_queue_status_tells_of_a_conversation_and_of_those_who_wait() -> None:
    of = pbx(Caller(at=0, queue="support", number="13811112222", name="王五"), Caller(at=1, queue="support"))

    replies = ask(of, "QueueStatus", at=START + 5, Queue="support")

    (params,) = [reply for reply in replies if reply.get("Event") == "QueueParams"]
    (member,) = [reply for reply in replies if reply.get("Event") == "QueueMember"]
    (entry,) = [reply for reply in replies if reply.get("Event") == "QueueEntry"]
    assert (params["Calls"], params["Holdtime"], params["Completed"]) == ("1", "2", "0")
    assert (member["InCall"], member["Status"], member["CallsTaken"]) == ("1", "2", "0")
    assert (entry["Position"], entry["Wait"], entry["CallerIDName"]) == ("1", "4", "unknown")
    assert replies[-1] == {
        "Event": "QueueStatusComplete",
        "ActionID": "7",
        "EventList": "Complete",
        "ListItems": "3",
    }


def test_queue_params_add_up_after_the_call() -> None:
    of = pbx(Caller(at=0, queue="support"), Caller(at=1, queue="support", patience=2))

    params = ask(of, "QueueStatus", at=START + 20, Queue="support")[1]

    assert (params["Completed"], params["Abandoned"], params["TalkTime"]) == ("1", "1", "5")
    assert (params["ServicelevelPerf"], params["ServicelevelPerf2"]) == ("100.0", "100.0")


def test_queue_summary_counts_members_and_callers() -> None:
    of = pbx(Caller(at=0, queue="support"), Caller(at=0, queue="support"))

    _, summary, _ = ask(of, "QueueSummary", at=START + 5, Queue="support")

    assert (summary["LoggedIn"], summary["Available"], summary["Callers"]) == ("1", "0", "1")
    assert summary["LongestHoldTime"] == "5"


def test_queues_are_listed_in_the_order_of_their_hash() -> None:
    queues = [reply["Queue"] for reply in ask(pbx(), "QueueStatus") if reply.get("Event") == "QueueParams"]

    assert queues == ["support", "vip", "sales"]


def test_core_status_tells_when_the_pbx_started_and_how_many_call() -> None:
    of = pbx(Caller(at=0, queue="vip"), Caller(at=1, queue="vip", patience=1))
    of.advance(NOW)

    (status,) = ask(of, "CoreStatus")

    assert (status["CoreCurrentCalls"], status["CoreProcessedCalls"]) == ("1", "2")
    assert status["CoreStartupDate"].count("-") == 2


def test_core_show_channels_shows_both_legs_of_a_conversation() -> None:
    of = pbx(Caller(at=0, queue="support"))
    of.advance(START + 4)

    _, *channels, _ = ask(of, "CoreShowChannels", at=START + 4)

    assert [(channel["Application"], channel["Duration"]) for channel in channels] == [
        ("Queue", "00:00:04"),
        ("AppQueue", "00:00:03"),
    ]
    assert len({channel["BridgeId"] for channel in channels}) == 1


def test_a_withdrawn_caller_leaves() -> None:
    of = pbx(Caller(at=0, queue="vip"))
    of.advance(NOW - 0.5)

    said = message(of, "QueueWithdrawCaller", Queue="vip", Caller="PJSIP/trunk-00000000", WithdrawInfo="desk")
    again = message(of, "QueueWithdrawCaller", Queue="vip", Caller="PJSIP/trunk-00000000")
    of.advance(NOW + 2)

    assert said == "Success: Withdraw requested successfully"
    assert again == "Error: Unable to request withdraw from queue: Already requested"
    assert of.queue_log[-1].endswith("|vip|NONE|WITHDRAW|1|1|10|desk")


def test_a_taught_agent_does_as_told() -> None:
    of = pbx(Caller(at=0, queue="support"))

    of.teach("PJSIP/1001", [Answer(ring=1, talk=2)])
    of.advance(START + 30)

    assert [record.split("|")[4] for record in of.queue_log[-2:]] == ["CONNECT", "COMPLETECALLER"]
