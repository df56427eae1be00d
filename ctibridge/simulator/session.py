"""One client's AMI session without its socket: bytes in, bytes out."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from random import Random

import msgspec

from ctibridge.simulator.frames import BANNER, Frame, encode
from ctibridge.simulator.replies import Reply, error, response

MAX_LINE = 1024
"""Bytes of a line that Asterisk takes; it answers longer ones with an error and forgets the action."""
EVENT_CLASSES = frozenset({"agent", "call", "dialplan", "system"})
"""The classes of events that the simulation has."""
ALL_WORDS = frozenset({"on", "all", "true", "yes", "y", "t", "1"})
LOGIN_PENALTY = 1.0
"""Seconds that Asterisk lets pass before it answers a failed login and hangs up."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The only user of manager.conf; ``read`` and ``write`` are ``all``."""

    username: str
    secret: str

    def __repr__(self) -> str:
        return f"Account(username={self.username!r})"


class Host(msgspec.Struct, frozen=True):
    """What a session needs of the PBX behind it."""

    perform: Callable[[Mapping[str, str]], tuple[Reply, ...]]
    """Does an action of an authenticated client."""
    uptime: Callable[[], int]
    """Seconds since the PBX started."""


class Session:
    """The dialogue with one client, from the greeting to its end."""

    greeting = BANNER.encode()

    def __init__(self, account: Account, host: Host, random: Random) -> None:
        self._account = account
        self._host = host
        self._random = random
        self._buffer = b""
        self._lines: list[str] = []
        self._is_damaged = False
        self._challenge = ""
        self._event_classes: frozenset[str] = frozenset()
        self.is_authenticated = False
        self.is_over = False
        """Whether the connection is to be closed when everything is sent."""
        self.penalty = 0.0
        """Seconds to wait before the answer that ends the session is sent."""

    def deliver(self, frame: Frame) -> bytes:
        """What the client gets to see of an event; nothing when it is not its class of events."""
        return frame.encode() if frame.event_class in self._event_classes else b""

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Take what the client sent, cut anywhere; the answer to each action, which is done when it is asked for."""
        self._buffer += data
        while not self.is_over and (end := self._buffer.find(b"\n")) >= 0:
            line, self._buffer = self._buffer[:end].removesuffix(b"\r"), self._buffer[end + 1 :]
            if answer := self._take_line(line):
                yield answer
        if len(self._buffer) > MAX_LINE:
            self._buffer, self._is_damaged = b"", True

    def _take_line(self, line: bytes) -> bytes:
        if line:
            self._is_damaged |= len(line) > MAX_LINE
            self._lines.append(line.decode(errors="replace"))
            return b""
        lines, self._lines = self._lines, []
        is_damaged, self._is_damaged = self._is_damaged, False
        if is_damaged:
            return _encoded(error({}, "Failed to parse message: line too long"))
        return self._answer(_headers(lines)) if lines else b""

    def _answer(self, action: Mapping[str, str]) -> bytes:
        match action.get("action", "").lower():
            case "login" if not self.is_authenticated:
                return self._log_in(action)
            case "login":
                return _encoded(response("Success", action, ("Message", "Already authenticated")))
            case "challenge":
                return self._give_challenge(action)
            case "logoff":
                self.is_over = True
                return _encoded(response("Goodbye", action, ("Message", "Thanks for all the fish.")))
            case name if not self.is_authenticated and name:
                return _encoded(error(action, "Permission denied"))
            case "events":
                return self._choose_events(action)
            case _:
                return _encoded(*self._host.perform(action))

    def _log_in(self, action: Mapping[str, str]) -> bytes:
        if not self._is_genuine(action):
            self.is_over, self.penalty = True, LOGIN_PENALTY
            return _encoded(error(action, "Authentication failed"))
        self.is_authenticated = True
        self._event_classes = _event_classes(action.get("events") or "on")
        accepted = response("Success", action, ("Message", "Authentication accepted"))
        if "system" not in self._event_classes:
            return _encoded(accepted)
        uptime = str(self._host.uptime())
        booted = (
            ("Event", "FullyBooted"),
            ("Privilege", "system,all"),
            ("Uptime", uptime),
            ("LastReload", uptime),
            ("Status", "Fully Booted"),
        )
        return _encoded(accepted, booted)

    def _is_genuine(self, action: Mapping[str, str]) -> bool:
        if action.get("username") != self._account.username:
            return False
        secret = self._account.secret
        if action.get("authtype", "").lower() != "md5":
            return hmac.compare_digest(action.get("secret", "").encode(), secret.encode())
        # MD5 is what the protocol offers; the challenge keeps the secret off the wire.
        expected = hashlib.md5(f"{self._challenge}{secret}".encode(), usedforsecurity=False).hexdigest()
        return bool(self._challenge) and hmac.compare_digest(action.get("key", ""), expected)

    def _give_challenge(self, action: Mapping[str, str]) -> bytes:
        if action.get("authtype", "").lower() != "md5":
            return _encoded(error(action, "Must specify AuthType"))
        self._challenge = self._challenge or str(self._random.randrange(1 << 31))
        return _encoded(response("Success", action, ("Challenge", self._challenge)))

    def _choose_events(self, action: Mapping[str, str]) -> bytes:
        mask = action.get("eventmask", "")
        if not mask:
            return _encoded(error(action, "Invalid event mask"))
        self._event_classes = _event_classes(mask)
        return _encoded(response("Success", action, ("Events", "On" if self._event_classes else "Off")))


def _headers(lines: list[str]) -> dict[str, str]:
    """Header names in lower case; the first of several counts, and a line without a colon is nothing."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _event_classes(mask: str) -> frozenset[str]:
    words = {word.strip().lower() for word in mask.split(",")}
    return EVENT_CLASSES if words & ALL_WORDS else EVENT_CLASSES & words


def _encoded(*replies: Reply) -> bytes:
    return b"".join(encode(reply) for reply in replies)
