"""Nothing is forgotten: every event is taken in, every change can be said, numbered, and told apart by subject."""

import ast
import inspect
from pathlib import Path
from typing import get_args

import ctibridge.domain
from ctibridge.domain import changes as ch
from ctibridge.domain import events as ev
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.journal import SILENT, STATES
from ctibridge.domain.policy import Policy

EVENTS = set(get_args(ev.Event))
CHANGES = set(get_args(ch.Change))
DOMAIN = Path(inspect.getfile(ctibridge.domain)).parent


def named_in_the_domain() -> set[str]:
    """Every ``ch.Name`` that the domain's code mentions."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in DOMAIN.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {node.attr for node in nodes if isinstance(node.value, ast.Name) and node.value.id == "ch"}


def test_every_event_has_a_route() -> None:
    assert set(ContactCenter(Policy())._handlers) == EVENTS


def test_every_event_class_is_in_the_union() -> None:
    values = {ev.Caller, ev.MemberRecord, ev.LogRecord}
    structs = {one for _, one in inspect.getmembers(ev, inspect.isclass) if hasattr(one, "__struct_fields__")}

    assert structs - values == EVENTS


def test_every_change_class_is_in_the_union() -> None:
    structs = {one for _, one in inspect.getmembers(ch, inspect.isclass) if issubclass(one, ch._Change)}
    bases = {ch._Change, ch._CallChange, ch._AgentChange, ch._LevelChange}

    assert structs - bases == CHANGES


def test_every_change_is_said_somewhere() -> None:
    assert {change.__name__ for change in CHANGES} <= named_in_the_domain()


def test_call_changes_are_those_that_carry_the_facts_of_a_call_and_nothing_else() -> None:
    assert set(get_args(ch.CallChange)) == {change for change in CHANGES if issubclass(change, ch._CallChange)}


def test_a_change_is_a_state_or_silent_or_an_event_but_not_two_of_these() -> None:
    assert set(STATES) | set(SILENT) <= CHANGES
    assert not set(STATES) & set(SILENT)


def test_all_values_are_frozen() -> None:
    assert [one for one in EVENTS | CHANGES if not one.__struct_config__.frozen] == []
