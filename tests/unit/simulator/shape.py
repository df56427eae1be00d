"""The shape of an AMI stream: what must be the same on a real Asterisk and on the simulated one.

Events reach AMI from several threads of Asterisk: the caller's, the telephones', device state, app_queue's
subscriptions.  Two recordings of the same story differ in how these interleave, and never in the order within one.
So a stream is divided into lanes, one for each thread and thing; a lane is a list of lines, a line is an event with
those of its values that do not depend on chance.
"""

import re
from collections import defaultdict

Message = list[tuple[str, str]]

IGNORED = {"TestEvent", "SuccessfulAuth", "DTMFEnd"}
"""Left out of the simulation: a build option, the security class and key tones."""
IGNORED_VARIABLES = re.compile(r"SIPDOMAIN|RTPAUDIO.*|BRIDGE.*")
"""Set by chan_pjsip and by bridges, how often depends on timing."""
IGNORED_HEADERS = re.compile(
    r"(Dest)?(Uniqueid|Linkedid|Language|AccountCode|ChannelStateDesc)|Privilege|Timestamp|Event"
    # Whether the status came before or after the answer was noted is a race in Asterisk.
    r"|InCall|LoginTime|Bridge(Uniqueid|Type|Technology|Creator|Name|VideoSourceMode)"
)
CHANNEL_HEADERS = re.compile(
    r"(Dest)?(Channel|ChannelState|CallerID(Num|Name)|ConnectedLine(Num|Name)|Context|Exten|Priority)"
)
"""Said again by every event; a line has only those that differ from the line before, as with those of members."""
EPOCHS = {"LastCall", "LastPause"}
CLOCKED = re.compile(r"(ANSWEREDTIME|DIALEDTIME)(_MS)?")
"""Variables whose value depends on how long ``Answer()`` takes."""


def parse(raw: bytes) -> list[Message]:
    """All frames of a capture."""
    blocks = raw.decode().split("\r\n\r\n")
    lines = [[line.partition(":") for line in block.split("\r\n") if ":" in line] for block in blocks]
    return [[(name, value.removeprefix(" ")) for name, _, value in block] for block in lines if block]


def events(raw: bytes) -> list[Message]:
    """The events of a capture that the simulation knows, without answers and lists."""
    return [message for message in parse(raw) if _is_simulated(dict(message))]


def header_names(raw: bytes) -> set[str]:
    """Each event with its class and its headers in order; some events have variants."""
    names = set()
    for message in events(raw):
        facts = dict(message)
        names.add(f"{facts['Event']} ({facts['Privilege']}): {' '.join(name for name, _ in message)}")
    return names


def lanes(raw: bytes) -> dict[str, list[str]]:
    """The lines of each lane."""
    aliases = _Aliases()
    found: dict[str, list[str]] = defaultdict(list)
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for message in events(raw):
        facts = {name: aliases.replace(value) for name, value in message}
        lane = _lane(facts)
        found[lane].append(_line(facts, said[lane]))
    # The state of a pause before the first pause depends on what was played before on the same Asterisk.
    for lane in [lane for lane in found if "_pause_" in lane]:
        if found[lane][0].endswith("State=NOT_INUSE"):
            del found[lane][0]
        if not found[lane]:
            del found[lane]
    return dict(found)


class _Aliases:
    """Gives channels names that do not depend on what happened before: ``trunk#1``, ``1001#2``."""

    def __init__(self) -> None:
        self._aliases: dict[str, str] = {}
        self._counts: dict[str, int] = defaultdict(int)

    def replace(self, value: str) -> str:
        match = re.fullmatch(r"PJSIP/(\w+)-[0-9a-f]{8}", value)
        if match is None:
            return value
        if value not in self._aliases:
            self._counts[match[1]] += 1
            self._aliases[value] = f"{match[1]}#{self._counts[match[1]]}"
        return self._aliases[value]


def _is_simulated(facts: dict[str, str]) -> bool:
    is_event = "Privilege" in facts and facts["Event"] not in IGNORED
    return is_event and "Timestamp" in facts and not IGNORED_VARIABLES.fullmatch(facts.get("Variable", ""))


def _lane(facts: dict[str, str]) -> str:
    event = facts["Event"]
    if event == "DeviceStateChange":
        return f"device {facts['Device']}"
    if event.startswith("QueueMember"):
        return f"member {facts['Interface']} of {facts['Queue']}"
    if event.startswith("Bridge"):
        return "bridges"
    if event in {"AgentComplete", "HangupRequest"}:
        return f"{event} of {facts['Channel']}"
    return facts["Channel"]


def _line(facts: dict[str, str], said: dict[str, str]) -> str:
    words = [facts["Event"]]
    for name, value in facts.items():
        if IGNORED_HEADERS.fullmatch(name) or said.get(name) == value:
            continue
        if CHANNEL_HEADERS.fullmatch(name) or facts["Event"].startswith("QueueMember"):
            said[name] = value
        if name in EPOCHS:
            words.append(f"{name}={'0' if value == '0' else 'epoch'}")
        elif name == "Value" and CLOCKED.fullmatch(facts["Variable"]):
            words.append("Value=" if not value else "Value=seconds")
        else:
            words.append(f"{name}={value}")
    return " ".join(words)


def records(queue_log: str) -> list[str]:
    """queue_log without what depends on the moment: seconds, call ids and milliseconds."""
    found = []
    for line in queue_log.splitlines():
        _, call, queue, agent, event, *data = line.split("|")
        if event == "QUEUESTART":
            continue
        if event == "CONNECT":
            data[1] = "leg"
        if event == "RINGCANCELED":
            data = ["milliseconds"]
        found.append("|".join([call if call in {"NONE", "MANAGER"} else "call", queue, agent, event, *data]))
    return found


def written(shape: dict[str, list[str]]) -> str:
    """A shape as text."""
    return "\n".join(f"[{lane}]\n" + "".join(f"{line}\n" for line in lines) for lane, lines in shape.items())


def read(text: str) -> dict[str, list[str]]:
    """A shape from text."""
    found: dict[str, list[str]] = {}
    for block in text.split("\n\n"):
        lane, *lines = block.strip().splitlines()
        found[lane.strip("[]")] = lines
    return found
