"""The access list as a file: the shipped one is what the command makes, and a broker never reads half of one."""

from pathlib import Path

import pytest

from ctibridge.app.acl_command import access_list_of, write_access_list
from ctibridge.app.cli import main
from ctibridge.app.config import Configuration, from_document, load
from ctibridge.app.config_document import Document

SHIPPED = Path(__file__).parents[3] / "config" / "mosquitto"


def configured(text: str) -> Configuration:
    return from_document(Document("site.toml", '[[pbx]]\nsecret = "x"\n' + text), {})


def test_the_shipped_list_is_what_the_command_makes_of_the_shipped_users() -> None:
    made = access_list_of(load(SHIPPED / "users.toml", {}, with_servers=False))

    assert (SHIPPED / "acl").read_text(encoding="utf-8") == made


def test_a_queue_is_named_as_it_is_spelled_and_escaped_as_in_topics() -> None:
    made = access_list_of(configured('[[users]]\nname = "screen"\nrole = "display"\nqueues = ["VIP 销售"]\n'))

    assert "topic read ctibridge/v1/pbx1/queue/VIP~20~E9~94~80~E5~94~AE/#\n" in made
    assert "queue/+" not in made


def test_a_rule_of_the_site_and_a_rule_switched_off_change_what_a_leader_reads() -> None:
    made = access_list_of(
        configured(
            '[[rules]]\nname = "long_pause"\nmetric = "pause_seconds"\nthreshold = 60.0\n'
            '[[rules]]\nname = "limit_exceeded"\nenabled = false\n'
            '[[teams]]\nname = "early"\nagents = ["1001"]\n[[users]]\nname = "li"\nrole = "leader"\nteams = ["early"]\n'
        )
    )

    assert "topic read ctibridge/v1/pbx1/alert/long_pause~3A1001\n" in made
    assert "limit_exceeded" not in made


def test_every_base_has_its_bridge_and_its_users() -> None:
    made = access_list_of(
        configured(
            '[[mqtt]]\nusername = "one"\n[[mqtt]]\nport = 1884\nbase = "site/b"\n'
            '[[users]]\nname = "lobby"\nrole = "public"\n'
        )
    )

    assert "user one\ntopic write ctibridge/v1/pbx1/status\n" in made
    assert "user ctibridge\ntopic write site/b/pbx1/status\n" in made
    assert "topic read site/b/pbx1/queue/+/board\n" in made


def test_the_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "acl"
    path.write_text("old")
    path.chmod(0o640)
    write_access_list(configured(""), path)

    assert path.read_text().startswith("# Who may read and write what")
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.toml").write_text("")
    assert main(["acl", "-c", str(tmp_path / "site.toml"), "-o", str(tmp_path / "no" / "acl")]) == 2
    assert capsys.readouterr().err == f"{tmp_path}/no/acl.new: No such file or directory\n"
