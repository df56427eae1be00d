"""The board that the live table shows, from published bytes to drawn lines."""

import json
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from ctibridge.app.board import Board
from ctibridge.app.board_table import BoardTable, plain_lines
from ctibridge.domain.journal import Journal
from ctibridge.domain.views import AgentState
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.web.words import CHINESE, ENGLISH, Words
from tests.unit.outputs.facts import AT, QUEUE, one_of_each

BASE = "ctibridge/v1"
NOW = datetime.fromtimestamp(AT + 65, UTC)


def published() -> Board:
    """What a subscriber has after every kind of change was published once."""
    board = Board(BASE)
    announcer = Announcer(pbx="pbx 1", base=BASE)
    for message in announcer.announce(Journal(epoch=1).enter(one_of_each(), AT)):
        board.take(message.topic, message.payload)
    board.take(f"{BASE}/pbx~201/status", b'{"state":"degraded","reason":"AMI lost"}')
    info = '{"data":{"pause_reasons":[{"code":"Away","label":"Away","label_zh":"暂离"}]}}'
    board.take(f"{BASE}/pbx~201/info", info.encode())
    return board


def drawn(board: Board, width: int = 100, height: int = 24, words: Words = ENGLISH) -> list[str]:
    console = Console(width=width, height=height, force_terminal=False, color_system=None, file=None)
    with console.capture() as capture:
        console.print(BoardTable(board, words, NOW, ["web http://x/"]))
    return [line.rstrip() for line in capture.get().splitlines()]


def agent(state: str, **more: object) -> bytes:
    data = {"agent": "1002", "name": "张三", "state": state, "since": AT} | more
    return json.dumps({"data": data}).encode()


def test_names_that_were_escaped_in_topics_are_whole_again() -> None:
    board = published()
    assert list(board.pbxs) == ["pbx 1"]
    assert list(board.pbxs["pbx 1"].queues) == [QUEUE]


def test_rows_show_what_was_published() -> None:
    pbx = published().pbxs["pbx 1"]
    [queue] = pbx.queue_rows()
    [person] = pbx.agent_rows()
    assert (queue.label, queue.waiting, queue.oldest_since) == ("客户服务", 2, AT)
    assert (queue.offered, queue.answered, queue.abandoned) == (4, 3, 1)
    assert (person.agent, person.state, person.queue, person.answered) == ("1001", AgentState.BUSY, QUEUE, 3)
    assert person.caller == "***567 王***"


def alarm(**more: object) -> bytes:
    data = {"alert": "long_wait:sales", "rule": "long_wait", "label": "Long wait", "label_zh": "等待过长"}
    figures = {"severity": "critical", "queue": "sales", "value": 95, "threshold": 60, "unit": "seconds", "since": AT}
    return json.dumps({"data": data | figures | more}).encode()


def test_alarms_that_fire_stand_on_top_the_worst_first() -> None:
    board = published()
    board.take(f"{BASE}/pbx~201/alert/long_wait~3Asales", alarm(acknowledged_by="ann"))
    assert [line for line in drawn(board) if line.startswith("▲")] == [
        "▲ Long wait  sales  1:35 / 1:00  1:05  ✓ ann",
        "▲ Service level is low  客服  75 % / 80 %  1:05",
    ]
    assert any(line.startswith("▲ 等待过长") for line in drawn(board, words=CHINESE))
    assert any("critical: ▲ Long wait  sales" in line for line in plain_lines(board, NOW))


def test_an_alarm_that_is_over_is_gone_from_the_board() -> None:
    board = published()
    board.take(f"{BASE}/pbx~201/alert/service_level_low~3A~E5~AE~A2~E6~9C~8D", b"")
    assert not [line for line in drawn(board) if line.startswith("▲")]


def test_many_alarms_leave_room_for_queues() -> None:
    board = published()
    for number in range(30):
        board.take(f"{BASE}/pbx~201/alert/long_wait~3Aq{number}", alarm(queue=f"q{number}"))
    shown = [line for line in drawn(board) if line.startswith("▲")]
    assert len(shown) == 6
    assert shown[-1].endswith("+25")


def test_an_emptied_topic_takes_its_row_away() -> None:
    board = published()
    board.take(f"{BASE}/pbx~201/agent/1001/state", b"")
    assert board.pbxs["pbx 1"].agent_rows() == []


@pytest.mark.parametrize("payload", [b"\xff", b"[]", b"{", b'{"data": 5}', b'{"data": {"state": "flying"}}'])
def test_what_others_publish_there_does_no_harm(payload: bytes) -> None:
    board = Board(BASE)
    for topic in (
        "status",
        "info",
        "queue/a/state",
        "queue/a/stats",
        "agent/~zz/state",
        "alert/x",
        "queue",
        "a/b/c/d/e",
    ):
        board.take(f"{BASE}/pbx1/{topic}", payload)
    assert drawn(board)
    assert list(plain_lines(board, NOW))


def test_the_table_says_who_waits_since_when_and_who_talks() -> None:
    lines = drawn(published())
    assert lines[0].startswith("pbx 1 ● degraded · AMI lost")
    assert lines[1] == "web http://x/"
    [queue] = [line for line in lines if line.startswith("客户服务")]
    assert queue.split() == ["客户服务", "客服", "2", "1:05", "●●", "4", "3", "1", "0", "%"]
    [person] = [line for line in lines if line.startswith("1001")]
    assert person.split() == ["1001", "Ann", "●", "on", "a", "call", "1:05", "客服", "***567", "王***", "3"]


def test_chinese_names_do_not_shift_columns() -> None:
    board = published()
    board.take(f"{BASE}/pbx~201/agent/1002/state", agent("ready"))
    people = [line for line in drawn(board) if line.startswith("100")]
    dots = {cell_len(line[: line.index("●")]) for line in people}
    assert len(people) == 2
    assert len(dots) == 1


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    board = published()
    for number in range(40):
        board.take(f"{BASE}/pbx~201/agent/{number}/state", agent("not_ready", agent=str(number), reason="away"))
    assert max(cell_len(line) for line in drawn(board, width)) <= width


def test_many_agents_stand_side_by_side_on_a_wide_terminal() -> None:
    board = published()
    for number in range(40):
        board.take(f"{BASE}/pbx~201/agent/{number}/state", agent("ready", agent=str(number)))
    assert len(drawn(board, width=200, height=30)) <= 30


def test_many_members_are_counted_instead_of_dotted() -> None:
    board = published()
    data = {"data": {"queue": "big", "members": {"total": 45, "ready": 30, "busy": 15}}}
    board.take(f"{BASE}/pbx~201/queue/big/state", json.dumps(data).encode())
    [queue] = [line for line in drawn(board) if line.startswith("big")]
    assert "●15 ●30" in queue


def test_a_pause_is_told_with_its_reason_in_both_languages() -> None:
    board = published()
    board.take(f"{BASE}/pbx~201/agent/1002/state", agent("not_ready", reason="away", reason_label="Away"))
    assert any("● not ready Away" in line for line in drawn(board))
    assert any("● 示忙 暂离" in line for line in drawn(board, words=CHINESE))


def test_without_a_terminal_there_are_lines() -> None:
    lines = list(plain_lines(published(), NOW))
    assert lines[0].endswith("pbx 1 degraded")
    assert "客服" in lines[2]
    assert "waiting=2 longest=1:05 offered=4 answered=3 abandoned=1 | busy=1 ready=1" in lines[2]


def test_before_anything_is_known_it_says_so() -> None:
    assert "waiting for the first state …" in drawn(Board(BASE))
