import pytest

from ctibridge.asterisk.messages import Message
from ctibridge.asterisk.phone_codes import PhoneCode, read

CHANNEL = (
    "Channel: PJSIP/1001-00000001",
    "ChannelState: 6",
    "ChannelStateDesc: Up",
    "CallerIDNum: 1001",
    "CallerIDName: Agent 1001",
    "Context: agent-said",
    "Uniqueid: 1.1",
    "Linkedid: 1.1",
)
CODE = ("UserEvent: AgentCode", "Agent: 1001", "Phone: 1005", "Command: approve_leave", "About: 1002", "Done: ")


def message(*lines: str) -> Message:
    return Message("\r\n".join(("Event: UserEvent", "Privilege: user,all", *lines)).encode())


def test_a_code_says_who_dialled_what_and_where() -> None:
    assert read(message(*CHANNEL, *CODE)) == PhoneCode(
        agent="1001", phone="1005", command="approve_leave", about="1002", is_done=None
    )


def test_it_says_whether_the_dialplan_has_done_it() -> None:
    codes = [read(message(*CHANNEL, *CODE[:-1], f"Done: {done}")) for done in ("yes", "no", "")]
    assert [code and code.is_done for code in codes] == [True, False, None]


@pytest.mark.parametrize(
    "lines",
    [
        CODE,  # Forged within a caller's number, which is too short for a channel's headers.
        (*CODE, *CHANNEL),
        (*CHANNEL, "UserEvent: Other", *CODE[1:]),
        (*CHANNEL, "UserEvent: AgentCode", "Agent: x", *CODE[2:]),
        (*CHANNEL, "UserEvent: AgentCode", "Agent: ", *CODE[2:]),
        (*CHANNEL, *CODE[:3], "Command: "),
        (*CHANNEL, *CODE[:3], f"Command: {'x' * 5000}"),
    ],
)
def test_what_no_dialplan_sends_is_no_code(lines: tuple[str, ...]) -> None:
    assert read(message(*lines)) is None
