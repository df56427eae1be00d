"""The judge: what queue_log says happened, counted without any of ctibridge's code.

Records are `epoch|callid|queue|member|event|data…`.  Nothing in them is escaped, so a `|` in a member's name or in a
reason adds fields: the event is the first known word from the fifth field on, and figures are read from the right.
Queue names are folded, since queue_log writes them sometimes as dialled and sometimes as configured.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

EXITS: Final = {"EXITWITHTIMEOUT": "timeout", "EXITWITHKEY": "key", "EXITEMPTY": "empty", "WITHDRAW": "withdrawn"}
TRANSFERS: Final = {"BLINDTRANSFER": "blind", "ATTENDEDTRANSFER": "attended"}
ENDS: Final = {"COMPLETEAGENT": "agent", "COMPLETECALLER": "caller"} | dict.fromkeys(TRANSFERS, "transfer")
MEMBERSHIP: Final = {"ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PENALTY", "RINGINUSE"}
EVENTS: Final = (
    {"ENTERQUEUE", "CONNECT", "ABANDON", "RINGNOANSWER", "RINGCANCELED", "AGENTDUMP", "SYSCOMPAT"}
    | {"QUEUESTART", "CONFIGRELOAD", "AGENTLOGIN", "AGENTLOGOFF", "DID", "OUTCALL"}
    | MEMBERSHIP
    | EXITS.keys()
    | ENDS.keys()
)
EVENT_FIELD: Final = 4


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    at: int
    """Epoch seconds."""
    call: str
    queue: str
    member: str
    event: str
    data: tuple[str, ...]


class Stay(msgspec.Struct, kw_only=True):
    """One caller's stay in one queue, from ENTERQUEUE on."""

    queue: str
    call: str
    entered: int
    outcome: str = "waiting"
    """waiting, answered, abandoned, exited, or lost when Asterisk stopped before the end was written."""
    reason: str = ""
    """How the caller exited: timeout, key, empty, withdrawn."""
    member: str = ""
    wait: int = 0
    """Seconds, as written in the record."""
    talk: int | None = None
    """Seconds, from the first record that ends the conversation; None while it lasts."""
    ended_by: str = ""


class QueueTotals(msgspec.Struct, kw_only=True):
    """One queue."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    exited: Counter[str] = msgspec.field(default_factory=Counter)
    lost: int = 0
    waiting: int = 0
    ring_no_answer: int = 0
    ring_cancelled: int = 0
    transferred: Counter[str] = msgspec.field(default_factory=Counter)
    answer_wait_seconds: int = 0
    abandon_wait_seconds: int = 0
    talk_seconds: int = 0

    def adds_up(self) -> bool:
        """Whether every offered call is accounted for."""
        return self.offered == self.answered + self.abandoned + self.exited.total() + self.lost + self.waiting


class AgentTotals(msgspec.Struct, kw_only=True):
    """One agent, over all queues."""

    answered: int = 0
    ring_no_answer: int = 0
    ring_cancelled: int = 0
    talk_seconds: int = 0


class Pause(msgspec.Struct, kw_only=True):
    """An agent's pause in one queue; a change of the reason ends it and begins another."""

    queue: str
    member: str
    reason: str
    start: int
    end: int | None = None
    """Epoch seconds; None while it lasts."""


class Judge:
    """The verdict on the records it is given, in their order."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.stays: list[Stay] = []
        self.pauses: list[Pause] = []
        self.queues: dict[str, QueueTotals] = {}
        self.agents: dict[str, AgentTotals] = {}
        for record in records:
            self._take(record)
        for stay in self.stays:
            self._count(stay)

    @property
    def talking(self) -> int:
        """Answered calls whose end is not written yet."""
        return sum(stay.outcome == "answered" and stay.talk is None for stay in self.stays)

    def _queue(self, name: str) -> QueueTotals:
        return self.queues.setdefault(name, QueueTotals())

    def _agent(self, member: str) -> AgentTotals:
        return self.agents.setdefault(member, AgentTotals())

    def _take(self, record: Record) -> None:
        match record.event:
            case "ENTERQUEUE":
                self.stays.append(Stay(queue=record.queue, call=record.call, entered=record.at))
            case "CONNECT":
                self._leave(record, "answered", int(record.data[0]))
            case "ABANDON":
                self._leave(record, "abandoned", int(record.data[-1]))
            case "EXITWITHTIMEOUT" | "EXITEMPTY" | "EXITWITHKEY":
                self._leave(record, "exited", int(record.data[-1]))
            case "WITHDRAW":  # Free text follows the figures.
                self._leave(record, "exited", int(record.data[2]))
            case "COMPLETEAGENT" | "COMPLETECALLER" | "BLINDTRANSFER" | "ATTENDEDTRANSFER":
                self._end(record)
            case "RINGNOANSWER" | "RINGCANCELED":
                self._ring(record)
            case "PAUSE" | "UNPAUSE" | "ADDMEMBER" | "REMOVEMEMBER":
                self._pause(record)
            case "QUEUESTART":
                self._restart(record.at)

    def _ring(self, record: Record) -> None:
        for totals in (self._queue(record.queue), self._agent(record.member)):
            if record.event == "RINGNOANSWER":
                totals.ring_no_answer += 1
            else:
                totals.ring_cancelled += 1

    def _leave(self, record: Record, outcome: str, wait: int) -> None:
        """An attended transfer may have changed the call's id while it waited; its time of entry stays.

        Entry, wait and record are three readings of a clock in whole seconds: together they may be one off.
        """
        waiting = [stay for stay in self.stays if stay.outcome == "waiting" and stay.queue == record.queue]
        found = [stay for stay in waiting if stay.call == record.call] or sorted(
            (stay for stay in waiting if abs(stay.entered - (record.at - wait)) <= 1),
            key=lambda stay: abs(stay.entered - (record.at - wait)),
        )
        if found:
            stay = found[0]
            stay.call, stay.outcome, stay.wait, stay.member = record.call, outcome, wait, record.member
            stay.reason = EXITS.get(record.event, "")

    def _end(self, record: Record) -> None:
        """Two records may end one call; after a transfer, or without a Local channel, it may have another call's id."""
        if kind := TRANSFERS.get(record.event):
            self._queue(record.queue).transferred[kind] += 1
        hold, talk = (
            (record.data[-3], record.data[-2]) if record.event in TRANSFERS else (record.data[0], record.data[1])
        )
        talking = [
            stay
            for stay in self.stays
            if stay.outcome == "answered"
            and stay.talk is None
            and (stay.queue, stay.member) == (record.queue, record.member)
            and abs(stay.wait - int(hold)) <= 1
        ]
        talking.sort(key=lambda stay: abs(stay.wait - int(hold)))
        found = [stay for stay in talking if stay.call == record.call] or talking
        if found:
            found[0].talk, found[0].ended_by = int(talk), ENDS[record.event]

    def _pause(self, record: Record) -> None:
        """PAUSE of a paused member changes the reason; UNPAUSE of one who is not paused is written too."""
        for pause in self.pauses:
            if pause.end is None and (pause.queue, pause.member) == (record.queue, record.member):
                pause.end = record.at
        if record.event == "PAUSE" or record.data[:1] == ("PAUSED",):
            reason = "|".join(record.data) if record.event == "PAUSE" else ""
            self.pauses.append(Pause(queue=record.queue, member=record.member, reason=reason, start=record.at))

    def _restart(self, at: int) -> None:
        for stay in self.stays:
            if stay.outcome == "waiting":
                stay.outcome = "lost"
            elif stay.talk is None:
                stay.talk = 0
        for pause in self.pauses:
            if pause.end is None:
                pause.end = at

    def _count(self, stay: Stay) -> None:
        queue = self._queue(stay.queue)
        queue.offered += 1
        match stay.outcome:
            case "answered":
                queue.answered += 1
                queue.answer_wait_seconds += stay.wait
                queue.talk_seconds += stay.talk or 0
                agent = self._agent(stay.member)
                agent.answered += 1
                agent.talk_seconds += stay.talk or 0
            case "abandoned":
                queue.abandoned += 1
                queue.abandon_wait_seconds += stay.wait
            case "exited":
                queue.exited[stay.reason] += 1
            case "lost":
                queue.lost += 1
            case _:
                queue.waiting += 1


def parsed(line: str) -> Record | None:
    """The record in one line; None for what is none."""
    fields = line.rstrip("\r\n").split("|")
    where = next((index for index, field in enumerate(fields) if index >= EVENT_FIELD and field in EVENTS), None)
    if where is None or not fields[0].isdecimal():
        return None
    return Record(
        at=int(fields[0]),
        call=fields[1],
        queue=fields[2].lower(),
        member="|".join(fields[3:where]),
        event=fields[where],
        data=tuple(fields[where + 1 :]),
    )


def judged(path: Path) -> Judge:
    """The verdict on a queue_log file as it is now."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return Judge(record for line in lines if (record := parsed(line)) is not None)
