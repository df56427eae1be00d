from pathlib import Path

import msgspec
import pytest

from ctibridge.asterisk.errors import AmiSettingsError
from ctibridge.asterisk.settings import AmiSettings


def test_the_documented_defaults() -> None:
    settings = AmiSettings()

    assert (settings.name, settings.host, settings.port, settings.tls) == ("pbx1", "127.0.0.1", 5038, False)
    assert (settings.username, settings.secret, settings.queue_log) == ("ctibridge", "", "")


def test_a_half_open_connection_is_noticed_within_15_seconds_by_default() -> None:
    settings = AmiSettings()

    assert settings.ping_interval + settings.ping_timeout <= 15


def test_the_secret_never_shows() -> None:
    settings = AmiSettings(secret="s3cret")

    assert "s3cret" not in repr(settings)
    assert "s3cret" not in f"{settings}"


def test_the_secret_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("s3cret\nanything else\n")

    assert AmiSettings(secret_file=str(path)).read_secret() == "s3cret"
    assert AmiSettings(secret="direct").read_secret() == "direct"


def test_a_secret_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AmiSettingsError, match="cannot be read") as caught:
        AmiSettings(secret_file=str(tmp_path / "none")).read_secret()

    assert caught.value.key == "secret_file"


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("port", {"port": 0}),
        ("port", {"port": 70000}),
        ("ping_timeout", {"ping_timeout": 0.0}),
        ("secret_file", {"secret": "a", "secret_file": "b"}),
    ],
)
def test_values_that_cannot_work_name_their_key(key: str, values: dict[str, object]) -> None:
    with pytest.raises(AmiSettingsError) as caught:
        AmiSettings(**values)  # type: ignore[arg-type]

    assert caught.value.key == key


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("secret", AmiSettings()),
        ("auth", AmiSettings(host="10.0.0.5", secret="x", auth="plain")),
        ("auth", AmiSettings(host="pbx.example.org", secret="x", auth="plain")),
        ("queue_log", AmiSettings(secret="x", queue_log="postgresql://u@10.0.0.5/db", queue_log_password="y")),
        (
            "queue_log",
            AmiSettings(secret="x", queue_log="postgresql://u@db/a?sslmode=prefer", queue_log_password="y"),
        ),
        ("tls_verify", AmiSettings(secret="x", tls=True, tls_verify=False)),
    ],
)
def test_what_would_give_the_secret_away_is_refused(key: str, settings: AmiSettings) -> None:
    with pytest.raises(AmiSettingsError) as caught:
        settings.check()

    assert caught.value.key == key


@pytest.mark.parametrize(
    "settings",
    [
        AmiSettings(secret="x"),
        AmiSettings(host="10.0.0.5", secret="x"),
        AmiSettings(host="10.0.0.5", secret="x", auth="plain", tls=True),
        AmiSettings(host="10.0.0.5", secret="x", auth="plain", insecure=True),
        AmiSettings(host="::1", secret="x", auth="plain"),
        AmiSettings(secret="x", queue_log="postgresql://u@db/a?sslmode=verify-full", queue_log_password="y"),
        AmiSettings(secret="x", queue_log="postgresql://u@127.0.0.1/a", queue_log_password="y"),
        AmiSettings(secret="x", queue_log="postgresql://u@db/a"),
        AmiSettings(host="localhost", secret="x", auth="plain"),
    ],
)
def test_safe_settings_pass(settings: AmiSettings) -> None:
    settings.check()


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError, match="prot"):
        msgspec.convert({"prot": 5038}, AmiSettings)


def test_a_pbx_is_not_called_as_the_addresses_of_commands_are() -> None:
    with pytest.raises(AmiSettingsError, match="expected another name") as caught:
        AmiSettings(name="commands", secret="s").check()

    assert caught.value.key == "name"


def test_a_missing_authority_file_names_its_key(tmp_path: Path) -> None:
    with pytest.raises(AmiSettingsError) as caught:
        AmiSettings(tls=True, ca_file=str(tmp_path / "none.pem")).ssl_context()

    assert caught.value.key == "ca_file"
    assert AmiSettings().ssl_context() is None
