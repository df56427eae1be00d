"""What `import-queue-log`, `erase` and `backup` do with the store that the configuration names, and what they say."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ctibridge.app.clock import wall
from ctibridge.app.config import Configuration
from ctibridge.app.history import marks_of
from ctibridge.app.importing import Imported, Importer, LogFile, import_files
from ctibridge.app.keeper import UnusableStoreError
from ctibridge.outputs.history.callers import UnusableKeyError
from ctibridge.outputs.history.store import NewerStoreError, opened
from ctibridge.outputs.history.upkeep import back_up, erase
from ctibridge.outputs.history.writer import connect


class NoStoreError(Exception):
    """The configuration keeps nothing."""

    def __init__(self) -> None:
        super().__init__("store.url: is empty; expected sqlite:///FILE")


def import_queue_logs(configuration: Configuration, pbx: str, paths: Sequence[Path], console: Console) -> None:
    """Bring files into the store and say what came of each; raises UnusableStoreError, OSError."""
    with opened_store(configuration) as (path, connection), _bar(console) as bar:
        tasks: dict[str, object] = {}

        def told(file: LogFile, read: int) -> None:
            if file.fingerprint not in tasks:
                tasks[file.fingerprint] = bar.add_task(file.path.name, total=file.size)
            bar.update(tasks[file.fingerprint], completed=read)  # type: ignore[arg-type]  # rich's own id

        marks = marks_of(path, configuration.privacy)
        importer = Importer(connection, pbx, configuration.policy(), marks)
        done = import_files(importer, pbx, paths, wall(), told)
    console.print(_summary(done))
    for one in done:
        for bad in one.first_bad:
            text = bad.text.decode("utf-8", "backslashreplace")
            console.print(f"{one.path}:{bad.number}: no record: {text!r}", markup=False, highlight=False)


def erase_caller(configuration: Configuration, number: str) -> int:
    """Take a caller out of the store; in how many rows the caller was.  Raises UnusableStoreError."""
    with opened_store(configuration) as (path, connection):
        caller = marks_of(path, configuration.privacy).hmac(number)
        return erase(connection, caller) if caller is not None else 0


def back_up_store(configuration: Configuration, target: Path, console: Console) -> None:
    """Copy the store while it is in use; raises UnusableStoreError, OSError."""
    path = _path(configuration)
    if not path.exists():
        raise UnusableStoreError(configuration.store.url, FileNotFoundError(2, "no such file"))
    try:
        with console.status(f"copying {path}"):
            back_up(path, target)
    except sqlite3.Error as error:
        raise UnusableStoreError(configuration.store.url, error) from error


def _path(configuration: Configuration) -> Path:
    path = configuration.store.path
    if path is None:
        raise NoStoreError
    return path


@contextmanager
def opened_store(configuration: Configuration) -> Iterator[tuple[Path, sqlite3.Connection]]:
    """The store, brought up to date, and a connection of our own that writes beside the bridge's."""
    path = _path(configuration)
    try:
        asyncio.run(_bring_up_to_date(path))
        connection = connect(path)
        try:
            yield path, connection
        finally:
            connection.close()
    except (sqlite3.Error, NewerStoreError, UnusableKeyError, msgspec.DecodeError) as error:
        raise UnusableStoreError(configuration.store.url, error) from error


async def _bring_up_to_date(path: Path) -> None:
    async with opened(path, wall()):
        pass


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _summary(done: Sequence[Imported]) -> Table:
    table = Table("file", box=None)
    for heading in ("lines", "calls", "bad lines", "unmatched"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for one in done:
        note = "imported before" if one.is_known else one.problem or ""
        counts = (one.lines, one.calls, one.bad_lines, one.unmatched)
        table.add_row(escape(str(one.path)), *("" if one.is_known else f"{count:,}" for count in counts), escape(note))
    return table
