"""Pictures after faults of our own."""

from itertools import pairwise

from ctibridge.app.repair import APART, Repair


class Moment:
    def __init__(self) -> None:
        self.now = 100.0
        self.asked: list[float] = []
        """When a picture is to be taken."""
        self.repair = Repair(lambda delay: self.asked.append(self.now + delay), lambda: self.now)


def test_the_first_fault_has_a_picture_at_once() -> None:
    moment = Moment()
    moment.repair.after_fault()

    assert moment.asked == [100.0]


def test_a_fault_in_every_picture_makes_no_storm_and_is_not_forgotten() -> None:
    moment = Moment()
    for _ in range(3000):  # Thirty a second.
        moment.repair.after_fault()
        moment.now += 1 / 30

    assert moment.asked[0] == 100.0
    apart = [later - earlier for earlier, later in pairwise(moment.asked)]
    assert min(apart) >= APART - 0.001
    assert max(apart) <= APART + 0.1
    assert moment.asked[-1] > moment.now - APART


def test_after_a_pause_the_next_fault_has_its_picture_at_once_again() -> None:
    moment = Moment()
    moment.repair.after_fault()
    moment.now += APART + 1
    moment.repair.after_fault()

    assert moment.asked == [100.0, 111.0]
