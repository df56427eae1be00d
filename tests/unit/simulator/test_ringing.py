"""Whom a queue lets ring, and when."""

from ctibridge.simulator.script import (
    Agent,
    Answer,
    Caller,
    LogIn,
    Miss,
    Pause,
    PlugIn,
    Queue,
    Reject,
    Strategy,
    Unplug,
)
from tests.unit.simulator.playing import agent, answers, callers, play

ALL = (Queue(name="support", strategy=Strategy.RING_ALL, timeout=10, retry=2),)


def test_round_robin_lets_one_after_the_other_ring() -> None:
    played = play(
        *callers(0, 20, 40, 60),
        agents=(agent("1001", answers()), agent("1002", answers()), agent("1003", answers())),
    )

    assert played.rung() == ["1001", "1002", "1003", "1001"]


def test_least_recent_prefers_who_has_rested_longest() -> None:
    queues = (Queue(name="support", strategy=Strategy.LEAST_RECENT),)
    agents = (agent("1001", answers()), agent("1002", answers(talk=15)), agent("1003", answers()))

    played = play(*callers(0, 20, 40, 60), queues=queues, agents=agents)

    # With equal rest the last of the hash table comes first, as in app_queue.
    assert played.rung() == ["1003", "1002", "1001", "1003"]


def test_ring_all_rings_everybody_and_the_first_to_answer_wins() -> None:
    agents = (agent("1001", answers(ring=5)), agent("1002", answers(ring=3)), agent("1003"))

    played = play(*callers(0), queues=ALL, agents=agents)

    assert sorted(played.rung()) == ["1001", "1002", "1003"]
    assert [facts["MemberName"] for facts in played.events("AgentConnect")] == ["1002"]
    assert played.records("RINGNOANSWER", "RINGCANCELED") == []
    # The winner's one DialEnd, and two for each loser.
    assert len(played.events("DialEnd", DialStatus="ANSWER")) == 1
    assert len(played.events("DialEnd", DialStatus="CANCEL")) == 4


def test_ring_all_rings_higher_penalties_only_when_all_of_the_lower_refuse() -> None:
    agents = (
        agent("1001", Reject(ring=1)),
        agent("1002", Reject(ring=2)),
        Agent(id="1003", name="1003", queues=("support",), penalty=1, reactions=(answers(ring=1),)),
    )

    played = play(*callers(0), queues=ALL, agents=agents)

    assert played.moments("AgentCalled", MemberName="1003") == [2.02]


def test_a_miss_takes_the_queues_time_and_the_next_round_comes_after_retry() -> None:
    played = play(
        *callers(0),
        queues=(Queue(name="support", timeout=4, retry=1),),
        agents=(agent("1001"), agent("1002", answers())),
    )

    assert played.records("RINGNOANSWER") == ["support|1001|RINGNOANSWER|4000"]
    assert played.moments("AgentRingNoAnswer", RingTime="4000") == [4.02]
    assert played.moments("AgentCalled", MemberName="1002") == [5.02]


def test_a_refusal_is_reported_in_whole_seconds_and_the_next_one_rings_at_once() -> None:
    played = play(*callers(0.5), agents=(agent("1001", Reject(ring=0.6)), agent("1002", answers(ring=2))))

    # Rung from 0.52 to 1.12: less than a second, but a second has begun.
    assert played.records("RINGNOANSWER") == ["support|1001|RINGNOANSWER|1000"]
    assert played.moments("AgentCalled", MemberName="1002") == [1.12]
    # app_queue counts the ring time from the beginning of the round, refusals included.
    assert [facts["RingTime"] for facts in played.events("AgentConnect")] == ["2"]


def test_without_a_ring_time_limit_the_reported_ring_time_is_always_zero() -> None:
    played = play(*callers(0), queues=(Queue(name="support", timeout=0),), agents=(agent("1001", answers(ring=40)),))

    (connect,) = played.events("AgentConnect")
    assert (connect["HoldTime"], connect["RingTime"]) == ("40", "0")


def test_nobody_rings_during_wrap_up() -> None:
    played = play(
        *callers(0, 1),
        queues=(Queue(name="support", wrapuptime=8),),
        agents=(agent("1001", answers(ring=1, talk=10)),),
    )

    first, second = played.moments("AgentCalled")
    ended = played.moments("AgentComplete")[0]
    assert ended == 11.02
    # From second 11 on, eight whole seconds; the second caller looks once a second.
    assert 19 <= second < 20
    assert first == 0.02


def test_wrap_up_of_one_queue_holds_in_the_others_only_when_last_calls_are_shared() -> None:
    queues = (Queue(name="support", wrapuptime=30), Queue(name="sales"))
    agents = (agent("1001", answers(ring=1, talk=5), queues=("support", "sales")),)
    calling = (Caller(at=0, queue="support"), Caller(at=8, queue="sales"))

    alone = play(*calling, queues=queues, agents=agents)
    shared = play(*calling, queues=queues, agents=agents, shared_lastcall=True)

    assert alone.moments("AgentCalled", Queue="sales") == [8.02]
    assert shared.moments("AgentCalled", Queue="sales")[0] >= 36


def test_a_member_of_two_queues_has_one_call_at_a_time() -> None:
    played = play(
        Caller(at=0, queue="support"),
        Caller(at=0, queue="sales"),
        queues=(Queue(name="support"), Queue(name="sales")),
        agents=(agent("1001", answers(ring=2, talk=5), queues=("support", "sales")),),
    )

    assert played.moments("AgentCalled") == [0.02, 7.02 + 1.0]
    assert [facts["Queue"] for facts in played.events("AgentConnect")] == ["support", "sales"]


def test_the_status_is_told_once_for_each_queue_of_the_member() -> None:
    played = play(
        Caller(at=0, queue="support"),
        queues=(Queue(name="support"), Queue(name="sales")),
        agents=(agent("1001", answers(ring=2, talk=5), queues=("support", "sales")),),
    )

    told = [(facts["Queue"], facts["Status"]) for facts in played.events("QueueMemberStatus")]
    assert sorted(told[:2]) == [("sales", "6"), ("support", "6")]
    assert [status for _, status in told] == ["6", "6", "2", "2", "1", "1"]


def test_a_local_channel_is_in_use_while_it_rings() -> None:
    local = Agent(
        id="1001",
        name="1001",
        queues=("support",),
        interface="Local/1001@agents/n",
        state_interface="Local/1001@agents",
        reactions=(answers(ring=2, talk=5),),
    )

    played = play(*callers(0), agents=(local,))

    assert [facts["Status"] for facts in played.events("QueueMemberStatus")] == ["2", "1"]
    assert played.events("AgentConnect")[0]["DestChannel"] == "Local/1001@agents-00000000;1"


def test_paused_agents_and_unplugged_telephones_do_not_ring() -> None:
    played = play(
        *callers(1),
        agents=(agent("1001", answers()), agent("1002", answers())),
        acts=(
            Pause(at=0, agent="1001", reason="away"),
            Unplug(at=0, agent="1002"),
            PlugIn(at=30, agent="1002"),
        ),
    )

    assert played.rung() == ["1002"]
    assert 30 <= played.moments("AgentCalled")[0] < 31.1


def test_a_heavier_queue_has_its_callers_served_first() -> None:
    played = play(
        Caller(at=0, queue="sales"),
        Caller(at=1, queue="sales"),
        Caller(at=2, queue="vip"),
        queues=(Queue(name="sales"), Queue(name="vip", weight=1)),
        agents=(agent("1001", answers(ring=1, talk=10), queues=("sales", "vip")),),
    )

    assert [facts["Queue"] for facts in played.events("AgentConnect")] == ["sales", "vip", "sales"]


def test_who_logs_in_later_rings_from_then_on() -> None:
    played = play(*callers(0), agents=(agent("1001", answers(), logged_in=False),), acts=(LogIn(at=10, agent="1001"),))

    assert played.records("ADDMEMBER") == ["support|1001|ADDMEMBER|"]
    assert 10 <= played.moments("AgentCalled")[0] < 11.1


def test_an_agent_does_one_thing_after_the_other_and_then_the_last_again() -> None:
    reactions = (Miss(), Answer(ring=1, talk=2))

    played = play(
        *callers(0, 100),
        queues=(Queue(name="support", timeout=4, retry=1),),
        agents=(agent("1001", *reactions),),
    )

    assert len(played.records("RINGNOANSWER")) == 1
    assert len(played.records("CONNECT")) == 2


def test_a_telephone_that_is_unplugged_in_mid_call_is_unreachable_afterwards() -> None:
    played = play(
        *callers(0),
        agents=(agent("1001", answers(ring=2, talk=10)),),
        acts=(Unplug(at=5, agent="1001"), PlugIn(at=30, agent="1001")),
    )

    told = [(round(played.at(facts), 1), facts["Status"]) for facts in played.events("QueueMemberStatus")]
    assert told == [(0.1, "6"), (2.0, "2"), (12.0, "5"), (30.0, "1")]
