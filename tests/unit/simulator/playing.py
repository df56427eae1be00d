"""Plays stories in simulated time and tells what came of them."""

from collections.abc import Iterator

from ctibridge.simulator.pbx import Pbx
from ctibridge.simulator.script import Act, Agent, Answer, Caller, EndedBy, Miss, Queue, Reaction, Story

START = 1_800_000_000.0
"""A whole second, so that moments of stories are easy to follow."""

Facts = dict[str, str]


class Played:
    """A story that is over."""

    def __init__(self, story: Story, seconds: float, start: float) -> None:
        self.start = start
        self.pbx = Pbx(story.plan(), start)
        self.facts = [dict(frame.headers) for frame in self.pbx.advance(start + seconds)]
        self.log = [record.split("|") for record in self.pbx.queue_log]

    def events(self, name: str, **headers: str) -> list[Facts]:
        wanted = {"Event": name, **headers}
        return [facts for facts in self.facts if wanted.items() <= facts.items()]

    def at(self, facts: Facts) -> float:
        """Seconds from the start of the story, to a millisecond."""
        return round(float(facts["Timestamp"]) - self.start, 3)

    def moments(self, name: str, **headers: str) -> list[float]:
        return [self.at(facts) for facts in self.events(name, **headers)]

    def records(self, *events: str) -> list[str]:
        """Queue, agent, event and data of those records of queue_log; all of them if no event is named."""
        return ["|".join(record[2:]) for record in self.log if not events or record[4] in events]

    def rung(self) -> list[str]:
        """Whose telephones rang, one after the other."""
        return [facts["MemberName"] for facts in self.events("AgentCalled")]


def play(
    *callers: Caller,
    queues: tuple[Queue, ...] = (Queue(name="support"),),
    agents: tuple[Agent, ...] = (),
    acts: tuple[Act, ...] = (),
    seconds: float = 300,
    start: float = START,
    shared_lastcall: bool = False,
) -> Played:
    story = Story(queues=queues, agents=agents, callers=callers, acts=acts, shared_lastcall=shared_lastcall)
    return Played(story, seconds, start)


def agent(name: str, *does: Reaction, queues: tuple[str, ...] = ("support",), logged_in: bool = True) -> Agent:
    """An agent called by the name, whose interface is PJSIP/<name>."""
    return Agent(id=name, name=name, queues=queues, reactions=does or (Miss(),), logged_in=logged_in)


def answers(ring: float = 2, talk: float = 10) -> Answer:
    """The agent answers and hangs up in the end."""
    return Answer(ring=ring, talk=talk, ended_by=EndedBy.AGENT)


def callers(*ats: float, queue: str = "support") -> Iterator[Caller]:
    """Patient callers."""
    return (Caller(at=at, queue=queue) for at in ats)
