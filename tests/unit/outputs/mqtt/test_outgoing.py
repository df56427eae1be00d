from ctibridge.domain import changes
from ctibridge.domain.changes import Change
from ctibridge.domain.journal import Journal
from ctibridge.domain.units import AgentId, Timestamp
from ctibridge.domain.views import AgentState
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.lane import Lane
from ctibridge.outputs.mqtt.outgoing import Outgoing
from ctibridge.outputs.mqtt.spool import Spool
from tests.unit.outputs import facts

ROOT = "ctibridge/v1/pbx1"


class Desk:
    """Outgoing with a journal of its own."""

    def __init__(self) -> None:
        announcer = Announcer(pbx="pbx1", base="ctibridge/v1")
        spool = Spool(100, lambda gap: announcer.gap(gap, epoch=7, now=facts.AT))
        self.outgoing = Outgoing(announcer, Lane(spool, announcer))
        self._announcer = announcer
        self._journal = Journal(7)

    def accept(self, *told: Change) -> None:
        entries = self._journal.enter(told, Timestamp(facts.AT + 1))
        self.outgoing.accept(entries, self._announcer.events(entries))

    def due(self) -> list[str]:
        return [topic.removeprefix(f"{ROOT}/") for topic in self.outgoing.take_states()]


def updated(agent: str, state: AgentState = AgentState.READY) -> changes.AgentUpdated:
    return changes.AgentUpdated(at=facts.AT, agent=facts.agent_view(agent, state))


def test_of_states_only_the_newest_is_due_and_figures_come_last() -> None:
    desk = Desk()
    desk.accept(
        changes.QueueStatsUpdated(at=facts.AT, queue=facts.QUEUE, stats=facts.queue_stats()),
        updated("1001", AgentState.RINGING),
        updated("1002"),
        updated("1001", AgentState.BUSY),
    )
    states = desk.outgoing.take_states()
    assert [topic.removeprefix(f"{ROOT}/") for topic in states] == [
        "agent/1002/state",
        "agent/1001/state",
        "queue/~E5~AE~A2~E6~9C~8D/stats",
    ]
    assert b'"state":"busy"' in states[f"{ROOT}/agent/1001/state"].message().payload
    assert not desk.outgoing.is_waiting


def test_a_state_that_was_not_sent_is_due_again_unless_there_is_a_newer_one() -> None:
    desk = Desk()
    desk.accept(updated("1001"), updated("1002"))
    taken = desk.outgoing.take_states()
    desk.accept(updated("1001", AgentState.BUSY))
    desk.outgoing.give_back(taken)
    states = desk.outgoing.take_states()
    assert set(states) == {f"{ROOT}/agent/1001/state", f"{ROOT}/agent/1002/state"}
    assert b'"state":"busy"' in states[f"{ROOT}/agent/1001/state"].message().payload


def test_the_mirror_holds_what_is_and_not_what_was() -> None:
    desk = Desk()
    desk.accept(updated("1001"), updated("1002"), changes.AgentRemoved(at=facts.AT, agent=AgentId("1001")))
    assert [message.topic for message in desk.outgoing.mirror] == [f"{ROOT}/agent/1002/state"]
    assert "agent/1001/state" in desk.due()


def test_nothing_is_stale_before_the_first_full_picture() -> None:
    desk = Desk()
    seen = [f"{ROOT}/agent/1001/state", f"{ROOT}/agent/9999/state"]
    desk.accept(updated("1001"))
    assert desk.outgoing.mirror.stale(seen) == []
    desk.accept(facts.synced())
    assert desk.outgoing.mirror.stale(seen) == [f"{ROOT}/agent/9999/state"]


def test_birth_covers_what_was_due() -> None:
    desk = Desk()
    desk.accept(updated("1001"), facts.queued())
    assert [message.topic for message in desk.outgoing.birth()] == [f"{ROOT}/agent/1001/state"]
    assert desk.due() == []
    assert desk.outgoing.lane.has_waiting
    assert desk.outgoing.sequence == 1
