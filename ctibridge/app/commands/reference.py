"""Writes docs/commands.md: ``python -m ctibridge.app.commands.reference > docs/commands.md``."""

import sys
import textwrap
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ctibridge.app.commands.request import MOST_BYTES
from ctibridge.app.commands.table import WAYS, classes_for
from ctibridge.asterisk.actions import WRITE_CLASSES
from ctibridge.domain.answers import REASONS, Answer
from ctibridge.domain.commands import COMMANDS
from ctibridge.domain.permits import PERMITS, Reach
from ctibridge.domain.roles import Role

INTRODUCTION: Final = f"""\
# Commands

Agents, leaders and supervisors act through the bridge: from a page, a program, a shell or their phone. Every act is
allowed by role, done once, answered, and written down. This page is written by the tables that the code uses
(`make docs`).

## How to ask

| way | request | who it is | answer |
|---|---|---|---|
| MQTT 5 | `{{base}}/{{pbx}}/cmd/{{user}}/{{command}}` | the user in the topic: the broker's access list \
(`ctibridge acl`) lets nobody publish below another's name | the response topic, with the correlation data |
| MQTT 3.1.1 | the same | the same | `{{base}}/{{pbx}}/rsp/{{user}}/{{command}}`, with the request's `transaction` |
| HTTP | `POST /api/v1/commands/{{command}}`, `?pbx=` where there are several | the owner of the token, which needs \
the scope `commands` | the answer, see [api.md](api.md) |
| shell | `ctibridge command {{command}} key=value …` | the owner of the token in `CTIBRIDGE_TOKEN` or `--token-file` \
| printed; exit code 0 when it was done |
| phone | the codes in [dialplans](../dialplans/README.md) | the agent who has logged in there | spoken |

The payload is a JSON object with the command's arguments, at most {MOST_BYTES} bytes. It may also have:

| field | meaning |
|---|---|
| `transaction` | any text up to 128 characters. The same request with the same transaction is done once, however \
often it comes, and gets the same answer for an hour. Without one every request is one of its own |
| `sent_at` | when it was sent, in seconds since 1970. Then a request that is older than `[commands] max_age` is \
refused, and so are `login`, `logout`, `ready` and `not_ready` that come after one that was \
sent later for the same agent |

```console
$ mosquitto_rr -V 5 -u ann -P … -t ctibridge/v1/pbx1/cmd/ann/not_ready -e ctibridge/v1/pbx1/rsp/ann/not_ready \\
    -m '{{"transaction": "7b1f", "reason": "away"}}'
{{"transaction":"7b1f","command":"not_ready","ok":true,"outcome":"done","message":"Interface paused successfully",\
"at":1767258000.25}}
```

A retained message is refused, and so is one that the broker kept while the bridge was away. MQTT 3.1.1 does not tell
that a message was published as retained while we were there; use MQTT 5 where that matters. A response topic among the
bridge's own topics is heeded only below `rsp/{{user}}/`.

## The answer

| `outcome` | means |
|---|---|
| `done` | Asterisk did it, and the change was seen in its events (the column *seen* below). `message` is Asterisk's |
| `unconfirmed` | Asterisk said yes, and the change was not seen within `[commands] wait` (5 s). It may still come |
| `failed` | it was tried, and Asterisk or the bridge said no |
| `refused` | it was not tried |

`reason` is one word of the list at the end; compare it, and not `message`, which is for people.

Every command but those that only look is an event `bridge/command`, a row of `ctibridge report commands`, and a line in
the log: who, what, on whom, from where, when, and the answer. Telephone numbers in it are masked.
"""

ROLES: Final = """
## Who may

*own agent*: the agent that the user is. *own teams*: the agents of the teams that the user leads, and the user's own
agent; for an agent, the colleagues of the own team. Nobody decides on leave of their own. An agent logs in to queues of
the own team only, where the team has any, and with its penalties. `queues` and `pbxs` of
`[[users]]` narrow every role.

"""

NEEDS: Final = """
## What the AMI user needs

With the shipped `manager.conf` (`write = reporting`) the bridge changes nothing; then the commands that need more are
off, and `whoami`, `info`, `ctibridge check` and the log say so. `write = reporting,agent,call,originate` allows all.
Only the actions below can leave the bridge, and each with nothing but the headers and values that it is known to need.

"""

NOTES: Final = """
`transfer` with `attended` presses the code `atxfer` of features.conf for the agent, so the queue needs the option `t`
(`QUEUE_OPTIONS` in extensions.conf). Numbers are dialled, and calls transferred, in `[commands] context`: what that
context reaches, every agent can reach.

`move_caller` withdraws the caller with `move:{queue}`, which dialplans/inbound.conf turns into a place in that queue;
queue_log has `WITHDRAW`. With `move = "redirect"` any dialplan will do, but queue_log has `ABANDON` for a caller who
did not give up. Both are heeded between two ring attempts only: whoever answers first has the call, and the answer is
`failed` with the reason `answered`.

The phone of `originate`, `pickup`, `monitor`, `whisper` and `barge` rings, and all goes on when it is picked up.
"""


def reference() -> str:
    """The page."""
    return "".join((INTRODUCTION, *_commands(), ROLES, *_roles(), NEEDS, *_needs(), NOTES, *_answer(), *_reasons()))


def _commands() -> Iterator[str]:
    yield "\n## The commands\n\n| command | does | arguments | seen |\n|---|---|---|---|\n"
    for name, command in COMMANDS.items():
        arguments = "<br>".join(_arguments(command.arguments)) or "–"
        yield f"| `{name}` | {command.text} | {arguments} | {command.seen} |\n"


def _arguments(kind: type[msgspec.Struct]) -> Iterator[str]:
    schema = msgspec.json.schema(kind)
    properties = schema["$defs"][kind.__name__]["properties"]
    needed = schema["$defs"][kind.__name__].get("required", [])
    for field, value in properties.items():
        yield f"`{field}`{'' if field in needed else '?'} {_type(value)}"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    words = {"string": "text", "integer": "whole number", "number": "number"}
    return words.get(str(schema.get("type")), str(schema.get("type")))


def _roles() -> Iterator[str]:
    yield "| command | " + " | ".join(role.label.lower() for role in Role) + " |\n"
    yield "|---" * (len(Role) + 1) + "|\n"
    for name, row in PERMITS.items():
        cells = ("–" if row[role] is Reach.NONE else "yes" if name == "whoami" else row[role].value for role in Role)
        yield f"| `{name}` | {' | '.join(cells)} |\n"


def _needs() -> Iterator[str]:
    yield "| command | AMI actions | class of `write=` |\n|---|---|---|\n"
    for name, way in WAYS.items():
        actions = ", ".join(f"`{one}`" for one in way.actions) or "–"
        classes = (
            classes_for(way.actions).removeprefix("needs write=") if any(map(WRITE_CLASSES.get, way.actions)) else "–"
        )
        yield f"| `{name}` | {actions} | {classes} |\n"


def _answer() -> Iterator[str]:
    yield "\n## Fields of the answer\n\n| field | JSON |\n|---|---|\n"
    [_], definitions = msgspec.json.schema_components([Answer], ref_template="{name}")
    for field, value in definitions["Answer"]["properties"].items():
        kinds = [one.get("$ref") or _type(one) for one in value.get("anyOf", [value]) if one.get("type") != "null"]
        yield f"| `{field}` | {' or '.join(kinds)} |\n"
    yield textwrap.dedent("""
        What has no value is left out. `me`, `snapshot`, `replayed` and `callbacks` are the answers of `whoami`,
        `snapshot`, `replay` and `callbacks`; `me.commands` lists what the user may ask for and works now, `me.off`
        what does not work, and why.
        """)


def _reasons() -> Iterator[str]:
    yield "\n## Reasons\n\n| `reason` | means |\n|---|---|\n"
    for reason, text in REASONS.items():
        yield f"| `{reason}` | {text} |\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
