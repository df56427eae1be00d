"""The one table of how a stay ends, read as a supervisor would: nothing is an abandon unless somebody gave up."""

import pytest

from ctibridge.domain.caller import EXIT_REASON, OPEN, REFUSAL_REASON, TRANSITIONS, Stage, Stay, Step
from ctibridge.domain.events import Caller, QueueOutcome
from ctibridge.domain.units import CallId, QueueKey, QueueName, Seconds, Timestamp

W, L, G = Stage.WAITING, Stage.LEFT, Stage.GIVING_UP
ENDED = {Stage.CONNECTED, Stage.ABANDONED, Stage.EXITED, Stage.LOST}

EXPECTED = {
    (W, Step.LEFT_LINE): L,
    (W, Step.GAVE_UP): G,
    (W, Step.CONNECTED): Stage.CONNECTED,
    (W, Step.TOLD_WHY): Stage.EXITED,
    (W, Step.MOVED_ON): None,  # A waiting caller's channel may be exchanged in a transfer (T23).
    (W, Step.REJOINED): Stage.LOST,
    (W, Step.SETTLED): None,
    (W, Step.MISSED): Stage.LOST,
    (L, Step.LEFT_LINE): None,
    (L, Step.GAVE_UP): G,
    (L, Step.CONNECTED): Stage.CONNECTED,
    (L, Step.TOLD_WHY): Stage.EXITED,
    (L, Step.MOVED_ON): Stage.EXITED,
    (L, Step.REJOINED): Stage.EXITED,
    (L, Step.SETTLED): None,  # An agent's announcement lasts as long as it lasts (T4).
    (L, Step.MISSED): Stage.LOST,
    (G, Step.LEFT_LINE): None,
    (G, Step.GAVE_UP): None,  # Said twice for one caller (T6).
    (G, Step.CONNECTED): Stage.CONNECTED,
    (G, Step.TOLD_WHY): Stage.EXITED,
    (G, Step.MOVED_ON): Stage.ABANDONED,
    (G, Step.REJOINED): Stage.ABANDONED,
    (G, Step.SETTLED): Stage.ABANDONED,
    (G, Step.MISSED): Stage.LOST,
}


def stay_at(stage: Stage) -> Stay:
    return Stay(
        queue=QueueName("sales"),
        key=QueueKey("sales"),
        call=CallId("c1"),
        linkedid=None,
        caller=Caller(),
        joined_at=Timestamp(0),
        position=1,
        stage=stage,
    )


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("stage", Stage)
def test_every_stage_with_every_step(stage: Stage, step: Step) -> None:
    stay = stay_at(stage)
    after = EXPECTED.get((stage, step))

    assert (after is not None) == stay.step(step)
    assert (after or stage) is stay.stage


def test_every_open_stage_is_decided_for_every_step() -> None:
    assert {(stage, step) for stage in (W, L, G) for step in Step} == EXPECTED.keys()
    assert set(Stage) == TRANSITIONS.keys()


def test_an_ended_stay_takes_no_steps() -> None:
    assert {stage for stage in Stage if not TRANSITIONS[stage]} == ENDED
    assert set(Stage) - ENDED == OPEN


def test_nobody_has_abandoned_who_did_not_give_up_first() -> None:
    before = {stage for stage, steps in TRANSITIONS.items() if Stage.ABANDONED in steps.values()}

    assert {Stage.GIVING_UP} == before


def test_every_end_can_be_reached() -> None:
    assert {after for steps in TRANSITIONS.values() for after in steps.values()} >= ENDED


def test_every_queue_status_means_an_exit_or_a_refusal_and_never_both() -> None:
    assert set(QueueOutcome) == EXIT_REASON.keys() | REFUSAL_REASON.keys()
    assert not EXIT_REASON.keys() & REFUSAL_REASON.keys()


@pytest.mark.parametrize(
    ("joined", "now", "stated"),
    [(10.9, 14.1, 4), (10.0, 14.9, 4), (10.5, 10.9, 0), (10.9, 11.0, 1), (12.0, 11.0, 0)],
)
def test_a_wait_is_the_difference_of_two_truncated_clocks(joined: float, now: float, stated: int) -> None:
    stay = stay_at(Stage.WAITING)
    stay.joined_at = Timestamp(joined)

    assert stay.wait_until(Timestamp(now)) == Seconds(stated)
