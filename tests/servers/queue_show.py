"""What `queue show` prints, as values: who waits, who is a member, and in which state."""

import re
from typing import Final

import msgspec

ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
QUEUE: Final = re.compile(
    r"^(?P<name>\S.*?) has (?P<calls>\d+) calls \(max (?P<max>\w+)\) in '(?P<strategy>\w+)' strategy"
)
MEMBER: Final = re.compile(
    r"^ {6}(?P<head>\S.*?)(?: with penalty (?P<penalty>\d+))? \(ringinuse (?:enabled|disabled)\)(?P<flags>.*)"
    r" \((?P<status>Not in use|In use|Busy|Invalid|Unavailable|Ringing|Ring\+Inuse|On Hold|Unknown)\) has taken"
)
INTERFACE: Final = re.compile(r"^(?:(?P<name>.*) \()?(?P<interface>[A-Za-z]+/\S+?)(?: from (?P<state>[^()]+))?\)?$")
PAUSED: Final = re.compile(r"\(paused(?::(?P<reason>.*))? was \d+ secs ago\)")
CALLER: Final = re.compile(r"^ {6}(?P<position>\d+)\. (?P<channel>\S+) \(wait: (?P<minutes>\d+):(?P<seconds>\d+)")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One interface's place in one queue."""

    name: str
    interface: str
    state_interface: str
    penalty: int
    status: str
    """In Asterisk's words: Not in use, In use, Ringing, Unavailable…"""
    paused: bool
    reason: str
    in_call: bool
    """In a call of this queue."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """One waiting caller."""

    position: int
    channel: str
    wait: int
    """Seconds."""


class Queue(msgspec.Struct, kw_only=True):
    """One queue."""

    name: str
    strategy: str
    calls: int
    members: list[Member] = []
    callers: list[Caller] = []


def shown(text: str) -> dict[str, Queue]:
    """The queues in the output of `queue show`, by name."""
    queues: dict[str, Queue] = {}
    queue: Queue | None = None
    for line in ANSI.sub("", text).splitlines():
        if head := QUEUE.match(line):
            queue = Queue(name=head["name"], strategy=head["strategy"], calls=int(head["calls"]))
            queues[queue.name] = queue
        elif queue is not None and (row := CALLER.match(line)):
            wait = int(row["minutes"]) * 60 + int(row["seconds"])
            queue.callers.append(Caller(position=int(row["position"]), channel=row["channel"], wait=wait))
        elif queue is not None and (row := MEMBER.match(line)):
            queue.members.append(_member(row))
    return queues


def _member(row: re.Match[str]) -> Member:
    head = INTERFACE.match(row["head"])
    if head is None:
        raise ValueError(f"no interface in {row['head']!r}")
    paused = PAUSED.search(row["flags"])
    return Member(
        name=head["name"] or head["interface"],
        interface=head["interface"],
        state_interface=head["state"] or head["interface"],
        penalty=int(row["penalty"] or 0),
        status=row["status"],
        paused=paused is not None,
        reason=(paused["reason"] or "") if paused else "",
        in_call="(in call)" in row["flags"],
    )
