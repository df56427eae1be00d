"""With queue_log at hand no figure is off, whatever was cut, restarted or looked at in between."""

from collections import deque
from collections.abc import Sequence

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctibridge.domain import events as ev
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from tests.unit.domain.both_figures import Figures, counted_by_agent, counted_by_queue, logged_by_agent, logged_by_queue
from tests.unit.domain.builder import check_books
from tests.unit.domain.switch import Switch
from tests.unit.domain.truth import Choice

moves = st.tuples(st.integers(0, 1000), st.integers(0, 6))
stories = st.one_of(st.lists(moves, max_size=30), st.lists(moves, min_size=60, max_size=150))
gaps = st.tuples(st.integers(0, 200), st.integers(1, 60))
quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


class Followed:
    """A story told by AMI, cut or restarted at some moment, and by a queue_log that is read to its end."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.switch = Switch()
        self.switch.now = 100.0  # Well after the log was opened: what is on both sides of that is nobody's.
        self.center = ContactCenter(Policy())
        self._choices = choices
        self._read = 0
        self._late: deque[tuple[Timestamp, ev.Event]] = deque()

    def tell(self, *, lost_from: int, lost_for: int, is_restart: bool = False, delay: float = 0.0) -> "Followed":
        """`delay`: seconds by which the log is read ahead of AMI."""
        self._take(Timestamp(0), ev.LogReported(records=(), until=Timestamp(0)))
        self._take(Timestamp(0), *self.switch.picture())
        is_lost = False
        for index, (now, event) in enumerate(self.switch.play(self._choices)):
            if index == lost_from:
                is_lost = True
                self._catch_up(now)
                self._interrupt(now, is_restart=is_restart)
            if not is_lost:
                self._late.append((now, event))
                self._catch_up(now - delay)
            if index % 3 == 0 and not (is_lost and is_restart):
                self._read_log(now)
            if is_lost and index + 1 >= lost_from + lost_for and not self.switch.is_in_mid_step:
                is_lost = False
                self._take(now, *self.switch.picture())
        self._catch_up(self.switch.now)
        self.end = Timestamp(self.switch.now)
        if is_lost:
            self._take(self.end, *self.switch.picture())
        for _ in range(25):
            self.end = Timestamp(self.end + 3)
            self._read_log(self.end)
        return self

    def _catch_up(self, until: float) -> None:
        while self._late and self._late[0][0] <= until:
            now, event = self._late.popleft()
            self._take(now, event)

    def _take(self, now: Timestamp, *events: ev.Event) -> None:
        for event in events:
            self.center.apply(event, now)
            check_books(self.center, now)

    def _interrupt(self, now: Timestamp, *, is_restart: bool) -> None:
        """Lose the connection, or stop and start again with what was kept."""
        if not is_restart:
            self._take(now, ev.FeedLost(reason="cut"))
            return
        kept = msgspec.msgpack.encode(self.center.checkpoint(now))
        self.center = ContactCenter(Policy())
        self.center.restore(msgspec.msgpack.decode(kept, type=Checkpoint))

    def _read_log(self, now: Timestamp) -> None:
        records, self._read = tuple(self.switch.log[self._read :]), len(self.switch.log)
        self._take(now, ev.LogReported(records=records, until=now))

    # -- both columns -------------------------------------------------------------------------------------------------

    def queues(self) -> Figures:
        """Ours."""
        return counted_by_queue(self.center, self.end)

    def true_queues(self) -> Figures:
        """As the log has it."""
        return logged_by_queue(self.switch.log)

    def agents(self) -> Figures:
        """Ours."""
        return counted_by_agent(self.center, self.end)

    def true_agents(self) -> Figures:
        """As the log has it."""
        return logged_by_agent(self.switch.log)

    def lost(self) -> int:
        return sum(one.totals.all.lost for one in self.center.snapshot(self.end).queues)

    def mismatches(self) -> dict[str, int]:
        return dict(self.center.snapshot(self.end).mismatches)


@quick
@given(stories)
def test_without_a_gap_every_fact_is_told_alike_by_both(choices: list[Choice]) -> None:
    followed = Followed(choices).tell(lost_from=-1, lost_for=0)

    assert followed.mismatches() == {}
    assert followed.queues() == followed.true_queues()
    assert followed.agents() == followed.true_agents()


@quick
@given(stories, gaps)
def test_after_a_cut_every_figure_is_the_logs(choices: list[Choice], gap: tuple[int, int]) -> None:
    followed = Followed(choices).tell(lost_from=gap[0], lost_for=gap[1])

    assert followed.queues() == followed.true_queues()
    assert followed.agents() == followed.true_agents()
    assert (followed.lost(), followed.mismatches()) == (0, {})


@quick
@given(stories, gaps)
def test_after_a_restart_every_figure_is_the_logs(choices: list[Choice], gap: tuple[int, int]) -> None:
    followed = Followed(choices).tell(lost_from=gap[0], lost_for=gap[1], is_restart=True)

    assert followed.queues() == followed.true_queues()
    assert followed.agents() == followed.true_agents()
    assert (followed.lost(), followed.mismatches()) == (0, {})


@quick
@given(stories, gaps, st.sampled_from([0.3, 1.0, 2.0, 2.9]), st.booleans())
def test_what_ami_tells_after_the_log_is_counted_once(
    choices: list[Choice],
    gap: tuple[int, int],
    delay: float,
    is_restart: bool,  # noqa: FBT001
) -> None:
    followed = Followed(choices).tell(lost_from=gap[0], lost_for=gap[1], is_restart=is_restart, delay=delay)

    assert followed.queues() == followed.true_queues()
    assert followed.agents() == followed.true_agents()
