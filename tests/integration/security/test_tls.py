# ruff: noqa: ANN401 - settings as they come
"""TLS with real servers: an authority, a name or a date that is not right is refused before a secret is sent."""

import asyncio
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import pytest
from aiomqtt import ProtocolVersion

from ctibridge.app.clock import monotonic, wall
from ctibridge.asterisk.client import AmiClient, AmiState
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.outputs.mqtt.connection import BrokerClient
from ctibridge.outputs.mqtt.errors import BrokerError
from ctibridge.outputs.mqtt.message import Message
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.web.certificates import Certificates as ServedCertificates
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings
from tests.servers.asterisk import BRIDGE_SECRET, BRIDGE_USER, Asterisk, chroot_of
from tests.servers.available import requires_asterisk, requires_program
from tests.servers.certificates import YESTERDAY, Authority
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.unit.outputs.web.shown import Shown

KINDS: Final = {
    "good": {},
    "another name": {"names": "DNS:elsewhere.example"},
    "expired": {"days": YESTERDAY},
}
REFUSED: Final = {"another name": "mismatch", "expired": "expired", "another authority": "self-signed|unable to get"}


class Certificates:
    """One authority that is trusted, one that is not, and a certificate of each kind."""

    def __init__(self, folder: Path) -> None:
        self.trusted = Authority(folder / "trusted")
        self.other = Authority(folder / "other", "Other Authority")
        self.of = {
            kind: self.trusted.issue(kind.replace(" ", "-"), **given)  # type: ignore[arg-type]  # names or days
            for kind, given in KINDS.items()
        }
        self.of["another authority"] = self.other.issue("good")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    requires_program("openssl")
    return Certificates(tmp_path_factory.mktemp("tls"))


# -- AMI --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate_folder() -> Iterator[Path]:
    """Where the Asterisk of the test finds its certificate, inside of its folder."""
    requires_asterisk(22)
    folder = Path(tempfile.mkdtemp(prefix="tls-", dir=_lab()))
    yield folder
    shutil.rmtree(folder)


def _lab() -> Path:
    lab = chroot_of(22) / "lab"
    lab.mkdir(exist_ok=True)
    return lab


@pytest.fixture(scope="module")
def asterisk(certificates: Certificates, certificate_folder: Path) -> Iterator[tuple[Asterisk, int]]:
    """An Asterisk that speaks TLS, and the port."""
    port = free_port()
    _show(certificates, "good", certificate_folder)
    inside = f"/lab/{certificate_folder.name}"
    text = f"""\
[general](+)
tlsenable = yes
tlsbindaddr = 127.0.0.1:{port}
tlscertfile = {inside}/cert.pem
tlsprivatekey = {inside}/key.pem
"""
    with Asterisk(22, extra={"manager.d/tls.conf": text}) as server:
        yield server, port


def _show(certificates: Certificates, kind: str, folder: Path) -> None:
    certificate, key = certificates.of[kind]
    shutil.copy(certificate, folder / "cert.pem")
    shutil.copy(key, folder / "key.pem")


async def outcome(settings: AmiSettings) -> tuple[AmiState, str]:
    """What becomes of an attempt to log in, and what is said of it."""
    decided = asyncio.Event()
    seen: list[AmiState] = []

    def note(state: AmiState) -> None:
        if state is not AmiState.CONNECTING:
            seen.append(state)
            decided.set()

    client = AmiClient(settings, PbxClock(wall, monotonic), lambda _: None, on_state=note)
    following = asyncio.create_task(client.run())
    try:
        async with asyncio.timeout(20):
            await decided.wait()
        return seen[0], client.problem or ""
    finally:
        following.cancel()
        await asyncio.wait({following})


def over_tls(port: int, authority: Path) -> AmiSettings:
    return AmiSettings(
        host="localhost", port=port, tls=True, ca_file=str(authority), username=BRIDGE_USER, secret=BRIDGE_SECRET
    )


@pytest.mark.asterisk
@pytest.mark.parametrize("kind", ["good", *REFUSED])
async def test_asterisk_is_believed_by_its_certificate_only(
    asterisk: tuple[Asterisk, int], certificates: Certificates, certificate_folder: Path, kind: str
) -> None:
    server, port = asterisk
    _show(certificates, kind, certificate_folder)
    server.restart()

    state, problem = await outcome(over_tls(port, certificates.trusted.certificate))

    if kind == "good":
        assert (state, problem) == (AmiState.CONNECTED, "")
    else:
        assert state is AmiState.DISCONNECTED
        assert any(word in problem for word in REFUSED[kind].split("|")), problem


@pytest.mark.asterisk
async def test_asterisk_is_believed_without_question_only_where_that_is_accepted(
    asterisk: tuple[Asterisk, int], certificates: Certificates, certificate_folder: Path
) -> None:
    server, port = asterisk
    _show(certificates, "another authority", certificate_folder)
    server.restart()
    blind = msgspec.structs.replace(over_tls(port, certificates.trusted.certificate), tls_verify=False, insecure=True)

    assert await outcome(blind) == (AmiState.CONNECTED, "")


# -- MQTT -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def connected(port: int, authority: Path, **given: Any) -> AsyncIterator[BrokerClient]:
    settings = MqttSettings(host="localhost", port=port, tls=True, ca_file=str(authority), **given)
    will = Message(topic="nobody/reads", payload=b"", kind="status", sequence=0)
    client = BrokerClient(settings, client_id="tls", will=will, version=ProtocolVersion.V5)
    await client.open()
    try:
        yield client
    finally:
        await client.close()


def broker(certificates: Certificates, kind: str, more: str = "") -> Mosquitto:
    requires_program("mosquitto")
    certificate, key = certificates.of[kind]
    return Mosquitto(extra=f"certfile {certificate}\nkeyfile {key}\n{more}")


@pytest.mark.mosquitto
async def test_a_broker_with_a_right_certificate_is_believed(certificates: Certificates) -> None:
    with broker(certificates, "good") as server:
        async with connected(server.port, certificates.trusted.certificate) as client:
            message = Message(topic="t", payload=b"x", kind="event", sequence=0)
            answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            client.send(message, answer.set_result)
            assert await asyncio.wait_for(answer, 10) in (0x00, 0x10)


@pytest.mark.mosquitto
@pytest.mark.parametrize("kind", REFUSED)
async def test_a_broker_with_a_wrong_certificate_is_not(certificates: Certificates, kind: str) -> None:
    with broker(certificates, kind) as server:
        with pytest.raises(BrokerError) as caught:
            async with connected(server.port, certificates.trusted.certificate, username="u", password="planted"):
                pass
        assert any(word in str(caught.value) for word in REFUSED[kind].split("|")), str(caught.value)
        assert "planted" not in str(caught.value)


@pytest.mark.mosquitto
async def test_a_broker_that_asks_who_we_are_gets_our_certificate(certificates: Certificates) -> None:
    certificate, key = certificates.trusted.issue("ctibridge", names="DNS:ctibridge")
    asking = f"cafile {certificates.trusted.certificate}\nrequire_certificate true"
    with broker(certificates, "good", asking) as server:
        with pytest.raises(BrokerError):
            async with connected(server.port, certificates.trusted.certificate):
                pass
        ours = {"cert_file": str(certificate), "key_file": str(key)}
        async with connected(server.port, certificates.trusted.certificate, **ours):
            pass


# -- HTTP -------------------------------------------------------------------------------------------------------------


async def test_the_web_server_speaks_https_and_nothing_else(certificates: Certificates) -> None:
    certificate, key = certificates.of["good"]
    trusting = ssl.create_default_context(cafile=str(certificates.trusted.certificate))
    settings = HttpSettings(port=0, cert_file=str(certificate), key_file=str(key))
    async with serving(settings, Shown()) as (_, port), aiohttp.ClientSession() as session:
        async with session.get(f"https://localhost:{port}/livez", ssl=trusting) as response:
            assert response.status == 200
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://localhost:{port}/livez")
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"https://localhost:{port}/livez")


async def test_a_renewed_certificate_is_taken_and_half_a_renewal_is_not(
    certificates: Certificates, tmp_path: Path
) -> None:
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    settings = HttpSettings(port=0, cert_file=str(files[0]), key_file=str(files[1]))

    def put(kind: str, *, with_key: bool = True) -> None:
        for source, target in zip(certificates.of[kind], files, strict=True):
            if with_key or target is files[0]:
                shutil.copy(source, target)

    put("good")
    served = ServedCertificates(settings)
    assert served.context is not None
    async with tls_server(served.context) as port:
        assert await shown_on(port) == written_in(certificates.of["good"][0])
        put("expired", with_key=False)
        served.look()
        assert await shown_on(port) == written_in(certificates.of["good"][0])
        put("expired")
        served.look()
        assert await shown_on(port) == written_in(certificates.of["expired"][0])


@asynccontextmanager
async def tls_server(context: ssl.SSLContext) -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def shown_on(port: int) -> bytes:
    text = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
    return ssl.PEM_cert_to_DER_cert(text)


def written_in(certificate: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())
