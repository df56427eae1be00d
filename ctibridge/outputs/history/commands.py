"""Who asked the bridge to do what, and what became of it."""

from collections.abc import Iterable
from typing import Any, Final

import aiosqlite
import msgspec

from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history.queries import Scope


class CommandLine(msgspec.Struct, frozen=True, kw_only=True):
    """One command."""

    pbx: str
    at: Timestamp
    user: str
    role: str
    command: str
    target: str | None
    """``agent/1001``, ``queue/sales``, ``call/…`` or ``alert/…``."""
    arguments: dict[str, str]
    outcome: str
    reason: str | None
    message: str
    via: str
    address: str | None
    transaction: str


class CommandReport(msgspec.Struct, frozen=True, kw_only=True):
    """Commands by when they were answered."""

    lines: tuple[CommandLine, ...]


_COMMANDS: Final = """
SELECT pbx, at, user, role, command, target, arguments, outcome, reason, message, via, address, transaction_id
FROM commands
WHERE pbx IN (SELECT value FROM json_each(:pbxs)) AND at >= :from AND at < :before
AND (:targets IS NULL OR target IN (SELECT value FROM json_each(:targets)))
ORDER BY at, pbx, user, transaction_id
"""


async def command_report(connection: aiosqlite.Connection, scope: Scope) -> CommandReport:
    """Commands of a range; only those about the queues and agents of the scope, where it names some."""
    targets = [f"queue/{name}" for name in scope.queues] + [f"agent/{name}" for name in scope.agents]
    parameters = scope.parameters() | {
        "from": scope.periods[0].since,
        "before": scope.periods[-1].until,
        "targets": msgspec.json.encode(targets).decode() if targets else None,
    }
    async with connection.execute(_COMMANDS, parameters) as cursor:
        rows = await cursor.fetchall()
    return CommandReport(lines=tuple(_line(row) for row in rows))


def _line(row: Iterable[Any]) -> CommandLine:
    values = dict(zip(CommandLine.__struct_fields__, row, strict=True))
    return CommandLine(**(values | {"arguments": msgspec.json.decode(values["arguments"])}))
