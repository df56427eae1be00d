"""The simulated PBX says what a real Asterisk 22 said of the same story: events, headers, values and their order."""

from pathlib import Path

import pytest

from ctibridge.simulator.pbx import Pbx
from ctibridge.simulator.script import (
    Act,
    Agent,
    Answer,
    Caller,
    Empty,
    EndedBy,
    LogIn,
    LogOut,
    Miss,
    Pause,
    Queue,
    Reaction,
    Reject,
    Story,
    Strategy,
    Unpause,
)
from tests.unit.simulator import shape

SHAPES = Path(__file__).parent / "shapes"
QUEUES = (
    Queue(name="support", strategy=Strategy.ROUND_ROBIN, timeout=4, retry=1, wrapuptime=5, service_level=20),
    Queue(
        name="sales",
        strategy=Strategy.RING_ALL,
        timeout=4,
        retry=2,
        service_level=20,
        maxlen=2,
        join_empty=Empty.STRICT,
        leave_when_empty=Empty.STRICT,
    ),
    Queue(name="vip", strategy=Strategy.LEAST_RECENT, timeout=4, retry=1, wrapuptime=3, service_level=20),
)
NAMES = {"1001": "Agent 1001", "1002": "张三", "1003": "Li Si"}
ANSWER_DELAY = 0.02
"""What the simulated dialplan needs from the arrival of a caller to ``Queue()``."""


def agent(number: str, *queues: str, does: tuple[Reaction, ...] = (Miss(),)) -> Agent:
    return Agent(id=number, name=NAMES[number], queues=queues, reactions=does, logged_in=False)


def caller(
    joins: float, queue: str, *, gone: float | None = None, number: str = "13800138000", **more: object
) -> Caller:
    """A caller who joins, and hangs up, at moments of the recording."""
    stay = None if gone is None else gone - joins
    fields = {"at": joins - ANSWER_DELAY, "queue": queue, "number": number, "stay": stay, **more}
    return Caller(**fields)  # type: ignore[arg-type]


def here(agent_id: str, start: float, end: float) -> tuple[Act, ...]:
    return LogIn(at=start, agent=agent_id), LogOut(at=end, agent=agent_id)


def story(agents: tuple[Agent, ...], callers: tuple[Caller, ...], *acts: Act) -> Story:
    return Story(queues=QUEUES, agents=agents, callers=callers, acts=acts)


BY_AGENT = EndedBy.AGENT
RECORDED = {
    # Moment of the first event (epoch seconds; whole seconds in events depend on it), and what happened from then on.
    "answered_caller": (
        1795282776.451609,
        story(
            (agent("1001", "support", does=(Answer(ring=1.553, talk=60),)),),
            (caller(0.627, "support", gone=5.126, name="王五"),),
            *here("1001", 0, 6.628),
        ),
    ),
    "answered_agent": (
        1795282784.146338,
        story(
            (agent("1002", "support", "vip", does=(Answer(ring=1.554, talk=3.001, ended_by=BY_AGENT),)),),
            (caller(0.747, "support"),),
            LogIn(at=0, agent="1002", queues=("support",)),
            LogIn(at=0.121, agent="1002", queues=("vip",)),
            LogOut(at=6.823, agent="1002", queues=("support",)),
            LogOut(at=6.944, agent="1002", queues=("vip",)),
        ),
    ),
    "abandon_waiting": (1795282798.668540, story((), (caller(0.502, "support", gone=3.0),))),
    "abandon_ringing": (
        1795282803.614804,
        story((agent("1001", "support"),), (caller(0.625, "support", gone=2.642),), *here("1001", 0, 3.644)),
    ),
    "miss_then_answer": (
        1795282808.324834,
        story(
            (
                agent("1001", "support"),
                agent("1002", "support", does=(Answer(ring=0.553, talk=2.002, ended_by=BY_AGENT),)),
            ),
            (caller(0.746, "support"),),
            *here("1001", 0, 9.815),
            *here("1002", 0.121, 9.937),
        ),
    ),
    "reject": (
        1795282819.326677,
        story(
            (
                agent("1001", "support", does=(Reject(ring=0.352),)),
                agent("1002", "support", does=(Answer(ring=1.053, talk=2.001, ended_by=BY_AGENT),)),
            ),
            (caller(0.745, "support"), caller(6.181, "support")),
            *here("1001", 0, 13.811),
            *here("1002", 0.121, 13.933),
        ),
    ),
    "ringall": (
        1795282834.325491,
        story(
            (
                agent("1001", "sales", does=(Answer(ring=2.053, talk=2.002, ended_by=BY_AGENT), Miss())),
                agent("1002", "sales"),
                agent("1003", "sales"),
            ),
            (caller(0.867, "sales"), caller(6.970, "sales", gone=12.485)),
            *here("1001", 0, 13.987),
            *here("1002", 0.121, 14.108),
            *here("1003", 0.242, 14.229),
        ),
    ),
    "joinempty": (1795282865.866886, story((), (caller(0.502, "sales"),))),
    "full": (
        1795282868.413390,
        story(
            (agent("1001", "sales"),),
            (
                caller(0.624, "sales", gone=3.130),
                caller(0.925, "sales", gone=3.432),
                caller(1.226, "sales"),
            ),
            *here("1001", 0, 4.934),
        ),
    ),
    "leaveempty": (
        1795282874.414842,
        story(
            (agent("1001", "sales"),),
            (caller(0.625, "sales", number="13811111111"), caller(0.926, "sales", number="13822222222")),
            LogIn(at=0, agent="1001"),
            Pause(at=1.623, agent="1001", reason="meal"),
            LogOut(at=5.648, agent="1001"),
        ),
    ),
    "timeout": (
        1795284307.404738,
        story(
            (agent("1001", "vip"),),
            (caller(0.502, "vip", timeout=6), caller(8.157, "vip", timeout=6)),
            *here("1001", 7.528, 15.179),
        ),
    ),
    "key": (
        1795284110.880061,
        story(
            (agent("1001", "vip"),),
            (caller(0.503, "vip", exit_key=(2.497, "5")), caller(4.652, "vip", exit_key=(2.675, "5"))),
            *here("1001", 4.023, 8.331),
        ),
    ),
    "pause": (
        1795282881.128987,
        story(
            (agent("1002", "support", "vip"),),
            (),
            LogIn(at=0, agent="1002", queues=("support",)),
            LogIn(at=0.121, agent="1002", queues=("vip",)),
            Pause(at=0.243, agent="1002", reason="away"),
            Pause(at=1.465, agent="1002", reason="用餐"),
            Unpause(at=2.809, agent="1002"),
            Pause(at=2.930, agent="1002", queue="vip"),
            Unpause(at=3.051, agent="1002", queue="vip", reason="back"),
            LogOut(at=3.293, agent="1002", queues=("support",)),
            LogOut(at=3.414, agent="1002", queues=("vip",)),
            LogIn(at=3.535, agent="1002", queues=("support",), paused=True, reason="x"),
            LogOut(at=3.656, agent="1002", queues=("support",)),
        ),
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_story_has_the_shape_it_has_on_asterisk(name: str) -> None:
    moment, told = RECORDED[name]
    pbx = Pbx(told.plan(), moment)

    raw = b"".join(frame.encode() for frame in pbx.advance(moment + 60))

    recorded = shape.read((SHAPES / f"{name}.shape").read_text(encoding="utf-8"))
    simulated = shape.lanes(raw) | {"queue_log": shape.records("\n".join(pbx.queue_log))}
    for lane in sorted(recorded.keys() | simulated.keys()):
        assert simulated.get(lane) == recorded.get(lane), lane


def test_every_recorded_story_is_played() -> None:
    assert set(RECORDED) == {path.stem for path in SHAPES.glob("*.shape")}


def test_every_event_has_the_headers_and_the_class_that_it_has_on_asterisk() -> None:
    recorded = set((SHAPES / "headers.txt").read_text(encoding="utf-8").splitlines())

    simulated: set[str] = set()
    for moment, told in RECORDED.values():
        pbx = Pbx(told.plan(), moment)
        simulated |= shape.header_names(b"".join(frame.encode() for frame in pbx.advance(moment + 60)))

    assert simulated == recorded
