import random
from pathlib import Path

import msgspec
import pytest

from ctibridge.outputs.mqtt.backoff import FIRST_SECONDS, LONGEST_SECONDS, Backoff
from ctibridge.outputs.mqtt.settings import MqttSettings, is_loopback


def test_defaults() -> None:
    settings = MqttSettings()
    assert (settings.host, settings.port, settings.base) == ("127.0.0.1", 1883, "ctibridge/v1")
    assert not settings.tls
    assert not settings.private
    assert settings.secret() is None
    assert settings.tls_context() is None


def test_a_password_is_never_shown() -> None:
    settings = MqttSettings(username="bridge", password="hunter2")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings)


def test_a_password_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("hunter2\n")
    assert MqttSettings(password_file=str(path)).secret() == "hunter2"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"host": ""}, "host must not be empty"),
        ({"port": 0}, "port must be 1 to 65535"),
        ({"port": 70000}, "port must be 1 to 65535"),
        ({"base": ""}, "base must not be empty"),
        ({"base": "a/#"}, "must not contain"),
        ({"base": "/a"}, "must not start"),
        ({"base": "$SYS"}, "must not start"),
        ({"base": "a/"}, "must not end"),
        ({"password": "a", "password_file": "b"}, "not both"),
        ({"cert_file": "a"}, "go together"),
        ({"window": 0}, "window"),
        ({"outbox_limit": 0}, "outbox_limit"),
        ({"host": "broker.example.com", "password": "a"}, "in the clear"),
        ({"host": "10.0.0.1", "password_file": "a"}, "in the clear"),
        ({"topic": "x"}, "unknown field"),
    ],
)
def test_what_cannot_work_is_refused_in_words(given: dict[str, object], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        msgspec.convert(given, MqttSettings)


def test_a_password_beyond_this_machine_needs_tls_or_consent() -> None:
    MqttSettings(host="broker.example.com", password="a", tls=True)
    MqttSettings(host="broker.example.com", password="a", insecure=True)
    MqttSettings(host="broker.example.com")


def test_connections_to_one_broker_have_names_of_their_own() -> None:
    plain, other = MqttSettings(), MqttSettings(base="test/v1", client_id="second")
    assert (plain.name, plain.client_id_for("pbx 1")) == ("127.0.0.1:1883", "ctibridge-pbx~201")
    assert (other.name, other.client_id_for("pbx1")) == ("127.0.0.1:1883/test/v1", "second-pbx1-test~2Fv1")


def test_loopback() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "10.0.0.1", "example.com")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_pauses_double_up_to_a_limit_and_begin_anew() -> None:
    backoff = Backoff(random.Random(1))
    pauses = [backoff.pause() for _ in range(12)]
    ceilings = [min(LONGEST_SECONDS, FIRST_SECONDS * 2**number) for number in range(12)]
    assert all(ceiling / 2 <= pause <= ceiling for pause, ceiling in zip(pauses, ceilings, strict=True))
    backoff.reset()
    assert backoff.pause() <= FIRST_SECONDS
