"""Writes docs/configuration.md from the settings structs, so that it cannot say anything else than the code.

python -m ctibridge.app.settings_reference > docs/configuration.md
"""

import ast
import inspect as source
import itertools
import re
import sys
import textwrap
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import inspect

from ctibridge.app.config import LONE_TABLES, PLACES, Configuration
from ctibridge.app.config_decode import expectation

INTRODUCTION: Final = f"""\
# Configuration

One TOML file.  [config/ctibridge.toml](../config/ctibridge.toml) has every setting with its default, ready to be
copied.  This page is generated from the code (`make docs`).

`ctibridge run` takes the file named by `-c FILE`, else by the environment variable `CTIBRIDGE_CONFIG`, else the first
that exists of {" and ".join(f"`{place}`" for place in PLACES)}.  Without a file, but with at least one setting in
the environment, the environment alone is the configuration.

**Times are in seconds.**  What is wrong is said in one line for each problem, with file, line, key and what was
expected; the exit code is then 2.  `ctibridge check` looks at a file, and at the servers that it names, without
starting anything.

## From the environment

Every key can be set by a variable that begins with `CTIBRIDGE_`, in capitals, with two underscores between levels.
The tables of an array are numbered from 0.  A variable wins over the file.

| in the file | in the environment |
|---|---|
| `[mqtt]` `host = "broker"` | `CTIBRIDGE_MQTT__HOST=broker` |
| first `[[pbx]]`, `secret = "…"` | `CTIBRIDGE_PBX__0__SECRET=…` |
| `[queues.vip]` `late_answer = 10` | `CTIBRIDGE_QUEUES__VIP__LATE_ANSWER=10` |
| first `[[teams]]`, `agents = ["1001"]` | `CTIBRIDGE_TEAMS__0__AGENTS='["1001"]'` |

## While it runs

`kill -HUP` (`systemctl reload`) reads the file again. Thresholds, labels, pause reasons, rules, leave, teams and the
log level take effect at once; what else changed is named in the log and waits for a restart. A new threshold is a
bound of the histograms from the next start on. A file with a problem changes nothing: each problem is a line in the
log.

## Secrets

A secret stands in the file, in the environment, or in a file of its own that `secret_file` or `password_file` names.
Under systemd, `LoadCredential=` is enough and needs no key at all: these credentials are looked for.

| credential | is |
|---|---|
| `pbx.NAME.secret`, `pbx.0.secret`, or `pbx.secret` for the first | the AMI secret of a `[[pbx]]` |
| `pbx.NAME.queue_log_password`, and likewise | the password for a queue_log in PostgreSQL |
| `mqtt.0.password`, or `mqtt.password` for the first | the password for a broker |

A secret is not sent in the clear to another host unless `insecure = true` says so.
"""

TABLE_HEAD: Final = "| key | expected | default | meaning |\n|---|---|---|---|\n"


def page() -> str:
    """The whole page as Markdown."""
    root = inspect.type_info(Configuration)
    if not isinstance(root, inspect.StructType):
        raise TypeError("the configuration is a struct")
    return INTRODUCTION + "".join(_section(field) for field in root.fields)


def _section(field: inspect.Field) -> str:
    heading, struct = _table_of(field)
    rows = "".join(_row(one, notes) for notes in (_notes(struct.cls),) for one in struct.fields)
    return (
        f"\n## {heading}\n\n{_summary(struct.cls)}\n\n| key | expected | default | meaning |\n|---|---|---|---|\n{rows}"
    )


def _table_of(field: inspect.Field) -> tuple[str, inspect.StructType]:
    match field.type:
        case inspect.StructType():
            return f"`[{field.name}]`", field.type
        case inspect.VarTupleType(item_type=inspect.StructType() as item):
            once = f"`[{field.name}]`, or for several " if field.name in LONE_TABLES else ""
            return f"{once}`[[{field.name}]]`", item
        case inspect.DictType(value_type=inspect.StructType() as value):
            return f"`[{field.name}.NAME]`", value
        case _:
            raise TypeError(f"{field.name} is not a table")


def _row(field: inspect.Field, notes: dict[str, str]) -> str:
    cells = (f"`{field.encode_name}`", expectation(field.type), _default(field), notes.get(field.name, ""))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    value = field.default
    if value is None:
        return "none"
    text = msgspec.json.encode(value).decode() if not isinstance(value, str) else f'"{value}"'
    return f"`{text}`"


def _summary(kind: type) -> str:
    text = _markdown((kind.__doc__ or "").strip().split("\n\n")[0])
    words = re.sub(r"^`\[[^`]*`[:;] ", "", text)
    return words[:1].upper() + words[1:]


def _notes(kind: type) -> dict[str, str]:
    """The docstring below each field, which Python itself forgets."""
    tree = ast.parse(textwrap.dedent(source.getsource(kind))).body[0]
    if not isinstance(tree, ast.ClassDef):
        raise TypeError(f"{kind} is not a class")
    return dict(_documented(tree.body))


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, following in itertools.pairwise(body):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                yield name, _markdown(text)


def _markdown(text: str) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", " ".join(text.split()))


if __name__ == "__main__":
    sys.stdout.write(page())
