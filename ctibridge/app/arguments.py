"""What can be typed after ``ctibridge``: one table of commands, each with an example."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

import ctibridge
from ctibridge.app.report import FORMATS, NAMES
from ctibridge.domain.commands import COMMANDS as WORDS
from ctibridge.domain.roles import Scope
from ctibridge.outputs.history.periods import SPELLINGS, STEPS

Run: TypeAlias = Callable[[argparse.Namespace], int]

EXAMPLES: Final = """\
example:
  ctibridge demo                      a call centre without Asterisk, to look at
  ctibridge run -c ctibridge.toml     the daemon"""


def _logging() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--log-format", choices=("json", "console"), help="console on a terminal, else json")
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"))
    return parser


def _configured() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, parents=[_logging()])
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="configuration (docs/configuration.md)")
    return parser


def _language() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--language", choices=("en", "zh"), default="en", help="of the table")
    return parser


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, help="web port; without it 8080 or the next free one")
    parser.add_argument("--agents", type=_positive(int), default=12, help="how many there are (12)")
    parser.add_argument("--speed", type=_positive(float), default=1.0, help="times faster than life (1)")


def _schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="without it AsyncAPI goes to standard output")


def _record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    parser.add_argument("--raw", action="store_true", help="with caller numbers and names as they are")
    parser.add_argument("--pbx", help="which, where there are several")


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("capture", type=Path, metavar="CAPTURE")
    parser.add_argument("--queue-log", type=Path, metavar="FILE", help="print each difference; exit 1 if there is one")
    parser.add_argument("--json", action="store_true", help="totals and calls as JSON")


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", choices=NAMES, help="what to tell of")
    parser.add_argument("--from", dest="since", default="today", metavar="DAY", help=f"{SPELLINGS} (today)")
    parser.add_argument("--to", dest="until", metavar="DAY", help="a day, included, or a moment (end of today)")
    parser.add_argument("--queue", action="append", default=[], metavar="NAME", help="only this; may be repeated")
    parser.add_argument(
        "--agent",
        action="append",
        default=[],
        metavar="ID",
        help="not with queues, intervals and callbacks; may be repeated",
    )
    parser.add_argument("--pbx", metavar="NAME", help="only this")
    parser.add_argument("--interval", choices=STEPS, help="cut into half hours, hours, days, weeks or months")
    parser.add_argument(
        "--by", choices=("entry", "end"), default="entry", help="when the caller joined, or when the wait ended (entry)"
    )
    parser.add_argument("--format", choices=FORMATS, help="by the name of the file, else table")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="without it to standard output")
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="of what people read (en)")


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="queue_log, rotated and .gz ones too")
    parser.add_argument("--pbx", help="whose they are, where there are several")


def _erase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--number", required=True, help="the caller's, as it was received; - for standard input")


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, metavar="FILE", help="is replaced if it exists")


def _acl(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="without it to standard output")


def _command(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command", metavar="NAME", choices=tuple(WORDS), help="see docs/commands.md")
    parser.add_argument("arguments", nargs="*", metavar="KEY=VALUE", help="e.g. agent=1001 reason=away")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="of the bridge (%(default)s)")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="without it from CTIBRIDGE_TOKEN")
    parser.add_argument("--pbx", default="", metavar="NAME", help="which, where there are several")


def _token(parser: argparse.ArgumentParser) -> None:
    wanted = parser.add_subparsers(dest="wanted", metavar="WHAT", required=True)
    add = wanted.add_parser("add", help="make a token and print it, once")
    add.add_argument("user", metavar="USER", help="whose it is: the name of a [[users]]")
    add.add_argument("--days", type=_positive(float), metavar="N", help="good for so long; without it until revoked")
    add.add_argument(
        "--scope",
        action="append",
        default=[],
        choices=[scope.value for scope in Scope],
        help="only this; may be repeated; without it all that the user may",
    )
    wanted.add_parser("list", help="show all tokens, but not what they are")
    revoke = wanted.add_parser("revoke", help="end a token within seconds")
    revoke.add_argument("id", metavar="ID", help="as `list` shows it: the middle part of the token")


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command, as help shows it."""

    name: str
    text: str
    example: str
    parents: tuple[Callable[[], argparse.ArgumentParser], ...] = ()
    extend: Callable[[argparse.ArgumentParser], None] | None = None


COMMANDS: Final = (
    Command(
        name="run",
        text="the daemon",
        example="ctibridge run -c /etc/ctibridge/ctibridge.toml",
        parents=(_configured,),
    ),
    Command(
        name="demo",
        text="the daemon on an embedded broker and a simulated PBX",
        example="ctibridge demo --port 8080 --agents 20 --speed 2",
        parents=(_logging, _language),
        extend=_demo,
    ),
    Command(
        name="check",
        text="log in to AMI and brokers, say what is missing and what is too much",
        example="ctibridge check -c ctibridge.toml",
        parents=(_configured,),
    ),
    Command(
        name="watch",
        text="live queues and agents in the terminal",
        example="ctibridge watch -c ctibridge.toml",
        parents=(_configured, _language),
    ),
    Command(
        name="schema",
        text="what is published: AsyncAPI 3 document and JSON Schemas of every message",
        example="ctibridge schema -o schemas/",
        extend=_schema,
    ),
    Command(
        name="record",
        text="write AMI's bytes as received until Ctrl-C, numbers masked",
        example="ctibridge record -c ctibridge.toml -o monday.ami",
        parents=(_configured,),
        extend=_record,
    ),
    Command(
        name="replay",
        text="play a recorded AMI stream and print what it adds up to",
        example="ctibridge replay monday.ami --queue-log queue_log",
        parents=(_configured,),
        extend=_replay,
    ),
    Command(
        name="import-queue-log",
        text="bring queue_log files into the history; what is there already is left as it is",
        example="ctibridge import-queue-log -c ctibridge.toml /var/log/asterisk/queue_log*",
        parents=(_configured,),
        extend=_import,
    ),
    Command(
        name="erase",
        text="take a caller's number out of the history; the calls stay",
        example="ctibridge erase -c ctibridge.toml --number +4930123456",
        parents=(_configured,),
        extend=_erase,
    ),
    Command(
        name="backup",
        text="copy the store into a file while the daemon runs",
        example="ctibridge backup -c ctibridge.toml /var/backups/ctibridge.db",
        parents=(_configured,),
        extend=_backup,
    ),
    Command(
        name="acl",
        text="the broker's access list (mosquitto), from [[users]] and [[teams]]",
        example="ctibridge acl -c ctibridge.toml -o /etc/mosquitto/acl",
        parents=(_configured,),
        extend=_acl,
    ),
    Command(
        name="token",
        text="who may ask over HTTP: make, list and revoke tokens of [[users]]",
        example="ctibridge token -c ctibridge.toml add wang --days 90 --scope read",
        parents=(_configured,),
        extend=_token,
    ),
    Command(
        name="command",
        text="ask a running bridge to do something, in the name of a token's owner",
        example="ctibridge command not_ready agent=1001 reason=away",
        parents=(_logging,),
        extend=_command,
    ),
    Command(
        name="report",
        text="what happened: figures per queue, agent or period, calls, and callers to call back",
        example="ctibridge report queues --from monday --interval 1d\n"
        "  ctibridge report agents --from yesterday --to yesterday -o agents.html --lang zh",
        parents=(_configured,),
        extend=_report,
    ),
)


def parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The whole command line; `runs` has what each command does, which becomes ``options.run``."""
    root = argparse.ArgumentParser(
        prog="ctibridge",
        description="A real-time bridge between Asterisk's queues and MQTT, Prometheus and HTTP.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"ctibridge {ctibridge.__version__}")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        added = commands.add_parser(
            command.name,
            help=command.text,
            description=command.text[:1].upper() + command.text[1:] + ".",
            epilog=f"example:\n  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[make() for make in command.parents],
        )
        if command.extend:
            command.extend(added)
        added.set_defaults(run=runs[command.name])
    return root


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) >= 1 << 16:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return int(text)


def _positive(kind: type[int] | type[float]) -> Any:  # noqa: ANN401 - argparse takes any callable
    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
        return value

    return convert
