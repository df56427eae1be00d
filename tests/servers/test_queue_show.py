"""`queue show` as Asterisk 22 printed it, colours included."""

from tests.servers.queue_show import Caller, Member, shown

PRINTED = (
    "overflow has 0 calls (max 50) in 'ringall' strategy (0s holdtime, 0s talktime), W:1, C:0, A:0, SL:0.0%,"
    " SL2:0.0% within 20s\n   No Members\n   No Callers\n\n"
    "support has 2 calls (max unlimited) in 'rrmemory' strategy (1s holdtime, 0s talktime), W:0, C:0, A:0, SL:0.0%,"
    " SL2:0.0% within 20s\n   Members: \n"
    "      Agent 1001 (a) 张三 (Local/1001@lab-agents/n from Local/1001@lab-agents) (ringinuse disabled)"
    "\x1b[1;36;40m (dynamic)\x1b[0m\x1b[0m\x1b[1;33;40m (in call)\x1b[0m"
    " \x1b[1;33;40m(paused:away for (a while) was 1 secs ago)\x1b[0m (\x1b[1;32;40mIn use\x1b[0m)"
    " has taken no calls yet \x1b[1;33;40m(login was 2 secs ago)\x1b[0m\n"
    "      PJSIP/1002 with penalty 3 (ringinuse disabled) (Unavailable) has taken 7 calls (last was 5 secs ago)\n"
    "      Agent 1003 (PJSIP/1003) (ringinuse enabled) (dynamic) (paused was 1 secs ago) (Not in use)"
    " has taken no calls yet\n"
    "   Callers: \n"
    "      1. Local/stay@lab-callers-00000003;1 (wait: 0:01, prio: 0)\n"
    "      2. PJSIP/carrier-00000002 (wait: 61:09, prio: 5)\n\n"
)


def test_queues_members_and_callers() -> None:
    queues = shown(PRINTED)
    assert list(queues) == ["overflow", "support"]
    assert (queues["overflow"].members, queues["overflow"].callers) == ([], [])
    assert (queues["support"].calls, queues["support"].strategy) == (2, "rrmemory")
    assert queues["support"].callers == [
        Caller(position=1, channel="Local/stay@lab-callers-00000003;1", wait=1),
        Caller(position=2, channel="PJSIP/carrier-00000002", wait=3669),
    ]


def test_a_member_with_brackets_in_every_place() -> None:
    assert shown(PRINTED)["support"].members == [
        Member(
            name="Agent 1001 (a) 张三",
            interface="Local/1001@lab-agents/n",
            state_interface="Local/1001@lab-agents",
            penalty=0,
            status="In use",
            paused=True,
            reason="away for (a while)",
            in_call=True,
        ),
        Member(
            name="PJSIP/1002",
            interface="PJSIP/1002",
            state_interface="PJSIP/1002",
            penalty=3,
            status="Unavailable",
            paused=False,
            reason="",
            in_call=False,
        ),
        Member(
            name="Agent 1003",
            interface="PJSIP/1003",
            state_interface="PJSIP/1003",
            penalty=0,
            status="Not in use",
            paused=True,
            reason="",
            in_call=False,
        ),
    ]
