"""A restart is a gap with the memory kept: no total differs from those of a run that never stopped."""

from collections.abc import Sequence

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.checkpoint import Checkpoint
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.policy import PauseReason, Policy, QueuePolicy
from ctibridge.domain.units import Seconds, Timestamp
from tests.unit.domain.builder import IN_USE, QUEUE, Site, channel, leg, member, waits
from tests.unit.domain.logged_site import LoggedSite
from tests.unit.domain.test_exactness import Followed, moves
from tests.unit.domain.truth import Choice


def kept(it: Site) -> bytes:
    return msgspec.msgpack.encode(it.center.checkpoint(it.now))


def restarted(it: LoggedSite, data: bytes, rules: Policy | None = None) -> LoggedSite:
    """The next run of the bridge."""
    again = LoggedSite(rules or it.policy)
    again.now = it.now
    again.written = list(it.written)
    again.center.restore(msgspec.msgpack.decode(data, type=Checkpoint))
    return again


def site() -> LoggedSite:
    meal = PauseReason(code="meal", limit=Seconds(100))
    rules = Policy(defaults=QueuePolicy(wrap_up=Seconds(60)), pause_reasons=(meal,))
    return LoggedSite(rules).watched("1001", "1002", "1003")


def in_full_swing() -> LoggedSite:
    """c1 talks and holds, c2's phone rings, c3 waits, c4 gave up for a reason to come, 1003 is at table."""
    it = site()
    it.at(80).joins("c0")
    it.at(82).abandons("c0", 2)
    it.writes(80, "offered", "c0")
    it.writes(82, "abandoned", "c0", wait=2)
    it.reads(84)
    it.at(100).joins("c1")
    it.at(101).rings("1001", "c1")
    it.at(104).answers("1001", "c1", 4)
    it.device("1001", IN_USE)
    it.at(105).pauses("1003", "meal")
    it.at(106).joins("c2")
    it.at(107).rings("1002", "c2")
    it.at(108).joins("c3")
    it.at(109).joins("c4")
    it.at(110).gives_up("c4", 1)
    it.writes(100, "offered")
    it.writes(104, "answered", agent="1001", wait=4)
    return it


# -- what is remembered ------------------------------------------------------------------------------------------------


def test_a_memory_taken_twice_is_the_same() -> None:
    it = in_full_swing()

    assert kept(it) == kept(it)


def test_a_memory_taken_step_by_step_is_the_same_as_one_taken_at_once() -> None:
    it = in_full_swing()
    it.opened(*(str(number) for number in range(5000, 5350)))
    steps, made = 0, it.center.checkpointing(it.now)
    while True:
        try:
            next(made)
        except StopIteration as end:
            checkpoint = end.value
            break
        steps += 1
    assert steps == 3
    assert msgspec.msgpack.encode(checkpoint) == msgspec.msgpack.encode(it.center.checkpoint(it.now))


def test_a_restart_that_takes_no_time_changes_no_figure() -> None:
    it = in_full_swing()
    again = restarted(it, kept(it))

    assert again.facts() == it.facts()
    assert msgspec.to_builtins(again.counts()) == msgspec.to_builtins(it.counts())
    for agent in ("1001", "1002", "1003"):
        assert again.counted(agent) == it.counted(agent)
    for name in ("answer_wait", "abandon_wait", "ring", "talk", "hold", "wrap_up"):
        ours, theirs = getattr(again.totals(), name), getattr(it.totals(), name)
        assert (ours.bounds, ours.counts, ours.total) == (theirs.bounds, theirs.counts, theirs.total)
    assert again.line() == it.line() == ["c2", "c3"]


def test_until_the_first_picture_nothing_is_claimed_of_agents() -> None:
    it = in_full_swing()
    again = restarted(it, kept(it))

    assert {again.state(one) for one in ("1001", "1002", "1003")} == {"unknown"}
    assert not again.center.snapshot(again.now).is_synced


def test_everything_goes_on_when_the_picture_shows_it_as_it_was() -> None:
    it = in_full_swing()
    again = restarted(it, kept(it))
    everybody = [member("1001", device=IN_USE), member("1002"), member("1003", paused=True, reason="meal")]
    again.at(115).pictured(
        everybody, [waits("c2", 9, 1), waits("c3", 7, 2)], [channel("c1", "b"), channel(leg("1001", "c1"), "b")]
    )

    assert again.line() == ["c2", "c3"]
    assert [again.state(one) for one in ("1001", "1002", "1003")] == ["busy", "ready", "not_ready meal"]
    assert again.agent("1003").since == 105.0
    assert [(gap.since, gap.at) for gap in again.said(ch.GapNoted)] == [(110.0, 115.0)]
    assert again.counts().offered == 5
    again.at(120).completes("1001", "c1", 4, 16)
    again.device("1001", ev.DeviceStatus.NOT_IN_USE)
    assert again.state("1001") == "wrap_up"
    assert again.counted("1001")[3] == 16


def test_the_limit_of_a_pause_runs_on() -> None:
    it = in_full_swing()
    again = restarted(it, kept(it))
    again.at(115).pictured([member("1001"), member("1002"), member("1003", paused=True, reason="meal")])
    again.passes(300)

    assert [change.at for change in again.said(ch.AgentLimitExceeded)] == [205.0]
    assert again.agent_totals("1003").limits_exceeded == {"meal": 1}


def test_a_wrap_up_ends_when_it_would_have() -> None:
    it = in_full_swing()
    it.at(120).completes("1001", "c1", 4, 16)
    it.device("1001", ev.DeviceStatus.NOT_IN_USE)
    it.passes(130)
    again = restarted(it, kept(it))
    again.at(140).pictured([member("1001", last_call=120, wrap_up=60), member("1002"), member("1003")])
    assert again.state("1001") == "wrap_up"

    again.passes(200)
    assert again.states_of("1001")[-1] == (180.0, "ready")
    assert again.counts().wrap_up_seconds == 50.0  # Ten seconds were not seen.


def test_what_waited_for_the_log_is_confirmed_after_the_restart() -> None:
    it = in_full_swing()
    again = restarted(it, kept(it))
    for at, call in ((106, "c2"), (108, "c3"), (109, "c4")):
        again.writes(at, "offered", call)
    again.writes(110, "abandoned", "c4", wait=1)
    again.writes(112, "ring_cancelled", "c2", "1002")
    again.writes(112, "abandoned", "c2", wait=6)
    again.writes(113, "exited", "c3", wait=5, reason="key")
    again.writes(130, "completed", agent="1001", wait=4, talk=26)
    again.at(140).pictured([member(one) for one in ("1001", "1002", "1003")], [], [])
    again.reads(145)
    again.settled(145)

    assert again.facts() == {
        "offered": 5,
        "answered": 1,
        "completed": 1,
        "abandoned": 3,
        "exited": 1,
        "ring_cancelled": 1,
    }
    assert again.mismatches() == {}
    assert again.recovered() == 0


def test_a_memory_of_a_gap_is_as_of_its_begin() -> None:
    it = in_full_swing()
    it.at(120).loses_feed(last_heard=112)
    it.passes(150)
    again = restarted(it, kept(it))
    again.at(160).pictured([member("1001")])

    assert [(gap.since, gap.at) for gap in again.said(ch.GapNoted)] == [(112.0, 160.0)]
    assert again.center.snapshot(again.now).gap_seconds == 48.0


def test_a_restart_between_the_picture_and_the_log_loses_nothing() -> None:
    it = site()
    it.at(100).loses_feed()
    it.writes(110, "offered")
    it.writes(115, "abandoned", wait=5)
    it.at(120).pictured([member(one) for one in ("1001", "1002", "1003")], [], [])
    it.reads(121)
    again = restarted(it, kept(it))
    again.at(125).pictured([member(one) for one in ("1001", "1002", "1003")], [], [])
    again.reads(130)
    again.settled(130)

    assert again.facts() == {"offered": 1, "abandoned": 1}
    assert again.mismatches() == {}
    assert again.recovered() == 1


def test_a_memory_without_a_log_loses_who_is_gone_and_invents_nothing() -> None:
    it = in_full_swing()
    data = msgspec.msgpack.encode(msgspec.structs.replace(it.center.checkpoint(it.now), audited_since=None))
    again = restarted(it, data)
    again.at(140).pictured([member(one) for one in ("1001", "1002", "1003")], [], [])
    again.passes(200)

    assert again.facts() == {"offered": 5, "answered": 1, "abandoned": 1, "lost": 3}
    assert (again.center._floor.ledger.open_bookings(), again.mismatches()) == ([], {})


def test_a_new_day_begins_anew_and_what_was_yesterday_stays_yesterdays() -> None:
    it = in_full_swing()
    again = restarted(it, kept(it))
    tomorrow = 24 * 3600 + 100.0
    again.writes(112, "abandoned", "c3", wait=4)
    again.at(tomorrow).pictured([member(one) for one in ("1001", "1002", "1003")], [], [])
    again.reads(tomorrow + 5)

    totals = again.totals()
    assert (totals.all.offered, totals.all.abandoned) == (5, 2)
    assert (totals.day.offered, totals.day.abandoned, totals.day_since) == (0, 0, 24 * 3600.0)
    assert again.agent("1001").today.answered == 0


def test_with_other_thresholds_counts_stay_and_histograms_begin_anew() -> None:
    it = in_full_swing()
    other = Policy(defaults=QueuePolicy(service_level_threshold=33))
    again = restarted(it, kept(it), other)

    assert again.facts() == it.facts()
    assert 33 in again.totals().answer_wait.bounds
    assert (again.totals().answer_wait.count, again.totals().answer_wait.total) == (0, 0.0)
    assert again.totals().talk.bounds == it.totals().talk.bounds


def test_a_queue_that_is_gone_is_dropped_and_a_new_one_begins_at_nothing() -> None:
    it = site()
    it.at(60).joins("c1")
    it.at(65).abandons("c1", 5)
    again = restarted(it, kept(it))
    again.at(100).pictured([member("1001", "support")], queues=["support"])

    assert [one.view.queue for one in again.center.snapshot(again.now).queues] == ["support"]
    assert again.facts("support") == {}


def test_what_is_taken_does_not_change_with_what_happens_next() -> None:
    it = in_full_swing()
    data = kept(it)
    before = msgspec.msgpack.decode(data, type=Checkpoint)
    it.at(120).abandons("c3", 12)
    it.at(121).completes("1001", "c1", 4, 17)

    assert next(one for one in before.queues if one.name == QUEUE).counts.abandoned == 1
    assert len(before.stays) == 3


# -- any story, cut anywhere -------------------------------------------------------------------------------------------


class Restarted(Followed):
    """A story in which the link is cut, and the bridge stopped or killed, any number of times."""

    _saved = (b"", 0)
    _blind_until = -1
    _is_down = False

    def live(self, breaks: Sequence[tuple[int, int, str]], *, kept_every: int, read_every: int) -> "Restarted":
        """``breaks``: from which event on, for how many, and what; a kill goes on from the memory kept last."""
        self._take(Timestamp(0), ev.LogReported(records=(), until=Timestamp(0)))
        self._take(Timestamp(0), *self.switch.picture())
        self._saved = self._kept(Timestamp(0))
        for index, (now, event) in enumerate(self.switch.play(self._choices)):
            self.end = now
            for what in [what for begin, _, what in breaks if begin == index and not self._is_down]:
                self._break(now, what)
                self._blind_until = max(self._blind_until, *(b + n for b, n, _ in breaks if b == index))
            self._live_on(index, now, event)
            if not self._is_down and index % read_every == 0:
                self._read_log(now)
            if not self._is_down and index % kept_every == 0:
                self._saved = self._kept(now)
        if self._blind_until >= 0:
            self._take(self.end, *self.switch.picture())
        for _ in range(25):
            self.end = Timestamp(self.end + 3)
            self._read_log(self.end)
        return self

    def _live_on(self, index: int, now: Timestamp, event: ev.Event) -> None:
        if self._blind_until < 0:
            self._take(now, event)
        elif index >= self._blind_until and not self.switch.is_in_mid_step:
            self._take(now, *self.switch.picture())
            self._blind_until, self._is_down = -1, False

    def _break(self, now: Timestamp, what: str) -> None:
        if what == "cut":
            self._take(now, ev.FeedLost(reason="cut"))
            return
        data, self._read = self._kept(now) if what == "stop" else self._saved
        self.center = ContactCenter(Policy())
        self.center.restore(msgspec.msgpack.decode(data, type=Checkpoint))
        self._is_down = True

    def _kept(self, now: Timestamp) -> tuple[bytes, int]:
        return msgspec.msgpack.encode(self.center.checkpoint(now)), self._read


breaks = st.lists(
    st.tuples(st.integers(0, 250), st.integers(1, 60), st.sampled_from(["cut", "stop", "kill"])), max_size=5
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(moves, min_size=20, max_size=150), breaks, st.integers(1, 20), st.sampled_from([1, 3, 40]))
def test_cuts_stops_and_kills_anywhere_change_no_total(
    choices: list[Choice], broken: list[tuple[int, int, str]], kept_every: int, read_every: int
) -> None:
    lived = Restarted(choices).live(broken, kept_every=kept_every, read_every=read_every)

    assert lived.queues() == lived.true_queues()
    assert lived.agents() == lived.true_agents()
    assert (lived.lost(), lived.mismatches()) == (0, {})
