"""Frames as Asterisk 22 sends them, with the headers that matter to a test."""

from ctibridge.asterisk.messages import Message

CLASSES = {
    "Queue": "agent,all",
    "Agent": "agent,all",
    "VarSe": "dialplan,all",
    "Newex": "dialplan,all",
    "Fully": "system,all",
    "Reloa": "system,all",
}


def channel(uniqueid: str, prefix: str = "", *, number: str = "13800000001", name: str = "<unknown>") -> dict[str, str]:
    """A channel's headers, in Asterisk's order."""
    return {
        f"{prefix}Channel": f"PJSIP/trunk-{uniqueid[-8:]}",
        f"{prefix}ChannelState": "6",
        f"{prefix}ChannelStateDesc": "Up",
        f"{prefix}CallerIDNum": number,
        f"{prefix}CallerIDName": name,
        f"{prefix}ConnectedLineNum": "<unknown>",
        f"{prefix}ConnectedLineName": "<unknown>",
        f"{prefix}Language": "en",
        f"{prefix}AccountCode": "",
        f"{prefix}Context": "inbound",
        f"{prefix}Exten": "400",
        f"{prefix}Priority": "3",
        f"{prefix}Uniqueid": uniqueid,
        f"{prefix}Linkedid": uniqueid,
    }


def event(name: str, *blocks: dict[str, str], stamp: str | None = "1795283190.917963", **headers: str) -> bytes:
    """An event that Asterisk raised by itself; header names with an underscore get a dash."""
    lines = [f"Event: {name}", f"Privilege: {CLASSES.get(name[:5], 'call,all')}"]
    if stamp is not None:
        lines.append(f"Timestamp: {stamp}")
    for block in (*blocks, headers):
        lines += [f"{header.replace('_', '-')}: {value}" for header, value in block.items()]
    return "\r\n".join(lines).encode()


def item(name: str, action_id: str, *blocks: dict[str, str], **headers: str) -> bytes:
    """An item of a list."""
    lines = [f"Event: {name}"]
    for block in (*blocks, headers):
        lines += [f"{header}: {value}" for header, value in block.items()]
    return "\r\n".join([*lines, f"ActionID: {action_id}"]).encode()


def response(action_id: str, outcome: str = "Success", **headers: str) -> bytes:
    """A reply."""
    lines = [f"Response: {outcome}", f"ActionID: {action_id}"]
    return "\r\n".join([*lines, *(f"{header}: {value}" for header, value in headers.items())]).encode()


def stream(*frames: bytes) -> bytes:
    """Frames one after another, as on the wire."""
    return b"".join(frame + b"\r\n\r\n" for frame in frames)


def joined(uniqueid: str, queue: str = "sales", position: int = 1, **options: str) -> bytes:
    """A caller joins."""
    number, name = options.get("number", "13800000001"), options.get("name", "<unknown>")
    block = channel(uniqueid, number=number, name=name)
    return event("QueueCallerJoin", block, Queue=queue, Position=str(position), Count=str(position))


def parsed(frame: bytes) -> Message:
    return Message(frame)
