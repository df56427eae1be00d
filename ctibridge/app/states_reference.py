"""Writes docs/states.md from the domain's tables, so that it cannot say anything else than the code.

python -m ctibridge.app.states_reference > docs/states.md
"""

import ast
import inspect
import itertools
import re
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final, get_args

from ctibridge.domain import agent, contact_center, events, resync, stays, talks
from ctibridge.domain.caller import EXIT_BY_KEY, EXIT_REASON, OPEN, REFUSAL_REASON, TRANSITIONS, Stage, Step
from ctibridge.outputs.mqtt.info import STATE_LABELS

INTRODUCTION: Final = """\
# States

Written by the tables that the code uses: `make docs`.
T-numbers are headings of [asterisk.md](asterisk.md), words are explained in [glossary.md](glossary.md).

## A caller's stay in a queue

One caller in one queue, from joining to leaving; joining again is another stay.
`left` and `giving_up` are stages of doubt: Asterisk says that the caller is out of the line before it says why
(T1, T3, T4).
A step that is not in the table changes nothing.

"""

AGENT_INTRODUCTION: Final = """
## An agent's state

Membership, pause and calls change independently of each other.
The one word that people see is the first of these lines that holds, read from the top.

| # | state | 中文 | holds when |
|---|---|---|---|
"""

AFTER_AGENT: Final = """
- An agent who is paused in some queues only is `ready`, and counts as `not_ready` among the members of those queues.
- A pause during a call shows when the call ends; `presence` and `activity`, published beside the state, show it at
  once.
- `presence` is one of logged_out, ready, not_ready; `activity` one of idle, ringing, on_call, on_hold, wrap_up,
  unreachable.
"""

ROUTES_INTRODUCTION: Final = """
## Who takes in which fact

The routing table of `domain/contact_center.py`: each fact, and the part of the domain that it goes to.

| fact | goes to | is |
|---|---|---|
"""

WAITS_INTRODUCTION: Final = """
## How long the code waits

| name | seconds | why |
|---|---|---|
"""

CONDITIONS: Final[Mapping[str, str]] = {
    "not a.members and (not a.is_engaged)": "in no queue, and no queue call rings or talks",
    "a.is_feed_lost": "the PBX's events do not reach the bridge",
    "a.attached_talk() is not None or _is_picked_up(a)": "talks in a queue call, or has picked up the phone for one",
    "a.ringing() is not None": "a phone rings for a queue call",
    "_has_own_call(a, n)": f"the device has been in use for {agent.DEVICE_SETTLES:g} s, and no queue call explains it",
    "a.device() is DeviceStatus.RINGING and (not a.is_engaged)": "the device rings, and no queue call explains it",
    "a.pause is not None and (not _is_wrap_up(r))": "paused in every queue, for a reason that is not after-call work",
    "a.device() in _GONE": "no device can be reached",
    "_is_wrap_up(r) or a.is_wrapping_up(n)": "wrap-up runs, or paused for a reason that counts as after-call work",
    "not a.members": "in no queue",
    "True": "otherwise",
}
"""What the conditions of ``PRECEDENCE`` mean; one that is missing here is shown as code."""

WAITS: Final = (
    (stays, "ABANDON_SETTLES"),
    (stays, "SAME_JOIN"),
    (stays, "ADOPTION_TOLERANCE"),
    (talks, "TRANSFER_SETTLES"),
    (agent, "DEVICE_SETTLES"),
    (resync, "GRACE"),
)

PLAIN_WAITS: Final[Mapping[str, str]] = {
    "DEVICE_SETTLES": "A device in use is taken for a call of the agent's own only after this: around each queue "
    "call the device's reports come a little earlier or later than app_queue's.",
    "GRACE": "A caller whom a full picture does not show may still have events on their way.",
}
"""For those that their modules explain elsewhere than beside the value."""


def page() -> str:
    """The whole page as Markdown."""
    return "".join(
        (
            INTRODUCTION,
            _diagram(),
            _transitions(),
            _meanings("stage", Stage),
            _meanings("step", Step),
            _reasons(),
            AGENT_INTRODUCTION,
            *_precedence(),
            AFTER_AGENT,
            ROUTES_INTRODUCTION,
            *_routes(),
            WAITS_INTRODUCTION,
            *(_wait(vars(module)[name], name, _notes(module).get(name, "")) for module, name in WAITS),
        )
    )


def _diagram() -> str:
    lines = [f"    [*] --> {Stage.WAITING.value}"]
    for before, steps in TRANSITIONS.items():
        lines += [f"    {before.value} --> {after.value}: {step.value}" for step, after in steps.items()]
    lines += [f"    {stage.value} --> [*]" for stage in Stage if stage not in OPEN]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n\n"


def _transitions() -> str:
    open_stages = [stage for stage in TRANSITIONS if stage in OPEN]
    head = "| step | " + " | ".join(f"from `{stage.value}`" for stage in open_stages) + " |\n"
    rule = "|---" * (len(open_stages) + 1) + "|\n"
    rows = (_row(f"`{step.value}`", *(_target(stage, step) for stage in open_stages)) for step in Step)
    return head + rule + "".join(rows)


def _target(stage: Stage, step: Step) -> str:
    after = TRANSITIONS[stage].get(step)
    return f"`{after.value}`" if after else "–"


def _meanings(word: str, kind: type[Enum]) -> str:
    notes = _notes(kind)
    rows = (_row(f"`{one.value}`", notes[one.name]) for one in kind if one.name in notes)
    return f"\n| {word} | means |\n|---|---|\n" + "".join(rows)


def _reasons() -> str:
    exits = [f"`{reason}` ({outcome.value})" for outcome, reason in EXIT_REASON.items()] + [f"`{EXIT_BY_KEY}`"]
    refusals = [f"`{reason}` ({outcome.value})" for outcome, reason in REFUSAL_REASON.items()]
    return (
        f"\nReasons of an exit, with the value of `QUEUESTATUS`: {', '.join(exits)}; an exit by key has none (T3).\n"
        f"Reasons of a refusal, which is no stay: {', '.join(refusals)}.\n"
    )


def _precedence() -> Iterator[str]:
    """One line a condition; where a word comes twice it is the same state for another reason."""
    conditions = [
        ast.unparse(node.body) for node in ast.walk(_table(agent, "PRECEDENCE")) if isinstance(node, ast.Lambda)
    ]
    for number, ((state, _), code) in enumerate(zip(agent.PRECEDENCE, conditions, strict=True), start=1):
        yield _row(str(number), f"`{state.value}`", STATE_LABELS[state][1], CONDITIONS.get(code, f"`{code}`"))


def _routes() -> Iterator[str]:
    """One line a fact, in the order of the union."""
    function = next(
        node for node in ast.walk(_tree(contact_center)) if isinstance(node, ast.FunctionDef) and node.name == "_routes"
    )
    table = next(node for node in ast.walk(function) if isinstance(node, ast.Dict))
    parts = {
        ast.unparse(key).removeprefix("ev."): _part(value)
        for key, value in zip(table.keys, table.values, strict=True)
        if key
    }
    for event in get_args(events.Event):
        yield _row(f"`{event.__name__}`", parts[event.__name__], _first_sentence(event.__doc__ or ""))


def _part(handler: ast.expr) -> str:
    """``stays.on_joined`` is the part ``stays``; some facts concern two parts, and ``ContactCenter`` tells both."""
    attributes = [node for node in ast.walk(handler) if isinstance(node, ast.Attribute)]
    roots = {node.value.id for node in attributes if isinstance(node.value, ast.Name)} - {"event", "_event"}
    return ", ".join("contact_center, which tells others" if root == "self" else root for root in sorted(roots))


def _wait(value: object, name: str, note: str) -> str:
    return _row(f"`{name}`", f"{value:g}" if isinstance(value, float | int) else str(value), note or PLAIN_WAITS[name])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _notes(described: object) -> dict[str, str]:
    """The docstring below each value of a module or an enum, which Python itself forgets."""
    tree = _tree(described)
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else tree.body
    return dict(_documented(body))


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, following in itertools.pairwise(body):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                yield name, _markdown(text)


def _table(module: object, name: str) -> ast.expr:
    for node in _tree(module).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
                return value
    raise LookupError(name)


def _tree(described: object) -> ast.Module:
    return ast.parse(inspect.getsource(described))  # type: ignore[arg-type]  # modules and classes alike


def _first_sentence(text: str) -> str:
    return _markdown(text.strip().split("\n\n")[0])


def _markdown(text: str) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", " ".join(text.split()))


if __name__ == "__main__":
    sys.stdout.write(page())
