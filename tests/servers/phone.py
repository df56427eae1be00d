"""A SIP telephone without sound: registers, rings, answers, rejects, holds, transfers, dials, hangs up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final, TypeAlias
from urllib.parse import quote

import msgspec

from tests.servers import sip
from tests.servers.asterisk import Asterisk
from tests.servers.ports import LOOPBACK
from tests.servers.sip import Packet

Headers: TypeAlias = tuple[tuple[str, str], ...]

REPLY_SECONDS: Final = 10.0
REGISTERED_SECONDS: Final = 300
FINAL: Final = 200
REFUSED: Final = 300
UNAUTHORIZED: Final = 401
SOUND_PORT: Final = 9
"""The discard port: nobody sends sound, and what Asterisk sends goes nowhere."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request of ours."""

    method: str
    uri: str
    local: str
    """The From header."""
    remote: str
    """The To header."""
    call_id: str
    cseq: int
    body: str = ""
    extra: Headers = ()


class Dialog:
    """One call as the telephone sees it."""

    def __init__(self, call_id: str, local: str, remote: str, target: str) -> None:
        self.call_id = call_id
        self.local = local
        """Our From or To header, with our tag."""
        self.remote = remote
        self.target = target
        """Where requests within the call go."""
        self.cseq = 100
        self.version = 1
        """Of our session description; grows with every offer."""
        self.invitation: Packet | None = None
        """The unanswered INVITE while it rings here."""
        self.ended = asyncio.Event()

    def ask(self, method: str, body: str = "", extra: Headers = ()) -> Ask:
        """A request within this call."""
        return Ask(
            method=method,
            uri=self.target,
            local=self.local,
            remote=self.remote,
            call_id=self.call_id,
            cseq=self.cseq,
            body=body,
            extra=extra,
        )


class Phone(asyncio.DatagramProtocol):
    """One telephone, in one call at a time, or in two while it transfers; get one by `phone`."""

    def __init__(self, asterisk: Asterisk, user: str, password: str, codec: str) -> None:
        self.user = user
        self.codec = codec
        self.port = 0
        self.dialogs: list[Dialog] = []
        """The oldest first; those that ended are gone."""
        self._server = (asterisk.host, asterisk.sip_port)
        self._password = password
        self._transport: asyncio.DatagramTransport | None = None
        self._replies: dict[str, asyncio.Queue[Packet]] = {}
        self._answers: dict[str, Packet] = {}
        """Our last answer to each request, for its repetitions."""
        self._rings = asyncio.Event()
        self._tag = sip.token()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = transport  # type: ignore[assignment]
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Called by asyncio."""
        if not data.strip():
            return
        packet = sip.decoded(data)
        if packet.is_response:
            if (waiting := self._replies.get(sip.branch_in(packet["Via"]))) is not None:
                waiting.put_nowait(packet)
        elif packet.method != "ACK":
            self._take(packet)

    async def register(self, seconds: int = REGISTERED_SECONDS) -> None:
        """Tell Asterisk where the telephone is; 0 seconds: that it is gone."""
        me = f"<sip:{self.user}@{LOOPBACK}>"
        ask = Ask(
            method="REGISTER",
            uri=f"sip:{LOOPBACK}:{self._server[1]}",
            local=f"{me};tag={self._tag}",
            remote=me,
            call_id=sip.token(),
            cseq=1,
            extra=(("Expires", str(seconds)),),
        )
        _check(await self._asked(ask))

    async def ringing(self) -> Dialog:
        """Wait until it rings."""
        async with asyncio.timeout(REPLY_SECONDS):
            await self._rings.wait()
        return next(dialog for dialog in self.dialogs if dialog.invitation is not None)

    async def answer(self) -> Dialog:
        """Wait until it rings, and take the call."""
        dialog = await self.ringing()
        self._reply(self._invitation(dialog), "200 OK", self._session(dialog))
        return dialog

    async def reject(self, status: str = "486 Busy Here") -> None:
        """Wait until it rings, and do not take the call."""
        dialog = await self.ringing()
        self._reply(self._invitation(dialog), status)
        self._end(dialog)

    async def redirect(self, number: str) -> None:
        """Wait until it rings, and send the call to another number."""
        dialog = await self.ringing()
        elsewhere = f"<sip:{number}@{LOOPBACK}:{self._server[1]}>"
        self._reply(self._invitation(dialog), "302 Moved Temporarily", contact=elsewhere)
        self._end(dialog)

    async def dial(self, number: str) -> Dialog:
        """Call a number; returns when somebody or something answers."""
        uri = f"sip:{number}@{LOOPBACK}:{self._server[1]}"
        me = f"<sip:{self.user}@{LOOPBACK}>;tag={sip.token()}"
        dialog = Dialog(sip.token(), me, f"<{uri}>", uri)
        done = await self._asked(dialog.ask("INVITE", self._session(dialog)))
        _check(done)
        dialog.cseq = int(done["CSeq"].split()[0])
        dialog.remote, dialog.target = done["To"], sip.uri_in(done["Contact"])
        self.dialogs.append(dialog)
        self._acknowledge(dialog)
        return dialog

    async def hold(self, dialog: Dialog) -> None:
        """Put the other side on hold."""
        await self._offer(dialog, "sendonly")

    async def resume(self, dialog: Dialog) -> None:
        """Talk again."""
        await self._offer(dialog, "sendrecv")

    async def transfer(self, dialog: Dialog, number: str) -> None:
        """Send the other side to a number, without asking there first."""
        await self._refer(dialog, f"<sip:{number}@{LOOPBACK}:{self._server[1]}>")

    async def connect(self, dialog: Dialog, consulted: Dialog) -> None:
        """Join the other sides of two calls and leave both: an attended transfer."""
        replaces = f"{consulted.call_id};to-tag={sip.tag_in(consulted.remote)};from-tag={sip.tag_in(consulted.local)}"
        await self._refer(dialog, f"<{consulted.target}?Replaces={quote(replaces, safe='')}>")

    async def hang_up(self, dialog: Dialog) -> None:
        """End a call."""
        await self._within(dialog, "BYE")
        self._end(dialog)

    async def _offer(self, dialog: Dialog, direction: str) -> None:
        dialog.version += 1
        await self._within(dialog, "INVITE", body=self._session(dialog, direction))
        self._acknowledge(dialog)

    async def _refer(self, dialog: Dialog, to: str) -> None:
        await self._within(dialog, "REFER", extra=(("Refer-To", to),))

    async def _within(self, dialog: Dialog, method: str, body: str = "", extra: Headers = ()) -> None:
        dialog.cseq += 1
        done = await self._asked(dialog.ask(method, body, extra))
        dialog.cseq = int(done["CSeq"].split()[0])
        _check(done)

    async def _asked(self, ask: Ask) -> Packet:
        """The final answer to a request, which is sent once more with our password when that is asked for."""
        done = await self._exchange(ask)
        if done.status != UNAUTHORIZED:
            return done
        proof = sip.authorization(done["WWW-Authenticate"], self.user, self._password, ask.method, ask.uri)
        again = msgspec.structs.replace(ask, cseq=ask.cseq + 1, extra=(*ask.extra, ("Authorization", proof)))
        return await self._exchange(again)

    async def _exchange(self, ask: Ask) -> Packet:
        via = self._via()
        replies = self._replies[sip.branch_in(via)] = asyncio.Queue()
        self._send(self._request(ask, via))
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                while (reply := await replies.get()).status < FINAL:
                    pass
        finally:
            del self._replies[sip.branch_in(via)]
        if ask.method == "INVITE" and reply.status >= REFUSED:
            heard = msgspec.structs.replace(ask, method="ACK", remote=reply["To"], body="", extra=())
            self._send(self._request(heard, reply["Via"]))
        return reply

    def _acknowledge(self, dialog: Dialog) -> None:
        self._send(self._request(dialog.ask("ACK"), self._via()))

    def _request(self, ask: Ask, via: str) -> Packet:
        headers = [
            ("Via", via),
            ("Max-Forwards", "70"),
            ("Contact", self._contact),
            ("From", ask.local),
            ("To", ask.remote),
            ("Call-ID", ask.call_id),
            ("CSeq", f"{ask.cseq} {ask.method}"),
            *ask.extra,
        ]
        if ask.body:
            headers.append(("Content-Type", "application/sdp"))
        return Packet(f"{ask.method} {ask.uri} SIP/2.0", tuple(headers), ask.body)

    def _via(self) -> str:
        return f"SIP/2.0/UDP {LOOPBACK}:{self.port};branch={sip.BRANCH_COOKIE}{sip.token()}"

    @property
    def _contact(self) -> str:
        return f"<sip:{self.user}@{LOOPBACK}:{self.port}>"

    def _session(self, dialog: Dialog, direction: str = "sendrecv") -> str:
        return sip.session(LOOPBACK, SOUND_PORT, dialog.version, direction, self.codec)

    def _send(self, packet: Packet) -> None:
        if self._transport is not None:
            self._transport.sendto(packet.encoded(), self._server)

    def _take(self, request: Packet) -> None:
        """Answer what Asterisk asks."""
        key = request["Via"] + request["CSeq"]
        if (said := self._answers.get(key)) is not None:
            self._send(said)
            return
        dialog = next((dialog for dialog in self.dialogs if dialog.call_id == request["Call-ID"]), None)
        match request.method, dialog:
            case "INVITE", None:
                self._ring(request)
            case "INVITE", Dialog():
                self._reply(request, "200 OK", self._session(dialog))
            case "CANCEL", Dialog(invitation=Packet() as invitation):
                self._reply(request, "200 OK")
                self._reply(invitation, "487 Request Terminated")
                self._end(dialog)
            case "BYE", Dialog():
                self._reply(request, "200 OK")
                self._end(dialog)
            case _:
                self._reply(request, "200 OK")

    def _ring(self, request: Packet) -> None:
        local = f"{request['To']};tag={self._tag}"
        dialog = Dialog(request["Call-ID"], local, request["From"], sip.uri_in(request["Contact"]))
        dialog.invitation = request
        self.dialogs.append(dialog)
        self._reply(request, "180 Ringing")
        self._rings.set()

    def _invitation(self, dialog: Dialog) -> Packet:
        if dialog.invitation is None:
            raise LookupError("it does not ring")
        invitation, dialog.invitation = dialog.invitation, None
        self._rings.clear()
        return invitation

    def _reply(self, request: Packet, status: str, body: str = "", contact: str = "") -> None:
        answer = sip.response_to(request, status, contact or self._contact, self._tag, body)
        self._answers[request["Via"] + request["CSeq"]] = answer
        self._send(answer)

    def _end(self, dialog: Dialog) -> None:
        if dialog in self.dialogs:
            self.dialogs.remove(dialog)
        if dialog.invitation is not None:
            self._rings.clear()
        dialog.ended.set()


@contextlib.asynccontextmanager
async def phone(asterisk: Asterisk, user: str, password: str = "", *, codec: str = sip.A_LAW) -> AsyncIterator[Phone]:
    """A telephone of config/asterisk/pjsip.conf that is registered, and gone at the end."""
    loop = asyncio.get_running_loop()
    transport, telephone = await loop.create_datagram_endpoint(
        lambda: Phone(asterisk, user, password or f"change-this-{user}", codec), local_addr=(LOOPBACK, 0)
    )
    try:
        await telephone.register()
        yield telephone
        await telephone.register(0)
    finally:
        transport.close()


def _check(done: Packet) -> None:
    if done.status >= REFUSED:
        raise ConnectionRefusedError(f"{done.method}: {done.start}")
