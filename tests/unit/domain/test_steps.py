"""A picture of very many, and the loss of the feed, step by step: never torn, and told in an order to rely on."""

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.units import QueueName, Timestamp
from ctibridge.domain.views import AgentState
from tests.unit.domain.builder import QUEUE, Site, member, waits

AGENTS = [str(number) for number in range(1000, 1450)]
"""More than are looked at in one step."""
PICTURE: tuple[ev.Event, ...] = (
    ev.ResyncStarted(),
    ev.QueueListed(queue=QueueName(QUEUE), strategy="rrmemory"),
    *(ev.MemberListed(member=member(agent)) for agent in AGENTS),
    *(waits(f"c{place}", wait=100 - place, position=place) for place in range(1, 251)),
)
LOST = ev.FeedLost(reason="closed by the PBX")


def listed(it: Site, at: float) -> Site:
    """All but the end of a picture."""
    for event in PICTURE:
        it.center.take(event, it.at(at).now)
    return it


def blind() -> Site:
    it = listed(Site(), 100)
    it.take(ev.ResyncCompleted())
    it.at(110).take(LOST)
    return it


def views(changes: list[ch.Change]) -> dict[str, AgentState]:
    return {one.agent.agent: one.agent.state for one in changes if isinstance(one, ch.AgentUpdated)}


def test_after_a_gap_nobody_is_told_that_all_is_known_before_all_of_it_has_been_told() -> None:
    it = listed(blind(), 120)
    told: list[ch.Change] = []
    steps = 0
    for said in it.center.pieces(ev.ResyncCompleted(), it.now):
        assert not it.center.snapshot(it.now).is_synced or any(isinstance(one, ch.Resynced) for one in said)
        told += said
        steps += 1
    assert steps > 10
    assert isinstance(told[-1], ch.Resynced)
    assert views(told) == dict.fromkeys(AGENTS, AgentState.READY)
    assert it.center.snapshot(it.now).is_synced
    [queue] = it.center.snapshot(it.now).queues
    assert [caller.call for caller in queue.view.callers] == [f"c{place}" for place in range(1, 251)]
    assert [caller.position for caller in queue.view.callers] == list(range(1, 251))


def test_no_state_is_told_before_the_whole_picture_has_been_compared() -> None:
    it = listed(blind(), 120)
    said = [one for step in it.center.pieces(ev.ResyncCompleted(), it.now) for one in step]
    first_state = next(number for number, one in enumerate(said) if isinstance(one, ch.AgentUpdated | ch.QueueUpdated))
    happened = [number for number, one in enumerate(said) if isinstance(one, ch.AgentStateChanged | ch.CallQueued)]
    assert max(happened) < first_state


def test_a_comparison_without_a_gap_leaves_what_is_shown_as_it_was_until_it_is_done() -> None:
    it = listed(Site(), 100)
    it.take(ev.ResyncCompleted())
    listed(it, 160)
    assert all(it.center.snapshot(it.now).is_synced for _ in it.center.pieces(ev.ResyncCompleted(), it.now))


def test_a_lost_feed_is_said_first_and_then_of_everybody() -> None:
    it = listed(Site(), 100)
    it.take(ev.ResyncCompleted())
    it.passes(109)
    steps = list(it.center.pieces(LOST, Timestamp(109)))
    said = [one for step in steps for one in step]
    assert len(steps) > 5
    assert isinstance(said[0], ch.FeedInterrupted)
    assert views(said) == dict.fromkeys(AGENTS, AgentState.UNKNOWN)
    assert not it.center.snapshot(Timestamp(109)).is_synced


def test_deadlines_pass_a_few_at_a_time_when_that_is_asked_for() -> None:
    it = listed(Site(), 100)
    it.take(ev.ResyncCompleted())
    for number, agent in enumerate(AGENTS[:50]):
        it.at(200).take(ev.MemberPaused(member=member(agent, paused=True, reason=f"reason {number}")))
    due, turns = it.center.next_deadline(), 0
    while due is not None and due <= 400 and turns < 100_000:
        it.center.advance(Timestamp(400), 1)
        due, turns = it.center.next_deadline(), turns + 1
    assert turns > 1
    assert it.center.advance(Timestamp(400)) == []
