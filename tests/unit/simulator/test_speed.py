from ctibridge.simulator.pbx import Pbx
from ctibridge.simulator.script import Answer, Caller, LogIn, Miss, Pause, Queue, Reject, Story
from ctibridge.simulator.speed import faster
from tests.unit.simulator.playing import START, agent

STORY = Story(
    queues=(Queue(name="support", timeout=20, retry=0, wrapuptime=10, service_level=20),),
    agents=(
        agent("1001", Answer(ring=5, talk=100, then_pause=("wrap_up", 50)), Reject(ring=10), Miss(), logged_in=False),
    ),
    callers=(
        Caller(
            at=100,
            queue="support",
            patience=60,
            stay=500,
            timeout=120,
            exit_key=(30, "5"),
            withdrawn=(70, "desk"),
            overflow="support",
            overflow_timeout=45,
        ),
        Caller(at=200, queue="support"),
    ),
    acts=(LogIn(at=50, agent="1001"), Pause(at=300, agent="1001")),
)


def test_every_duration_is_divided_and_settings_stay_whole() -> None:
    quick = faster(STORY.plan(), 10)

    assert quick.queues == (Queue(name="support", timeout=2, retry=0, wrapuptime=1, service_level=2),)
    assert next(quick.callers) == Caller(
        at=10,
        queue="support",
        patience=6,
        stay=50,
        timeout=12,
        exit_key=(3, "5"),
        withdrawn=(7, "desk"),
        overflow="support",
        overflow_timeout=4,
    )
    assert next(quick.callers) == Caller(at=20, queue="support")
    assert list(quick.acts) == [LogIn(at=5, agent="1001"), Pause(at=30, agent="1001")]
    reactions = quick.reactions["1001"]
    assert [next(reactions) for _ in range(3)] == [
        Answer(ring=0.5, talk=10, then_pause=("wrap_up", 5)),
        Reject(ring=1),
        Miss(),
    ]


def test_no_setting_becomes_nothing() -> None:
    (queue,) = faster(STORY.plan(), 1000).queues

    assert (queue.timeout, queue.wrapuptime, queue.retry) == (1, 1, 0)


def test_the_clock_is_not_falsified() -> None:
    pbx = Pbx(faster(STORY.plan(), 10), START)

    frames = pbx.advance(START + 10.5)

    joined = [frame.stamp - START for frame in frames if frame.event == "QueueCallerJoin"]
    assert [round(stamp, 2) for stamp in joined] == [10.02]
