"""What `check` says without a PBX and without a broker."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctibridge.app.check_site import site_findings
from ctibridge.app.config import from_document
from ctibridge.app.config_document import Document
from ctibridge.app.finding import Verdict


def findings(text: str) -> list[str]:
    configuration = from_document(Document("site.toml", text), {}, with_servers=False)
    return [str(one) for one in site_findings(configuration)]


def about(subject: str, text: str) -> list[str]:
    return [line for line in findings(text) if f" {subject}" in line[:40]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "s.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    path.chmod(0o600)
    yield path
    connection.close()


def stored(path: Path) -> list[str]:
    return about("store", f'[store]\nurl = "sqlite:///{path}"\n')


def test_a_store_that_works(store: Path) -> None:
    assert stored(store) == [f"ok     store: {store}: can be opened and written"]


def test_a_store_that_others_can_read(store: Path) -> None:
    store.chmod(0o644)
    assert stored(store)[0].startswith(f"wrong  store: {store}: can be read by others")


def test_a_store_that_is_locked_or_none(store: Path, tmp_path: Path) -> None:
    with sqlite3.connect(store, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "cannot be written: database is locked" in stored(store)[0]
        other.execute("ROLLBACK")
    other.close()
    (tmp_path / "text").write_text("not a database, but long enough to be looked at as one" * 20)
    assert "file is not a database" in stored(tmp_path / "text")[0]


def test_checking_makes_no_store(tmp_path: Path) -> None:
    assert stored(tmp_path / "new.db") == [f"ok     store: {tmp_path}/new.db: does not exist yet, and can be made"]
    assert list(tmp_path.iterdir()) == []
    assert about("store", '[store]\nurl = ""\n')[0].startswith("note   store: url is empty")


def test_a_queue_log_that_can_be_read_or_not(tmp_path: Path) -> None:
    path = tmp_path / "queue_log"
    path.write_text("1700000000|NONE|NONE|NONE|QUEUESTART|\n")
    assert about("queue_log", f'[[pbx]]\nqueue_log = "{path}"\n') == ["ok     queue_log of pbx1: can be read"]
    assert about("queue_log", f'[[pbx]]\nqueue_log = "{tmp_path}/none"\n') == [
        "wrong  queue_log of pbx1: cannot be read: No such file or directory"
    ]
    assert about("queue_log", "")[0].startswith("note   queue_log of pbx1: is not read")


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", "ok     encryption to pbx1: none, and none needed"),
        (
            '[[pbx]]\nhost = "pbx.example"\ntls = true\n',
            "ok     encryption to pbx1: TLS, and the certificate is checked",
        ),
        ('[[pbx]]\nhost = "pbx.example"\n', "note   encryption to pbx1: none: events can be read"),
        (
            '[[pbx]]\nhost = "pbx.example"\ntls = true\ntls_verify = false\n',
            "note   encryption to pbx1: TLS, but anybody in between",
        ),
        ('[mqtt]\nhost = "broker.example"\n', "note   encryption to broker broker.example:1883: none"),
        ('[mqtt]\nhost = "broker.example"\ntls = true\n', "ok     encryption to broker broker.example:1883: TLS"),
        ("[http]\n", "ok     web server on 127.0.0.1:8080: for this machine only"),
        ('[http]\nhost = "0.0.0.0"\n', "note   web server on 0.0.0.0:8080: without TLS: others get the public board"),
        ('[http]\nhost = "::"\ninsecure = true\n', "note   web server on :::8080: without TLS: tokens of others"),
        ('[http]\nhost = "::"\ncert_file = "a"\nkey_file = "b"\n', "ok     web server on :::8080: HTTPS"),
    ],
)
def test_what_is_encrypted_and_what_is_not(text: str, start: str) -> None:
    assert any(line.startswith(start) for line in findings(text)), findings(text)


USERS = '[[teams]]\nname = "early"\n[[users]]\nname = "boss"\nrole = "manager"\n'


@pytest.mark.parametrize(
    ("more", "start"),
    [
        ("", "ok     users: boss (manager); write the broker's list"),
        ('[mqtt]\nusername = "boss"\n', "wrong  users: boss is the bridge's own name at 127.0.0.1:1883"),
        ('[pages]\nboard_user = "boss"\n', "wrong  users: pages.board_user is boss, a manager: every browser"),
        ('[[users]]\nname = "li"\nrole = "leader"\nteams = ["early"]\n', "wrong  users: li leads nobody: early has no"),
    ],
)
def test_users_that_contradict_the_rest(more: str, start: str) -> None:
    assert about("users", USERS + more)[0].startswith(start)


def test_nobody_is_noted() -> None:
    assert about("users", "")[0].startswith("note   users: there are none")


def test_a_note_is_no_fault() -> None:
    assert max(Verdict.GOOD, Verdict.NOTED) is Verdict.GOOD
