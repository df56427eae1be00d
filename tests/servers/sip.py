"""As much of SIP (RFC 3261) as a telephone on the same machine needs: messages, digests, a session description."""

import hashlib
import re
import secrets
from typing import Final

import msgspec

CRLF: Final = "\r\n"
BRANCH_COOKIE: Final = "z9hG4bK"
A_LAW: Final = "8 PCMA/8000"
G729: Final = "18 G729/8000"
PARAMETER: Final = re.compile(r'(\w+)="?([^",]*)"?')
URI: Final = re.compile(r"<?(sips?:[^>;]+)")
BRANCH: Final = re.compile(r";branch=([^;]+)")
TAG: Final = re.compile(r";tag=([^;>]+)")


class Packet(msgspec.Struct, frozen=True):
    """One request or response."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    def __getitem__(self, name: str) -> str:
        """The first header of that name; empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def method(self) -> str:
        """INVITE, BYE…; of a response, the method that it answers."""
        return self["CSeq"].partition(" ")[2] if self.is_response else self.start.partition(" ")[0]

    @property
    def is_response(self) -> bool:
        """Whether it answers a request."""
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        """Of a response."""
        return int(self.start.split(" ")[1])

    def encoded(self) -> bytes:
        """As sent."""
        lines = [self.start, *(f"{key}: {value}" for key, value in self.headers)]
        lines.append(f"Content-Length: {len(self.body.encode())}")
        return (CRLF.join(lines) + CRLF * 2 + self.body).encode()


def decoded(data: bytes) -> Packet:
    """A received datagram."""
    head, _, body = data.decode(errors="replace").partition(CRLF * 2)
    start, *lines = head.split(CRLF)
    headers = tuple((key.strip(), value.strip()) for key, _, value in (line.partition(":") for line in lines))
    return Packet(start, headers, body)


def response_to(request: Packet, status: str, contact: str, tag: str, body: str = "") -> Packet:
    """An answer: `status` is code and phrase, `contact` where we are, or where else to ask."""
    copied = [(key, value) for key, value in request.headers if key.lower() in ("via", "record-route", "call-id")]
    to = request["To"] if TAG.search(request["To"]) else f"{request['To']};tag={tag}"
    headers = [*copied, ("From", request["From"]), ("To", to), ("CSeq", request["CSeq"]), ("Contact", contact)]
    if body:
        headers.append(("Content-Type", "application/sdp"))
    return Packet(f"SIP/2.0 {status}", tuple(headers), body)


def uri_in(header: str) -> str:
    """The address in a From, To or Contact header."""
    found = URI.search(header)
    return found[1] if found else header


def tag_in(header: str) -> str:
    """The tag in a From or To header; empty when there is none."""
    found = TAG.search(header)
    return found[1] if found else ""


def branch_in(via: str) -> str:
    """What tells one transaction from another; the rest of a Via header changes on the way."""
    found = BRANCH.search(via)
    return found[1] if found else ""


def token() -> str:
    """Unlike every other."""
    return secrets.token_hex(8)


def authorization(challenge: str, user: str, password: str, method: str, uri: str) -> str:
    """The answer to a WWW-Authenticate header (digest, MD5)."""
    asked = dict(PARAMETER.findall(challenge))
    count, nonce = "00000001", token()
    secret = _md5(f"{user}:{asked['realm']}:{password}")
    request = _md5(f"{method}:{uri}")
    middle = f"{asked['nonce']}:{count}:{nonce}:auth" if "qop" in asked else asked["nonce"]
    said = {
        "username": user,
        "realm": asked["realm"],
        "nonce": asked["nonce"],
        "uri": uri,
        "response": _md5(f"{secret}:{middle}:{request}"),
    }
    text = "Digest " + ", ".join(f'{key}="{value}"' for key, value in said.items())
    if opaque := asked.get("opaque"):
        text += f', opaque="{opaque}"'
    return text + (f', qop=auth, nc={count}, cnonce="{nonce}"' if "qop" in asked else "")


def session(host: str, port: int, version: int, direction: str, codec: str = A_LAW) -> str:
    """An offer or answer of one codec; `direction` is sendrecv or, to put the other side on hold, sendonly."""
    lines = (
        "v=0",
        f"o=- 1 {version} IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {codec.partition(' ')[0]}",
        f"a=rtpmap:{codec}",
        f"a={direction}",
    )
    return CRLF.join(lines) + CRLF


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the protocol's choice
