"""States are made once for a burst of events; what happened, and how it all ends, is the same as event by event."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ctibridge.asterisk.feed import Delivery
from ctibridge.domain import changes as ch
from ctibridge.domain.contact_center import ABOUT_EVERYBODY
from ctibridge.domain.journal import STATES
from ctibridge.domain.picture import Picture
from tests.replay.play import Player, chunks_of
from tests.replay.stories import policy_of
from tests.replay.test_replays import recordings


class BurstPlayer(Player):
    """Settles after bursts of any length."""

    def __init__(self, recording: Path) -> None:
        super().__init__(policy_of(recording))
        self._draw = random.Random(recording.as_posix())

    def take(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            for event in delivery.events if delivery.at else ():
                self.changes += self.center.take(event, delivery.at)
                if self._draw.random() < 0.1:
                    self.changes += self.center.settle()
        self.changes += self.center.settle()


class StepwisePlayer(Player):
    """Takes in step by step what concerns everybody, as the pump does."""

    def take(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            for event in delivery.events if delivery.at else ():
                if isinstance(event, ABOUT_EVERYBODY):
                    for said in self.center.pieces(event, delivery.at):
                        self.changes += said
                else:
                    self.changes += self.center.apply(event, delivery.at)


class TimedPlayer(Player):
    """Event by event, without what came before the first stamp."""

    def take(self, deliveries: Iterable[Delivery]) -> None:
        super().take(delivery for delivery in deliveries if delivery.at)


def events_of(player: Player) -> list[Any]:
    """What happened, but for alarms: a rule that is broken and kept within one burst is not told."""
    about_rules = (ch.AlarmRaised, ch.AlarmResolved, ch.QueueServiceLevelBreached, ch.QueueServiceLevelRestored)
    return [change for change in player.changes if not isinstance(change, (*STATES, *about_rules))]


def standing(player: Player) -> Picture:
    return player.center.snapshot(player.clock.last)


@recordings()
def test_a_burst_is_no_other_story(recording: Path) -> None:
    burst, single = BurstPlayer(recording), TimedPlayer(policy_of(recording))
    for player in (burst, single):
        player.play(chunks_of(recording / "ami.raw"))

    assert events_of(burst) == events_of(single)
    assert_equal_ends(burst, single)


@recordings()
def test_pictures_taken_in_steps_are_no_other_story(recording: Path) -> None:
    stepwise, single = StepwisePlayer(policy_of(recording)), TimedPlayer(policy_of(recording))
    for player in (stepwise, single):
        player.play(chunks_of(recording / "ami.raw"))

    assert [one for one in events_of(stepwise) if not isinstance(one, ch.Resynced)] == [
        one for one in events_of(single) if not isinstance(one, ch.Resynced)
    ]
    assert_equal_ends(stepwise, single)


def assert_equal_ends(one: Player, other: Player) -> None:
    ours, theirs = standing(one), standing(other)
    assert [queue.view for queue in ours.queues] == [queue.view for queue in theirs.queues]
    assert [agent.view for agent in ours.agents] == [agent.view for agent in theirs.agents]
    assert [agent.totals for agent in ours.agents] == [agent.totals for agent in theirs.agents]
