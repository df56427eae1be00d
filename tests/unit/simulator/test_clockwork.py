from ctibridge.simulator.clockwork import Clockwork, Steps


def test_what_is_due_is_done_in_order_and_each_at_its_own_moment() -> None:
    clock = Clockwork(100.0)
    done: list[tuple[str, float]] = []
    clock.at(103.0, lambda: done.append(("third", clock.now)))
    clock.at(101.0, lambda: done.append(("first", clock.now)))
    clock.at(101.0, lambda: done.append(("second", clock.now)))

    clock.run_until(110.0)

    assert done == [("first", 101.0), ("second", 101.0), ("third", 103.0)]
    assert clock.now == 110.0


def test_nothing_is_done_before_its_time() -> None:
    clock = Clockwork(100.0)
    done: list[str] = []
    clock.at(105.0, lambda: done.append("late"))

    clock.run_until(104.9)

    assert done == []
    assert clock.next_deadline() == 105.0


def test_a_cancelled_alarm_does_not_ring_and_is_no_deadline() -> None:
    clock = Clockwork(100.0)
    alarm = clock.at(101.0, lambda: None)

    alarm.cancel()

    assert clock.next_deadline() is None


def test_what_lies_in_the_past_is_done_at_once() -> None:
    clock = Clockwork(100.0)
    done: list[float] = []
    clock.at(90.0, lambda: done.append(clock.now))

    clock.run_until(100.0)

    assert done == [100.0]


def test_a_task_sleeps_until_its_moment_or_until_it_is_woken() -> None:
    clock = Clockwork(100.0)
    seen: list[float] = []

    def steps() -> Steps[None]:
        while True:
            seen.append(clock.now)
            yield clock.now + 10

    task = clock.start(steps())
    clock.run_until(104.0)
    task.wake()
    clock.run_until(120.0)

    assert seen == [100.0, 104.0, 114.0]


def test_a_task_that_wakes_itself_does_not_oversleep() -> None:
    clock = Clockwork(100.0)
    seen: list[float] = []

    def steps() -> Steps[None]:
        seen.append(clock.now)
        task.wake()
        yield None
        seen.append(clock.now)

    task = clock.start(steps())
    clock.run_until(101.0)

    assert seen == [100.0, 100.0]
    assert not task.is_running
