"""What each command does, and its exit code.

0 fine · 1 a difference or a failed check was found · 2 usage or configuration · 3 cannot reach or log in.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from rich.console import Console

from ctibridge.app import log
from ctibridge.app.acl_command import access_list_of, write_access_list
from ctibridge.app.arguments import Run, parser
from ctibridge.app.check import check
from ctibridge.app.clock import BridgeClock
from ctibridge.app.command_line import CommandError, arguments_of, ask_now, token
from ctibridge.app.config import Configuration, load
from ctibridge.app.config_document import ConfigurationError, Problem
from ctibridge.app.daemon import run_daemon
from ctibridge.app.demo import DemoOptions, PortTakenError, run_demo
from ctibridge.app.demo_broker import DemoExtraMissingError
from ctibridge.app.differences import against_queue_log
from ctibridge.app.finding import Verdict
from ctibridge.app.import_command import NoStoreError, back_up_store, erase_caller, import_queue_logs
from ctibridge.app.keeper import UnusableStoreError
from ctibridge.app.queue_log_opening import PostgresExtraMissingError
from ctibridge.app.record import record
from ctibridge.app.replay import play
from ctibridge.app.replay_report import print_report
from ctibridge.app.report import ReportError
from ctibridge.app.report_output import UnusableFormatError, make_report
from ctibridge.app.schema import asyncapi_text, write_schema
from ctibridge.app.supervisor import stop_signals
from ctibridge.app.token_command import (
    PrivateNotGrantedError,
    UnknownTokenError,
    UnknownUserError,
    add_token,
    list_tokens,
    revoke_token,
)
from ctibridge.app.watch import Watch, watch_until
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain.policy import Policy
from ctibridge.domain.roles import Scope
from ctibridge.outputs.history.reader import UnreadableHistoryError
from ctibridge.outputs.web.server import CannotListenError
from ctibridge.outputs.web.words import words

FINE: Final = 0
DIFFERENCE: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3

STANDARD_INPUT: Final = "-"
"""For a number that no list of processes is to show."""
REPORT_WIDTH: Final = 160
"""Characters of a table that goes to a file or a pipe."""


class UnknownPbxError(Exception):
    """One of several PBXs must be named."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"--pbx: expected one of {', '.join(names)}")


class UnusableFileError(Exception):
    """A file or folder that was named cannot be used."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"{error.filename}: {error.strerror}")


MISTAKES: Final = (
    ConfigurationError,
    CannotListenError,
    PortTakenError,
    PostgresExtraMissingError,
    UnusableStoreError,
    NoStoreError,
    DemoExtraMissingError,
    UnknownPbxError,
    UnusableFileError,
    ReportError,
    UnreadableHistoryError,
    UnusableFormatError,
    UnknownUserError,
    UnknownTokenError,
    PrivateNotGrantedError,
)
"""What whoever typed the command can put right; said in a line, without a traceback."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = parser(COMMANDS).parse_args(arguments)
    try:
        return int(options.run(options))
    except MISTAKES as error:
        sys.stderr.write(f"{error}\n")
        return USAGE


# -- commands ---------------------------------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    configuration = _configuration(options)

    def reread() -> Configuration:
        return _with_log_options(load(options.config), options)

    async def work() -> int:
        async with stop_signals() as stop:
            await run_daemon(configuration, reread, stop)
        return FINE

    return _in_loop(work())


def _demo(options: argparse.Namespace) -> int:
    log.set_up(_with_log_options(Configuration(log=log.LogSettings(level="warning")), options).log)
    wanted = DemoOptions(port=options.port, agents=options.agents, speed=options.speed)

    async def work() -> int:
        async with stop_signals() as stop:
            await run_demo(wanted, words(options.language), stop)
        return FINE

    return _in_loop(work())


def _check(options: argparse.Namespace) -> int:
    configuration = _configuration(options, level="error")

    async def work() -> int:
        worst = Verdict.GOOD
        async for finding in check(configuration):
            sys.stdout.write(f"{finding}\n")
            worst = max(worst, finding.verdict)
        return int(worst)

    return _in_loop(work())


def _watch(options: argparse.Namespace) -> int:
    configuration = _configuration(options)
    if not configuration.mqtt:
        raise ConfigurationError([Problem(place="configuration", key="mqtt", message="expected a broker to watch")])

    async def work() -> int:
        watch = Watch(configuration.mqtt[0], words(options.language), configuration.site.zone())
        async with stop_signals() as stop:
            await watch_until(watch, stop)
        return FINE

    return _in_loop(work())


def _record(options: argparse.Namespace) -> int:
    configuration = _configuration(options)
    settings = _pbx(configuration, options.pbx)

    async def work() -> int:
        try:
            async with stop_signals() as stop:
                written = await record(settings, options.output, is_masked=not options.raw, stop=stop)
        except OSError as error:
            raise UnusableFileError(error) from error
        sys.stdout.write(f"{options.output}: {written} bytes\n")
        return FINE if written else UNREACHABLE

    return _in_loop(work())


def _replay(options: argparse.Namespace) -> int:
    log.set_up(_with_log_options(Configuration(log=log.LogSettings(level="warning")), options).log)
    policy = load(options.config, with_servers=False).policy() if options.config else Policy()
    try:
        with _busy(f"replaying {options.capture}"):
            played = play(options.capture, policy)
            found = against_queue_log(played, options.queue_log) if options.queue_log else []
    except OSError as error:
        raise UnusableFileError(error) from error
    if options.json:
        sys.stdout.write(msgspec.json.encode(played.tally.totals).decode() + "\n")
    else:
        print_report(played, _console())
    for line in found:
        sys.stderr.write(f"{line}\n")
    return DIFFERENCE if found else FINE


def _report(options: argparse.Namespace) -> int:
    configuration = _with_log_options(load(options.config, with_servers=False), options)
    log.set_up(configuration.log)
    try:
        with _busy(f"report of {options.report}"):
            made = asyncio.run(make_report(configuration, options, BridgeClock().now()))
        made.write(Console() if sys.stdout.isatty() else Console(width=REPORT_WIDTH))
    except OSError as error:
        raise UnusableFileError(error) from error
    return FINE


def _schema(options: argparse.Namespace) -> int:
    if options.output is None:
        sys.stdout.write(asyncapi_text())
        return FINE
    try:
        written = write_schema(options.output)
    except OSError as error:
        raise UnusableFileError(error) from error
    sys.stdout.write("".join(f"{path}\n" for path in written))
    return FINE


def _import(options: argparse.Namespace) -> int:
    configuration = _offline(options)
    try:
        import_queue_logs(configuration, _pbx(configuration, options.pbx).name, options.files, _console())
    except OSError as error:
        raise UnusableFileError(error) from error
    return FINE


def _erase(options: argparse.Namespace) -> int:
    number = sys.stdin.readline().strip() if options.number == STANDARD_INPUT else options.number
    erased = erase_caller(_offline(options), number)
    sys.stdout.write(f"{erased} rows\n")
    return FINE


def _acl(options: argparse.Namespace) -> int:
    configuration = _offline(options)
    if options.output is None:
        sys.stdout.write(access_list_of(configuration))
        return FINE
    try:
        write_access_list(configuration, options.output)
    except OSError as error:
        raise UnusableFileError(error) from error
    sys.stdout.write(f"{options.output}\n")
    return FINE


def _token(options: argparse.Namespace) -> int:
    configuration = _offline(options)
    match options.wanted:
        case "add":
            scopes = [Scope(scope) for scope in options.scope]
            sys.stdout.write(f"{add_token(configuration, options.user, days=options.days, scopes=scopes)}\n")
        case "list":
            list_tokens(configuration, _console())
        case "revoke":
            revoke_token(configuration, options.id)
    return FINE


def _command(options: argparse.Namespace) -> int:
    try:
        body = arguments_of(options.command, options.arguments)
        answer = ask_now(options.url, options.command, body, token(options.token_file), options.pbx)
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE if error.is_typed else UNREACHABLE
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
    return FINE if answer.ok else DIFFERENCE


def _backup(options: argparse.Namespace) -> int:
    try:
        back_up_store(_offline(options), options.output, Console(stderr=True))
    except OSError as error:
        raise UnusableFileError(error) from error
    sys.stdout.write(f"{options.output}\n")
    return FINE


COMMANDS: Final[Mapping[str, Run]] = {
    "run": _run,
    "demo": _demo,
    "check": _check,
    "watch": _watch,
    "schema": _schema,
    "record": _record,
    "replay": _replay,
    "import-queue-log": _import,
    "erase": _erase,
    "backup": _backup,
    "acl": _acl,
    "token": _token,
    "command": _command,
    "report": _report,
}


# -- what several commands need ---------------------------------------------------------------------------------------


def _configuration(options: argparse.Namespace, level: log.LogLevel | None = None) -> Configuration:
    configuration = _with_log_options(load(options.config), options)
    settings = configuration.log
    log.set_up(msgspec.structs.replace(settings, level=level) if level and not options.log_level else settings)
    return configuration


def _offline(options: argparse.Namespace) -> Configuration:
    """The configuration of a command that connects to nothing, whose log says only what went wrong."""
    configuration = _with_log_options(load(options.config, with_servers=False), options)
    settings = configuration.log
    log.set_up(settings if options.log_level else msgspec.structs.replace(settings, level="warning"))
    return configuration


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=REPORT_WIDTH)


def _with_log_options(configuration: Configuration, options: argparse.Namespace) -> Configuration:
    """The command line wins over the file, at a reload too."""
    given = {"format": options.log_format, "level": options.log_level}
    settings = msgspec.structs.replace(configuration.log, **{key: value for key, value in given.items() if value})
    return msgspec.structs.replace(configuration, log=settings)


def _pbx(configuration: Configuration, name: str | None) -> AmiSettings:
    names = [pbx.name for pbx in configuration.pbx]
    if name is None and len(names) == 1:
        return configuration.pbx[0]
    if name not in names:
        raise UnknownPbxError(names)
    return configuration.pbx[names.index(name)]


@contextlib.contextmanager
def _busy(text: str) -> Iterator[None]:
    """Show that something goes on, on a terminal."""
    console = Console(stderr=True)
    with console.status(text) if console.is_terminal else contextlib.nullcontext():
        yield


def _in_loop(work: Coroutine[Any, Any, int]) -> int:
    return asyncio.run(work)
