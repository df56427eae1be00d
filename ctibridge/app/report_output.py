"""Where a report goes, and in which form."""

import argparse
import io
import sqlite3
import sys
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from ctibridge.app.config import Configuration
from ctibridge.app.report import Format, Report, ReportOptions, report
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history.reader import UnreadableHistoryError
from ctibridge.outputs.history.report.files import BYTE_ORDER_MARK, csv_text, workbook
from ctibridge.outputs.history.report.page import page
from ctibridge.outputs.history.report.table import print_table

SUFFIXES: Final[dict[str, Format]] = {".csv": "csv", ".json": "json", ".xlsx": "xlsx", ".html": "html", ".htm": "html"}


class UnusableFormatError(Exception):
    """The form does not go with where the report is to go."""


class MadeReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report and where it goes."""

    report: Report
    format: Format
    output: Path | None

    def write(self, console: Console) -> None:
        """Print the report, or write its file; raises OSError."""
        if self.format == "table" and self.output is None:
            print_table(self.report.document, console)
        elif self.output is None:
            sys.stdout.write(self._bytes(console.width).decode().removeprefix(BYTE_ORDER_MARK))
        else:
            self.output.write_bytes(self._bytes(console.width))
            sys.stdout.write(f"{self.output}\n")

    def _bytes(self, width: int) -> bytes:
        document = self.report.document
        match self.format:
            case "csv":
                return csv_text(document).encode()
            case "json":
                return msgspec.json.encode(self.report.json) + b"\n"
            case "xlsx":
                return workbook(document)
            case "html":
                return page(document).encode()
            case "table":
                text = io.StringIO()
                print_table(document, Console(width=width, file=text))
                return text.getvalue().encode()


async def make_report(configuration: Configuration, given: argparse.Namespace, now: Timestamp) -> MadeReport:
    """The report that was asked for; raises what the user can put right."""
    form = _format(given)
    if configuration.store.path is None:
        raise UnreadableHistoryError("store.url is empty: nothing is kept, so there is nothing to report")
    options = ReportOptions(
        name=given.report,
        since=given.since,
        until=given.until,
        queues=tuple(given.queue),
        agents=tuple(given.agent),
        pbx=given.pbx,
        step=given.interval,
        by=given.by,
        format=form,
        language=given.lang,
    )
    try:
        made = await report(configuration.store.path, options, configuration.policy(), now)
    except sqlite3.Error as error:
        raise UnreadableHistoryError(f"{configuration.store.path}: {error}") from error
    return MadeReport(report=made, format=form, output=given.output)


def _format(given: argparse.Namespace) -> Format:
    """As asked for, else as the file's name says, else a table."""
    output: Path | None = given.output
    asked: Format | None = given.format
    form = asked or (SUFFIXES.get(output.suffix.lower(), "table") if output else "table")
    if form == "xlsx" and output is None:
        raise UnusableFormatError("--format xlsx: a workbook is no text; name a file with -o FILE")
    return form
