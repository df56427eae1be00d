"""Users: who can be one, and what a configuration with impossible ones is told."""

# ruff: noqa: E501 - messages stand as they are printed

import pytest

from ctibridge.app.config import Configuration, from_document
from ctibridge.app.config_document import ConfigurationError, Document
from ctibridge.domain.roles import Role, User

TEAM = '[[pbx]]\nsecret = "x"\n[[teams]]\nname = "early"\n'


def configured(text: str) -> Configuration:
    return from_document(Document("site.toml", TEAM + text), {})


def test_every_role_has_a_label_in_both_languages() -> None:
    assert [(role.label, role.label_zh) for role in (Role.AGENT, Role.LEADER)] == [
        ("Agent", "坐席"),
        ("Team leader", "班长"),
    ]
    assert all(role.label and role.label_zh for role in Role)
    assert {role for role in Role if not role.is_person} == {Role.DISPLAY, Role.PUBLIC}


def test_a_user_is_read_from_the_file() -> None:
    text = '[[users]]\nname = "wang"\nrole = "leader"\nteams = ["early"]\nqueues = ["support"]\npbxs = ["pbx1"]\nprivate = true\n'

    assert configured(text).users == (
        User(name="wang", role=Role.LEADER, teams=("early",), queues=("support",), pbxs=("pbx1",), private=True),
    )


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ('name = "a"', 'site.toml:5: users[0].role: missing; expected one of "agent", "leader", "supervisor", "inspector", "manager", "display", "public"'),
        ('name = "a"\nrole = "boss"', 'site.toml:7: users[0].role: expected one of "agent", "leader", "supervisor", "inspector", "manager", "display", "public", got "boss"'),
        ('name = "a"\nrole = 1', 'site.toml:7: users[0].role: expected one of "agent", "leader", "supervisor", "inspector", "manager", "display", "public", got 1'),
        ('name = "a"\nrole = "agent"', 'site.toml:5: users[0]: agent must be given for role "agent"'),
        ('name = "a"\nrole = "leader"', 'site.toml:5: users[0]: teams must be given for role "leader"'),
        ('name = "a"\nrole = "leader"\nteams = ["late"]', 'site.toml:8: users[0].teams[0]: there is no [[teams]] named "late"'),
        ('name = "a"\nrole = "display"\npbxs = ["x"]', 'site.toml:8: users[0].pbxs[0]: there is no [[pbx]] named "x"'),
        ('name = "a"\nrole = "display"\nprivate = true', 'site.toml:8: users[0].private: is not for role "display": anybody may look'),
        ('name = "a/b"\nrole = "display"', 'site.toml:6: users[0].name: must be 1 to 64 letters, digits, "_" or "-", got "a/b"'),
        ('name = "+"\nrole = "display"', 'site.toml:6: users[0].name: must be 1 to 64 letters, digits, "_" or "-", got "+"'),
        ('name = "王"\nrole = "display"', 'site.toml:6: users[0].name: must be 1 to 64 letters, digits, "_" or "-", got "王"'),
        (f'name = "{"a" * 65}"\nrole = "display"', f'site.toml:6: users[0].name: must be 1 to 64 letters, digits, "_" or "-", got "{"a" * 65}"'),
        ('name = "a"\nrole = "display"\n[[users]]\nname = "a"\nrole = "public"', 'site.toml:9: users[1].name: "a" is the name of an earlier [[users]] already'),
    ],
)  # fmt: skip
def test_an_impossible_user_is_one_line_with_place_key_and_expectation(user: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configured(f"[[users]]\n{user}\n")

    assert message in str(caught.value).splitlines()
