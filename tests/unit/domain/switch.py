"""A switch that is always right: random moves of callers and agents, told as Asterisk tells them, and what truly was.

Every actor (a caller in app_queue, an agent's device) has a script of steps that come in its own order; between actors
any order can happen.  A step changes the truth and says its events at the same moment, so that a full picture can be
drawn between any two of them.
"""

from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from ctibridge.domain import events as ev
from ctibridge.domain.events import DeviceStatus, EndedBy, LogKind, QueueOutcome
from ctibridge.domain.units import CallId, ChannelId, QueueName, Seconds, Timestamp
from tests.unit.domain.builder import interface, member
from tests.unit.domain.truth import (
    AGENTS,
    AT_ONCE,
    JOIN_AGAIN,
    MOST_CALLERS,
    PAUSES,
    QUEUES,
    Caller,
    Choice,
    Later,
    Said,
    Step,
    Truth,
)


class Switch(Truth):
    """The truth, and the steps that are possible now."""

    # -- playing ------------------------------------------------------------------------------------------------------

    def play(self, choices: Sequence[Choice]) -> Iterable[Said]:
        """Make the chosen moves; what is begun at the end is finished."""
        for choice in choices:
            yield from self.move(choice)
        yield from self.finish()

    def move(self, choice: Choice) -> Iterable[Said]:
        """Make one move, which may begin something."""
        which, pause = choice
        chosen = PAUSES[pause % len(PAUSES)]
        self.now += min(chosen, AT_ONCE) if self._is_hurried() else chosen
        steps = self._possible(may_agents_move=which % 5 == 0)
        yield from self._take(steps[which % len(steps)])

    def finish(self) -> Iterable[Said]:
        """Finish whatever has begun."""
        while any(self._scripts.values()):
            self.now += AT_ONCE
            yield from self._take(next(script.popleft() for script in self._scripts.values() if script))

    def _take(self, step: Step) -> Iterable[Said]:
        events = list(step())
        for number, event in enumerate(events):
            self.is_in_mid_step = number + 1 < len(events)
            yield Timestamp(self.now), event

    def _possible(self, *, may_agents_move: bool) -> list[Step]:
        steps = [script.popleft_step for script in map(_Script, self._scripts.values()) if script.has_steps]
        if len([c for c in self.callers.values() if not c.is_gone]) < MOST_CALLERS:
            steps.append(self._new_caller)
        for caller in self.callers.values():
            if not self._scripts[caller.call] and not caller.is_gone:
                steps += self._moves_of(caller)
        for agent in AGENTS:
            if may_agents_move and not self._scripts[agent]:
                steps += self._moves_of_agent(agent)
        return steps

    def _is_hurried(self) -> bool:
        return any(script and not isinstance(script[0], Later) for script in self._scripts.values())

    def _script(self, actor: str, *steps: Step) -> Iterable[ev.Event]:
        """Begin a script: the first step is taken now."""
        self._scripts[actor].extend(steps)
        return self._scripts[actor].popleft()()

    # -- callers ------------------------------------------------------------------------------------------------------

    def _new_caller(self) -> Iterable[ev.Event]:
        self._calls += 1
        caller = self.callers[f"c{self._calls}"] = Caller(call=CallId(f"c{self._calls}"))
        self.channels[caller.call] = None
        return ()

    def _moves_of(self, caller: Caller) -> list[Step]:
        c = caller
        if c.talks_to is not None:
            return self._moves_in_talk(c)
        if not c.in_line:
            may_join = self._may_join_again(c)
            return [
                *[lambda: self._script(c.call, *self._join(c, "sales"))] * 3 * may_join,
                *[lambda: self._script(c.call, *self._join(c, "support"))] * 3 * may_join,
                lambda: self._script(c.call, *self._refused(c, "support")),
                lambda: self._script(c.call, self._hang_up(c)),
            ]
        leave = [
            lambda: self._script(c.call, *self._abandon(c)),
            lambda: self._script(c.call, *self._time_out(c)),
            lambda: self._script(c.call, *self._press_key(c)),
        ]
        if c.ringing:
            agent = next(iter(c.ringing))
            return [
                *leave,
                lambda: self._miss(c, agent),
                lambda: self._script(c.call, *self._dump(c, agent)),
                *[lambda: self._script(c.call, *self._answer(c, agent))] * 6,
            ]
        free = [agent for agent in AGENTS if self._is_free(agent, c.queue)]
        rings: list[Step] = [lambda: self._ring(c, free), lambda: self._ring(c, free[:1])] if free else []
        return [*leave, *rings * 6]

    def _may_join_again(self, c: Caller) -> bool:
        """Stays of one caller that begin within the same seconds cannot be told apart in the log."""
        return self.now > c.joined_at + JOIN_AGAIN

    def _join(self, c: Caller, queue: str) -> list[Step]:
        def joined() -> Iterable[ev.Event]:
            c.queue, c.joined_at, c.in_line = queue, self.now, True
            self.lines[queue].append(c)
            self._write(LogKind.OFFERED, c)
            yield ev.CallerJoined(queue=QueueName(queue), call=c.call, linkedid=c.call, position=len(self.lines[queue]))

        return [self._enter(c, queue), joined]

    def _enter(self, c: Caller, queue: str) -> Step:
        return lambda: [ev.QueueEntered(call=c.call, queue=QueueName(queue), linkedid=c.call)]

    def _refused(self, c: Caller, queue: str) -> list[Step]:
        def told() -> Iterable[ev.Event]:
            self.totals[queue]["refused"] += 1
            yield ev.QueueOutcomeSet(call=c.call, outcome=QueueOutcome.FULL)

        return [self._enter(c, queue), told, self._go_on(c)]

    def _go_on(self, c: Caller) -> Step:
        return lambda: [ev.DialplanContinued(channel=ChannelId(c.call), application="NoOp", exten="s")]

    def _hang_up(self, c: Caller) -> Step:
        def hung_up() -> Iterable[ev.Event]:
            c.is_gone = True
            self.channels.pop(c.call, None)
            yield ev.ChannelHungUp(channel=ChannelId(c.call), linkedid=c.call)

        return hung_up

    def _left(self, c: Caller, reason: str | None = None) -> Step:
        def left() -> Iterable[ev.Event]:
            if reason is not None:
                self._write(LogKind.EXITED, c, wait=int(self.now) - int(c.joined_at), reason=reason)
            position = self.lines[c.queue].index(c) + 1
            self.lines[c.queue].remove(c)
            c.in_line = False
            yield ev.CallerLeft(queue=QueueName(c.queue), call=c.call, position=position)

        return left

    def _gave_up(self, c: Caller, kind: LogKind, reason: str | None = None) -> Step:
        """app_queue records the "abandon", whatever it is, and takes the caller out of the line at once."""

        def gave_up() -> Iterable[ev.Event]:
            position = self.lines[c.queue].index(c) + 1
            wait = Seconds(int(self.now) - int(c.joined_at))
            self._write(kind, c, wait=wait, reason=reason)
            yield ev.AbandonReported(queue=QueueName(c.queue), call=c.call, position=position, wait=wait)
            yield from self._left(c)()

        return gave_up

    def _abandon(self, c: Caller) -> list[Step]:
        return [self._cancel(c), self._gave_up(c, LogKind.ABANDONED), self._hang_up(c)]

    def _time_out(self, c: Caller) -> list[Step]:
        def missed() -> Iterable[ev.Event]:
            for agent in list(c.ringing):
                yield from self._miss(c, agent)

        def told() -> Iterable[ev.Event]:
            yield ev.QueueOutcomeSet(call=c.call, outcome=QueueOutcome.TIMEOUT)

        return [missed, self._gave_up(c, LogKind.EXITED, "timeout"), told, self._go_on(c)]

    def _press_key(self, c: Caller) -> list[Step]:
        return [self._cancel(c), self._left(c, "key"), self._go_on(c)]

    # -- phones -------------------------------------------------------------------------------------------------------

    def _ring(self, c: Caller, agents: Sequence[str]) -> Iterable[ev.Event]:
        for agent in agents:
            self._legs += 1
            leg = c.ringing[agent] = ChannelId(f"leg{self._legs}")
            self.channels[leg] = None
            self.engaged[agent] = c
            self._set_device(agent, DeviceStatus.RINGING)
            yield ev.AgentCalled(queue=QueueName(c.queue), call=c.call, interface=interface(agent), leg=leg)

    def _stop(self, c: Caller, agent: str) -> ChannelId:
        """The phone rings no more."""
        leg = c.ringing.pop(agent)
        self.channels.pop(leg, None)
        del self.engaged[agent]
        self._set_device(agent, DeviceStatus.NOT_IN_USE)
        return leg

    def _miss(self, c: Caller, agent: str) -> Iterable[ev.Event]:
        leg = self._stop(c, agent)
        self._write(LogKind.RANG_OUT, c, agent)
        yield ev.DialEnded(call=c.call, leg=leg, status="NOANSWER")
        yield ev.AgentMissed(
            call=c.call, queue=QueueName(c.queue), interface=interface(agent), leg=leg, ring=Seconds(1)
        )

    def _cancel(self, c: Caller) -> Step:
        """The caller is gone: every phone stops, and each is told twice."""

        def cancelled() -> Iterable[ev.Event]:
            for agent in list(c.ringing):
                self._write(LogKind.RING_CANCELLED, c, agent)
                ended = ev.DialEnded(call=c.call, leg=self._stop(c, agent), status="CANCEL")
                yield from (ended, ended)

        return cancelled

    def _pick_up(self, c: Caller, agent: str) -> Step:
        def picked_up() -> Iterable[ev.Event]:
            leg = c.leg = c.ringing.pop(agent)
            self._set_device(agent, DeviceStatus.IN_USE)
            yield ev.DialEnded(call=c.call, leg=leg, status="ANSWER")
            for other in list(c.ringing):
                ended = ev.DialEnded(call=c.call, leg=self._stop(c, other), status="CANCEL")
                yield from (ended, ended)

        return picked_up

    def _answer(self, c: Caller, agent: str) -> list[Step]:
        def connected() -> Iterable[ev.Event]:
            c.talks_to, c.answered_at = agent, self.now
            c.wait = int(self.now) - int(c.joined_at)
            self.channels[c.call] = self.channels[c.leg or ""] = "bridge"
            self._write(LogKind.ANSWERED, c, agent, wait=c.wait, leg=c.leg)
            yield ev.AgentConnected(
                call=c.call, queue=QueueName(c.queue), interface=interface(agent), leg=c.leg, wait=Seconds(c.wait)
            )

        return [self._pick_up(c, agent), Later(self._left(c)), Later(connected)]

    def _dump(self, c: Caller, agent: str) -> list[Step]:
        def dumped() -> Iterable[ev.Event]:
            leg = c.leg or ChannelId("")
            c.leg = None
            self.channels.pop(leg, None)
            del self.engaged[agent]
            self._set_device(agent, DeviceStatus.NOT_IN_USE)
            yield ev.AgentDumped(call=c.call, queue=QueueName(c.queue), interface=interface(agent), leg=leg)

        return [self._pick_up(c, agent), Later(dumped)]

    # -- talks --------------------------------------------------------------------------------------------------------

    def _moves_in_talk(self, c: Caller) -> list[Step]:
        ends: list[Step] = [
            lambda: self._script(
                c.call, self._complete(c, EndedBy.CALLER), self._leg_gone(c), self._free(c), self._hang_up(c)
            )
        ]
        if c.is_parked:
            return ends
        return [
            *ends,
            lambda: self._script(
                c.call,
                self._leg_gone(c),
                self._complete(c, EndedBy.AGENT, has_leg=False),
                self._free(c),
                self._go_on(c),
            ),
            lambda: self._script(
                c.call,
                self._complete(c, EndedBy.AGENT, has_call=False, has_leg=False),
                self._leg_gone(c),
                self._free(c),
            ),
            *[lambda: self._script(c.call, *self._transfer(c, joined_first=True))] * 4 * self._may_join_again(c),
            *[lambda: self._script(c.call, *self._transfer(c, joined_first=False))] * 4 * self._may_join_again(c),
            lambda: self._script(c.call, self._leg_gone(c), self._park(c)),
            lambda: self._hold(c),
            lambda: self._hold(c),
        ]

    def _hung_up_by_agent(self, c: Caller, *, has_call: bool = True) -> list[Step]:
        record = self._complete(c, EndedBy.AGENT, has_call=has_call, has_leg=False)
        order = [self._leg_gone(c), record] if has_call else [record, self._leg_gone(c)]
        return [*order, self._free(c), self._go_on(c)]

    def _hold(self, c: Caller) -> Iterable[ev.Event]:
        c.is_held = not c.is_held
        kind = ev.ChannelHeld if c.is_held else ev.ChannelUnheld
        yield kind(channel=c.leg or ChannelId(""), linkedid=c.call)

    def _complete(self, c: Caller, by: EndedBy, *, has_call: bool = True, has_leg: bool = True) -> Step:
        agent, queue, leg, wait, since = c.talks_to or "", c.queue, c.leg, c.wait, c.answered_at

        def completed() -> Iterable[ev.Event]:
            talk = int(self.now) - int(since)
            reason = "blind" if by is EndedBy.TRANSFER else None
            self._write(LogKind.COMPLETED, c, agent, queue=queue, wait=wait, talk=talk, reason=reason, ended_by=by)
            self.totals[queue]["transferred"] += by is EndedBy.TRANSFER
            self._call_over(c, agent, queue)
            yield ev.AgentCompleted(
                call=c.call if has_call else None,
                leg=leg if has_leg else None,
                queue=QueueName(queue),
                interface=interface(agent),
                wait=Seconds(wait),
                talk=Seconds(talk),
                ended_by=by,
            )

        return completed

    def _leg_gone(self, c: Caller) -> Step:
        agent, queue, leg = c.talks_to or "", c.queue, c.leg or ChannelId("")

        def gone() -> Iterable[ev.Event]:
            if self.channels.pop(leg, None) is not None:
                self._call_over(c, agent, queue)
                if agent not in self.engaged and agent not in self.on_own_call:
                    self._set_device(agent, DeviceStatus.NOT_IN_USE)
                yield ev.ChannelHungUp(channel=leg, linkedid=c.call)

        return gone

    def _free(self, c: Caller) -> Step:
        """The caller talks to nobody any more."""

        def freed() -> Iterable[ev.Event]:
            c.talks_to, c.leg, c.is_parked, c.is_held = None, None, False, False
            if c.call in self.channels:
                self.channels[c.call] = None
            return ()

        return freed

    def _park(self, c: Caller) -> Step:
        def parked() -> Iterable[ev.Event]:
            c.is_parked = True
            return ()

        return parked

    def _transfer(self, c: Caller, *, joined_first: bool) -> list[Step]:
        """Blind, into a queue; the record of the end may come after the new place in line (T19)."""
        leg = c.leg

        def told() -> Iterable[ev.Event]:
            yield ev.BlindTransferred(transferer=leg, transferee=ChannelId(c.call), linkedids=(c.call,))

        record = self._complete(c, EndedBy.TRANSFER)
        join = self._join(c, "support")
        order = [*join, record] if joined_first else [record, *join]
        return [told, self._leg_gone(c), self._free(c), *order]

    # -- agents -------------------------------------------------------------------------------------------------------

    def _moves_of_agent(self, agent: str) -> list[Step]:
        moves: list[Step] = [lambda: self._toggle_pause(agent)]
        moves += [lambda queue=queue: self._toggle_membership(agent, queue) for queue in QUEUES]  # type: ignore[misc]
        if agent not in self.engaged:
            moves += [lambda: self._own_call(agent), lambda: self._own_call(agent)]
        return moves

    def _toggle_pause(self, agent: str) -> Iterable[ev.Event]:
        mine = [key for key in self.members if key[1] == agent]
        pausing = not all(self.members[key].is_paused for key in mine)
        for key in mine:
            self.members[key] = msgspec.structs.replace(
                self.members[key],
                is_paused=pausing,
                pause_reason="meal" if pausing else None,
                last_pause=Timestamp(int(self.now)) if pausing else self.members[key].last_pause,
            )
            yield ev.MemberPaused(member=self.members[key])

    def _toggle_membership(self, agent: str, queue: str) -> Iterable[ev.Event]:
        known = self.members.pop((queue, agent), None)
        if known is not None:
            yield ev.MemberRemoved(member=known)
        else:
            record = self.members[queue, agent] = member(agent, queue, device=self.device[agent])
            yield ev.MemberAdded(member=record)

    def _own_call(self, agent: str) -> Iterable[ev.Event]:
        calling = agent not in self.on_own_call
        (self.on_own_call.add if calling else self.on_own_call.discard)(agent)
        self._set_device(agent, DeviceStatus.IN_USE if calling else DeviceStatus.NOT_IN_USE)
        return ()


class _Script:
    """One actor's steps to come."""

    def __init__(self, steps: "deque[Step]") -> None:
        self._steps = steps
        self.has_steps = bool(steps)

    def popleft_step(self) -> Iterable[ev.Event]:
        """Take the actor's next step."""
        return self._steps.popleft()()
