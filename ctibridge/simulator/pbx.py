"""The simulated PBX without its network: a plan goes in, AMI events and queue_log records come out."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ctibridge.simulator import script
from ctibridge.simulator.actions import Actions
from ctibridge.simulator.devices import device_of
from ctibridge.simulator.exchange import Exchange
from ctibridge.simulator.frames import Frame, Header
from ctibridge.simulator.inbound import Inbound
from ctibridge.simulator.lines import Line
from ctibridge.simulator.membership import Membership
from ctibridge.simulator.telephones import Telephones
from ctibridge.simulator.waiting import QueueApplication


class Pbx:
    """A PBX that plays a plan.

    It reads no clock.  Give it the moment (epoch seconds), and it does what is due until then; ``next_deadline`` says
    when something will be.
    """

    def __init__(self, plan: script.Plan, start: float, *, queue_log: Path | None = None) -> None:
        self._plan = plan
        self._start = start
        self._exchange = Exchange(plan.queues, start, queue_log)
        self._membership = Membership(self._exchange, shared_lastcall=plan.shared_lastcall)
        self._agents = {agent.id: agent for agent in plan.agents}
        reactions = {interface_of(agent): plan.reactions[agent.id] for agent in plan.agents}
        self._telephones = Telephones(self._exchange, self._membership, reactions)
        self._inbound = Inbound(self._exchange, QueueApplication(self._exchange, self._membership, self._telephones))
        self._actions = Actions(self._exchange, self._membership, self._telephones, start)
        for agent in plan.agents:
            if agent.logged_in:
                self._log_in(agent, script.LogIn(at=0.0, agent=agent.id))
        self._expect_caller(plan.callers)
        self._expect_act(plan.acts)

    @property
    def queue_log(self) -> tuple[str, ...]:
        """The records of queue_log so far."""
        return self._exchange.queue_log.records

    @property
    def is_idle(self) -> bool:
        """Whether no channel is left and nothing is due: the story is over."""
        return len(self._exchange.channels) == 0 and self.next_deadline() is None

    def advance(self, now: float) -> list[Frame]:
        """Let time pass; the events since the last call, each stamped with the moment at which it was due."""
        self._exchange.clock.run_until(now)
        self._exchange.queue_log.flush()
        return self._exchange.events.drain()

    def next_deadline(self) -> float | None:
        """When something will happen next, if nobody interferes."""
        return self._exchange.clock.next_deadline()

    def act(self, action: Mapping[str, str], now: float) -> tuple[tuple[Header, ...], ...]:
        """Do what an authenticated client asks (header names in lower case); the frames of the answer."""
        self._exchange.clock.run_until(now)
        return self._actions.perform(action)

    def call(self, caller: script.Caller, now: float) -> Line:
        """Somebody dials in now, whatever the plan says; the line is for hanging up and for pressing keys."""
        self._exchange.clock.run_until(now)
        return self._inbound.call(caller)

    def teach(self, interface: str, reactions: Iterable[script.Reaction]) -> None:
        """From now on, whoever is at this interface does these one after the other, and then lets it ring."""
        self._telephones.teach(interface, iter(reactions))

    def _expect_caller(self, callers: Iterator[script.Caller]) -> None:
        if (caller := next(callers, None)) is not None:
            self._exchange.clock.at(self._start + caller.at, lambda: self._take_caller(caller, callers))

    def _take_caller(self, caller: script.Caller, callers: Iterator[script.Caller]) -> None:
        self._inbound.call(caller)
        self._expect_caller(callers)

    def _expect_act(self, acts: Iterator[script.Act]) -> None:
        if (act := next(acts, None)) is not None:
            self._exchange.clock.at(self._start + act.at, lambda: self._perform(act, acts))

    def _perform(self, act: script.Act, acts: Iterator[script.Act]) -> None:
        agent = self._agents[act.agent]
        interface = interface_of(agent)
        match act:
            case script.LogIn():
                self._log_in(agent, act)
            case script.LogOut():
                for queue in agent.queues if act.queues is None else act.queues:
                    self._membership.remove(queue, interface)
            case script.Pause():
                self._membership.pause(interface, paused=True, reason=act.reason, queue_name=act.queue or "")
            case script.Unpause():
                self._membership.pause(interface, paused=False, reason=act.reason, queue_name=act.queue or "")
            case script.Unplug():
                self._exchange.devices.unplug(device_of(agent.state_interface or interface))
            case script.PlugIn():
                self._exchange.devices.plug_in(device_of(agent.state_interface or interface))
        self._expect_act(acts)

    def _log_in(self, agent: script.Agent, act: script.LogIn) -> None:
        for queue in agent.queues if act.queues is None else act.queues:
            self._membership.add(
                queue,
                interface_of(agent),
                name=agent.name,
                state_interface=agent.state_interface,
                paused=act.paused,
                reason=act.reason,
                penalty=agent.penalty,
            )


def interface_of(agent: script.Agent) -> str:
    """What queues dial to reach an agent."""
    return agent.interface or f"PJSIP/{agent.id}"
