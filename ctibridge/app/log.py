"""One log for everything: pretty on a terminal, a JSON object a line otherwise.

The policy of levels:

=========  ============================================================================================
DEBUG      frames and packets, for whoever looks into the wire; may show caller numbers, never secrets
INFO       connected, lost, in sync, stopping; one line for each lasting change, none for each call
WARNING    degraded and still running: what is waited for, what was skipped
ERROR      a human must act
=========  ============================================================================================

Standard-library loggers (panoramisk, aiomqtt, aiohttp, amqtt) pass through the same pipeline, at WARNING and above:
below that they speak of every packet, and panoramisk shows the login with its secret.
"""

import io
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal, TextIO, TypeAlias

import msgspec
import structlog

LogFormat: TypeAlias = Literal["auto", "console", "json"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

OWN_LOGGER: Final = "ctibridge"
AUDIT_LOGGER: Final = "ctibridge.audit"
"""Who did or looked at what; no level silences it."""

SECRET_KEYS: Final = frozenset({"secret", "password", "token", "authorization"})
CALLER_KEYS: Final = frozenset({"caller", "caller_number", "caller_name", "number"})
"""Personal data: shown below INFO only."""

HIDDEN: Final = "***"


class LogSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[log]``: what is said and how it looks; it goes to the standard error stream."""

    level: LogLevel = "info"
    format: LogFormat = "auto"
    """``auto`` is ``console`` on a terminal and ``json`` elsewhere."""


def set_up(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send every log line of the process to one stream; may be called again with other settings."""
    target = stream or _CurrentErrorStream()
    is_console = settings.format == "console" or (settings.format == "auto" and target.isatty())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(is_console=is_console, colours=target.isatty()))
    root = logging.getLogger()
    for old in list(root.handlers):
        if getattr(old, "is_ctibridge", False):
            root.removeHandler(old)
    handler.is_ctibridge = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OWN_LOGGER).setLevel(settings.level.upper())
    logging.getLogger(AUDIT_LOGGER).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


class _CurrentErrorStream(io.TextIOBase):
    """Whatever ``sys.stderr`` is when something is written: a live table puts itself in front of it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        hide_private_values,
    ]


def _formatter(*, is_console: bool, colours: bool) -> logging.Formatter:
    rendering: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if is_console:
        rendering += [_printable, _console(colours=colours)]
    else:
        rendering += [
            structlog.processors.format_exc_info,
            _first_things_first,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(), processors=rendering)


def _first_things_first(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: line[key] for key in ("timestamp", "level", "event") if key in line} | dict(line)


def _printable(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Show what a terminal would obey: outsiders choose names, and JSON escapes by itself."""
    for key, value in line.items():
        if isinstance(value, str) and not value.isprintable():
            line[key] = "".join(one if one.isprintable() or one == "\n" else f"\\x{ord(one):02x}" for one in value)
    return line


def _console(*, colours: bool) -> structlog.dev.ConsoleRenderer:
    # The fancy traceback shows local variables, and so secrets and callers.
    return structlog.dev.ConsoleRenderer(
        colors=colours, pad_event_to=32, exception_formatter=structlog.dev.plain_traceback
    )


def hide_private_values(_logger: object, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank out secrets always, and callers from INFO on, should a log call ever name them."""
    for key in line:
        if key in SECRET_KEYS or (key in CALLER_KEYS and method != "debug"):
            line[key] = HIDDEN
    return line
