"""Every order passes the check as it is made, and nothing else that looks like it does."""

import pytest

from ctibridge.asterisk import orders
from ctibridge.asterisk.actions import DOING, WRITE_CLASSES, check_action
from ctibridge.asterisk.errors import AmiActionError
from ctibridge.asterisk.orders import Order

CHANNEL = "PJSIP/1001-0000002a"
MADE: list[Order] = [
    orders.join("support", "PJSIP/1001", name="Agent 1001 张三", state_interface="PJSIP/1001", penalty=5),
    orders.join("客服", "Local/1001@agent-desks/n", is_paused=True),
    orders.leave("support", "PJSIP/1001"),
    orders.pause("PJSIP/1001", "away"),
    orders.pause("PJSIP/1001", "away", "support"),
    orders.unpause("PJSIP/1001"),
    orders.set_penalty("PJSIP/1001", 7, "support"),
    orders.withdraw("support", CHANNEL, "move:sales"),
    orders.withdraw("support", "Local/stay@lab-callers-00000004;1", ""),
    orders.prioritise("support", CHANNEL, 10),
    orders.hang_up(CHANNEL),
    orders.transfer(CHANNEL, "601", "phones", is_attended=False),
    orders.transfer(CHANNEL, "+493012345", "phones", is_attended=True),
    orders.redirect(CHANNEL, "sales", "line"),
    orders.dial("PJSIP/1001", "ctibridge-1", "601", "phones", "1001"),
    orders.spy("PJSIP/1009", "ctibridge-1", CHANNEL, orders.BARGE, "1009"),
    orders.pick_up("PJSIP/1002", "ctibridge-1", CHANNEL, "1002"),
]
EVIL = [
    "",
    "x\r\nAction: Originate",
    "x\ny",
    "x\0y",
    "a" * 10_000,
    "PJSIP/1&PJSIP/2",
    "Local/x@y,1",
    "${SHELL(rm -rf /)}",
    "\u2028",
    '"',
]
FREE_TEXT = {("QueueAdd", "MemberName"), ("QueuePause", "Reason")}
"""Values that may be anything in one line."""


@pytest.mark.parametrize("order", MADE, ids=lambda order: order["Action"])
def test_what_is_made_may_leave(order: Order) -> None:
    check_action({**order, "ActionID": "1"})


def test_every_action_on_the_list_is_made_by_somebody_and_its_class_is_known() -> None:
    assert {order["Action"] for order in MADE} == set(DOING)
    assert set(DOING) <= set(WRITE_CLASSES)


@pytest.mark.parametrize("order", MADE, ids=lambda order: order["Action"])
@pytest.mark.parametrize("evil", EVIL, ids=lambda evil: repr(evil)[:20])
def test_no_field_takes_what_would_break_out_of_its_place(order: Order, evil: str) -> None:
    for key in set(order) - {"Action"}:
        is_text = key in ("Queue", "MemberName", "Reason")
        if is_text and evil and evil.isprintable() and len(evil) <= 80:
            continue
        if key == "WithdrawInfo" and not evil:
            continue
        if is_text and evil == "\u2028":
            continue
        with pytest.raises(AmiActionError):
            check_action({**order, key: evil})


@pytest.mark.parametrize("order", MADE, ids=lambda order: order["Action"])
def test_no_other_header_goes_along_and_none_that_is_needed_is_missing(order: Order) -> None:
    with pytest.raises(AmiActionError):
        check_action({**order, "Variable": "x=1"})
    with pytest.raises(AmiActionError):
        check_action({**order, "EarlyMedia": "true"})
    needed = [key for key, (_, is_needed) in DOING[order["Action"]].items() if is_needed]
    for key in needed:
        with pytest.raises(AmiActionError):
            check_action({one: value for one, value in order.items() if one != key})


@pytest.mark.parametrize("application", ["System", "Dial", "ChanSpy,x", "ExecIf", "TrySystem"])
def test_only_listening_and_taking_calls_are_originated(application: str) -> None:
    order = orders.spy("PJSIP/1009", "ctibridge-1", CHANNEL, orders.LISTEN, "1009")
    with pytest.raises(AmiActionError):
        check_action({**order, "Application": application})


def test_originate_goes_to_one_place_only() -> None:
    order = orders.dial("PJSIP/1001", "ctibridge-1", "601", "phones", "1001")
    with pytest.raises(AmiActionError):
        check_action({**order, "Application": "ChanSpy", "Data": CHANNEL})
    with pytest.raises(AmiActionError):
        check_action({key: value for key, value in order.items() if key != "Exten"})
