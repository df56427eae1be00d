from pathlib import Path

import pytest

from ctibridge.asterisk.errors import AmiSettingsError
from ctibridge.asterisk.queue_log_place import PostgresqlTable, SqliteTable, UnusablePlaceError, place_of
from ctibridge.asterisk.settings import AmiSettings


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/var/log/asterisk/queue_log", Path("/var/log/asterisk/queue_log")),
        ("logs/odd:name?", Path("logs/odd:name?")),
        ("sqlite:////var/lib/asterisk/realtime.sqlite3", SqliteTable(path=Path("/var/lib/asterisk/realtime.sqlite3"))),
        ("sqlite:///lab.db?table=ql", SqliteTable(path=Path("lab.db"), table="ql")),
        ("sqlite:////with%20blank.db", SqliteTable(path=Path("/with blank.db"))),
        (
            "postgresql://reader@db.example:5433/asterisk?table=pbx.queue_log&sslmode=verify-full",
            PostgresqlTable(
                host="db.example",
                port=5433,
                user="reader",
                database="asterisk",
                table="pbx.queue_log",
                tls=(("sslmode", "verify-full"),),
            ),
        ),
        ("postgresql:///asterisk", PostgresqlTable(database="asterisk")),
    ],
)
def test_a_path_or_an_address(text: str, place: object) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mysql://reader@db/asterisk", "got mysql://"),
        ("postgresql://reader:s3cret@db/asterisk", "queue_log_password"),
        ("postgresql://reader@db/asterisk?password=s3cret", "queue_log_password"),
        ("postgresql://reader@db:port/asterisk", "looks like one"),
        ("postgresql://reader@db/asterisk?tables=x", "tables"),
        ("sqlite:///lab.db?table=a;drop", "name of a table"),
        ("sqlite:///lab.db?table=a.b", "without a schema"),
        ("sqlite://lab.db", "fourth slash"),
        ("sqlite:///", "fourth slash"),
    ],
)
def test_what_cannot_be_an_address_is_refused_without_showing_a_password(text: str, complaint: str) -> None:
    with pytest.raises(UnusablePlaceError, match=complaint) as caught:
        place_of(text)

    assert "s3cret" not in str(caught.value)


def test_the_setting_is_refused_by_its_key() -> None:
    with pytest.raises(AmiSettingsError) as caught:
        AmiSettings(queue_log="mysql://db/asterisk")

    assert caught.value.key == "queue_log"


def test_a_time_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AmiSettingsError, match="Asia/Shanghai") as caught:
        AmiSettings(queue_log_timezone="Peking")

    assert caught.value.key == "queue_log_timezone"
    assert AmiSettings().queue_log_zone() is None
    assert str(AmiSettings(queue_log_timezone="UTC").queue_log_zone()) == "UTC"


def test_the_password_of_the_database_stands_in_one_place_and_never_shows(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("s3cret\n")

    assert AmiSettings(queue_log_password_file=str(path)).read_queue_log_password() == "s3cret"
    assert "s3cret" not in repr(AmiSettings(queue_log_password="s3cret"))
    with pytest.raises(AmiSettingsError, match="got both"):
        AmiSettings(queue_log_password="s3cret", queue_log_password_file=str(path))
    with pytest.raises(AmiSettingsError, match="cannot be read"):
        AmiSettings(secret="x", queue_log_password_file=str(tmp_path / "none")).check()
