"""Writes docs/api.md: ``python -m ctibridge.outputs.web.api.reference > docs/api.md``."""

import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ctibridge.outputs.web.api.examples import examples
from ctibridge.outputs.web.api.openapi import document
from ctibridge.outputs.web.api.problems import KINDS, ApiError
from ctibridge.outputs.web.api.queries import DEFAULT_ROWS, MOST_ROWS, CallsQuery, expected, read_query
from ctibridge.outputs.web.api.routes import PREFIX, ROUTES, Route

SERVER: Final = "http://127.0.0.1:8080"

INTRODUCTION: Final = f"""\
# The HTTP interface `{PREFIX}`

The present and the past of queues and agents as JSON; [commands](commands.md) are there as well. This page is written
by the table that the code uses: `python -m ctibridge.outputs.web.api.reference`. The same table makes the OpenAPI 3.1
document at `{PREFIX}/openapi.json`, with every schema and example; generate clients from that.

- **Access.** On the bridge's own machine no token is needed, unless `http.require_token` says so. Everybody else, and
  whoever comes through a proxy, sends `Authorization: Bearer …` with a token that `ctibridge token add USER` made.
  What is answered is narrowed by the role of that `[[users]]`: an agent sees the own state and calls, a leader those of
  the team, `display` and `public` figures of queues only. What is narrowed away looks as if it were not there; an
  address that has nothing for a role answers `not-permitted`.
- **Callers.** Numbers and names are masked as `[privacy]` says. `numbers=whole` shows them, to a token whose user has
  `private = true` and whose scopes allow it; who looked, when and where is logged each time. The history keeps no whole
  number at all.
- **Moments** are RFC 3339 with the offset of the site's time zone. As parameters any offset will do, and so do
  seconds since 1970. A range holds its first moment and not its last.
- **Durations** are seconds, ratios 0 to 1. `null` is unknown, or nothing to divide by, and never 0.
- **Names** in a path are percent-encoded (`sales%2Feu`). Queues are found without regard to capital letters, as
  Asterisk does.
- **Pages.** Lists of the past hold {DEFAULT_ROWS} rows unless `limit` (at most {MOST_ROWS:,}) says otherwise. While
  `next` is not `null`, ask again with `cursor=` its value and all else unchanged. A page begins right after the last
  row of the one before, so that rows that are written in between neither repeat nor hide any.
- **The history** has a connection of its own that can only read. A question may take 5 seconds (`/intervals`: 30);
  then it is ended with `too-slow`, and everything else is answered meanwhile. Detail is kept for `store.keep_days`, the
  figures of half hours for ever: `/intervals` reaches further back than `/calls`.
- **Caching.** Answers are `Cache-Control: no-store`; the OpenAPI document has an `ETag`.
- **Changes.** Fields and addresses may be added within `v1`; none is taken away or changes its meaning.

| address | |
|---|---|
"""

PROBLEMS: Final = """
## Problems

Whatever is wrong comes as `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). `type` is
the address of one of the paragraphs below; `parameter` and `expected` say which parameter and what it may be.

```json
"""


def reference() -> str:
    """The page."""
    answers = asyncio.run(examples())
    described = document("", answers)["paths"]
    parts = [INTRODUCTION]
    parts += [f"| [`{route.path}`](#{route.name.lower()}) | {route.summary} |\n" for route in ROUTES]
    for route in ROUTES:
        parts += _route(route, described[route.path]["get"]["parameters"], answers[route.name])
    return "".join((*parts, *_problems()))


def _route(route: Route, parameters: list[dict[str, Any]], answer: object) -> Iterator[str]:
    yield f"\n## {route.name}\n\n`GET {PREFIX}{route.path}`: {route.summary}. {route.text}\n"
    in_query = [one for one in parameters if one["in"] == "query"]
    if in_query:
        yield "\n| parameter | | may be |\n|---|---|---|\n"
    for one in in_query:
        yield f"| `{one['name']}` | {one['description']} | {expected(one['schema'])} |\n"
    yield f"\n```console\n$ curl '{SERVER}{PREFIX}{route.example}'\n```\n"
    yield f"\n```json\n{json.dumps(answer, ensure_ascii=False, indent=2)}\n```\n"


def _problems() -> Iterator[str]:
    yield PROBLEMS
    yield f"{json.dumps(_sample_problem(), indent=2)}\n```\n"
    for kind in KINDS:
        yield f"\n### {kind.name}\n\n{kind.status.value}. {kind.title}. {kind.meaning}\n"


def _sample_problem() -> object:
    """What `limit=5000` is told."""
    try:
        read_query(CallsQuery, [("limit", "5000")])
    except ApiError as error:
        return msgspec.to_builtins(error.problem)
    return None


if __name__ == "__main__":
    sys.stdout.write(reference())
