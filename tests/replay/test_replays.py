"""Every recorded scenario: the bridge's figures equal queue_log's, and its story is the one we have read."""

from pathlib import Path

import pytest

from ctibridge.asterisk.counts import ErrorKind
from ctibridge.domain.figures import QueueTotals
from ctibridge.domain.picture import QueuePicture
from ctibridge.domain.units import queue_key
from tests.replay.play import Player, chunks_of
from tests.replay.stories import RECORDINGS, played, policy_of, story
from tests.servers import queue_log

Figure = int | float | dict[str, int]

DAMAGED = {"names_not_utf8": {ErrorKind.MISSING_HEADER: 6}}
"""Asterisk itself leaves headers out: three rings, a miss, an answer and an end of a member whose name is not UTF-8."""


def recordings() -> pytest.MarkDecorator:
    names = [f"{path.parent.name}-{path.name}" for path in RECORDINGS]
    return pytest.mark.parametrize("recording", RECORDINGS, ids=names)


def ours(totals: QueueTotals) -> dict[str, Figure]:
    return {
        "offered": totals.all.offered,
        "answered": totals.all.answered,
        "abandoned": totals.all.abandoned,
        "exited": dict(totals.exited),
        "transferred": dict(totals.transferred),
        "ring_no_answer": totals.all.ring_no_answer,
        "ring_cancelled": totals.all.ring_cancelled,
        "answer_wait_seconds": totals.all.wait_seconds,
        "abandon_wait_seconds": totals.all.abandon_wait_seconds,
        "talk_seconds": totals.all.talk_seconds,
    }


def judged(totals: queue_log.QueueTotals) -> dict[str, Figure]:
    return {
        "offered": totals.offered,
        "answered": totals.answered,
        "abandoned": totals.abandoned,
        "exited": dict(totals.exited),
        "transferred": dict(totals.transferred),
        "ring_no_answer": totals.ring_no_answer,
        "ring_cancelled": totals.ring_cancelled,
        "answer_wait_seconds": totals.answer_wait_seconds,
        "abandon_wait_seconds": totals.abandon_wait_seconds,
        "talk_seconds": totals.talk_seconds,
    }


def queues_of(player: Player) -> dict[str, QueuePicture]:
    picture = player.center.snapshot(player.clock.last)
    return {queue_key(queue.view.queue): queue for queue in picture.queues}


@recordings()
def test_every_queue_figure_equals_queue_log(recording: Path) -> None:
    queues = queues_of(played(recording))
    verdict = queue_log.judged(recording / "queue_log")

    names = verdict.queues.keys() | queues.keys()
    assert {name: ours(queues[name].totals) for name in names} == {
        name: judged(verdict.queues.get(name, queue_log.QueueTotals())) for name in names
    }


@recordings()
def test_every_agent_figure_equals_queue_log(recording: Path) -> None:
    player = played(recording)
    picture = player.center.snapshot(player.clock.last)
    verdict = queue_log.judged(recording / "queue_log")

    figures = {
        agent.view.name: (
            sum(agent.totals.answered.values()),
            agent.totals.ring_no_answer,
            agent.totals.ring_cancelled,
            int(agent.totals.talk_seconds),
        )
        for agent in picture.agents
    }
    assert {name: figure for name, figure in figures.items() if any(figure)} == {
        name: (agent.answered, agent.ring_no_answer, agent.ring_cancelled, agent.talk_seconds)
        for name, agent in verdict.agents.items()
        if any((agent.answered, agent.ring_no_answer, agent.ring_cancelled, agent.talk_seconds))
    }


@recordings()
def test_every_offer_is_accounted_for(recording: Path) -> None:
    verdict = queue_log.judged(recording / "queue_log")

    for name, queue in queues_of(played(recording)).items():
        counts = queue.totals.all

        assert counts.offered == counts.answered + counts.abandoned + counts.exited + counts.lost + queue.view.waiting
        assert counts.lost == verdict.queues.get(name, queue_log.QueueTotals()).lost


@recordings()
def test_nothing_in_the_stream_is_unexpected_or_damaged(recording: Path) -> None:
    player = played(recording)

    picture = player.center.snapshot(player.clock.last)
    assert dict(picture.unexpected) == {}
    assert dict(picture.broken) == {}
    assert dict(player.counts.errors) == DAMAGED.get(recording.parent.name, {})


@recordings()
def test_the_story_is_the_one_we_have_read(recording: Path) -> None:
    assert story(played(recording).changes) == (recording / "story.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [1, 7, 1460])
def test_how_the_bytes_were_cut_does_not_matter(size: int) -> None:
    recording = next(path for path in RECORDINGS if path.parent.name == "snapshot_in_mid_call")
    player = Player(policy_of(recording))
    player.play(chunks_of(recording / "ami.raw", size))

    assert player.changes == played(recording).changes
