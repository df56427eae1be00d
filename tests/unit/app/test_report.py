"""``ctibridge report`` over a small day: what is printed, written and refused."""

import io
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.console import Console

from ctibridge.app.cli import main
from ctibridge.app.report import FORMATS, NAMES, Name, ReportError, ReportOptions, report
from ctibridge.outputs.history.figures import ServiceLevelShares
from ctibridge.outputs.history.report import columns, words
from ctibridge.outputs.history.report.document import Document, Language
from ctibridge.outputs.history.report.files import csv_text, workbook
from ctibridge.outputs.history.report.page import page
from ctibridge.outputs.history.report.table import print_table
from ctibridge.outputs.web.words import words as live_words
from tests.unit.outputs.history.small_day import NOW, POLICY, small_day

GOLDEN = Path(__file__).parent / "reports"
FROM = ["--from", "2026-11-20", "--to", "2026-11-20"]
VOID = {"meta", "link", "br"}


@pytest.fixture
async def history(tmp_path: Path) -> Path:
    return await small_day(tmp_path / "small.db")


@pytest.fixture
def site(history: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site whose history this is."""
    monkeypatch.chdir(history.parent)
    path = history.parent / "site.toml"
    path.write_text('[store]\nurl = "sqlite:///small.db"\n[site]\ntimezone = "Asia/Shanghai"\n')
    return path


async def document(history: Path, name: Name, **more: object) -> Document:
    options = {"name": name, "since": "2026-11-20", "until": "2026-11-20", "format": "html"} | more
    return (await report(history, msgspec.convert(options, ReportOptions), POLICY, NOW)).document


def printed(document: Document, width: int) -> str:
    out = io.StringIO()
    print_table(document, Console(file=out, width=width))
    return out.getvalue()


# -- files that programs read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
async def test_csv_is_as_it_was(history: Path, name: Name) -> None:
    text = csv_text(await document(history, name, format="csv"))

    assert text.startswith("\ufeff")
    assert text.removeprefix("\ufeff").replace("\r\n", "\n") == (GOLDEN / f"{name}.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
async def test_json_is_as_it_was(history: Path, name: Name) -> None:
    options = ReportOptions(name=name, since="2026-11-20", until="2026-11-20", format="json")
    made = msgspec.json.encode((await report(history, options, POLICY, NOW)).json)

    assert json.loads(made) == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


async def test_calls_as_json_have_the_shape_of_a_replay(history: Path) -> None:
    options = ReportOptions(name="calls", since="2026-11-20", until="2026-11-20", format="json")
    totals = json.loads(msgspec.json.encode((await report(history, options, POLICY, NOW)).json))
    support = totals["queues"]["support"]

    assert set(totals) == {"queues", "agents", "calls"}
    assert (support["offered"], support["answered"], support["exited"], support["refused"]) == (
        9,
        4,
        {"timeout": 1},
        {"full": 1},
    )
    assert (support["wait_seconds"], support["talk_seconds"]) == (114, 660)
    assert totals["agents"]["1001"]["pauses"] == [{"reason": "away", "seconds": 400}]
    assert [call["outcome"] for call in totals["calls"]].count("refused") == 1
    assert len(totals["calls"]) == 12


async def test_names_that_a_spreadsheet_would_run_are_quoted(history: Path) -> None:
    assert ",'=Eve <b>," in csv_text(await document(history, "agents", format="csv"))


async def test_a_workbook_has_a_sheet_a_table_and_no_formula(history: Path) -> None:
    book = zipfile.ZipFile(io.BytesIO(workbook(await document(history, "agents", language="zh"))))
    names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    first = book.read("xl/worksheets/sheet1.xml").decode()

    assert names == ["坐席", "班组", "各状态与原因时长"]
    assert "<f>" not in first
    assert "=Eve &lt;b&gt;" in book.read("xl/sharedStrings.xml").decode()
    assert all(ET.fromstring(book.read(f"xl/worksheets/sheet{n}.xml")) is not None for n in (1, 2, 3))  # noqa: S314 - our own


# -- the page ---------------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Notes what stands in a page, and whether its elements close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("name", NAMES)
async def test_a_page_is_whole_and_needs_nothing_else(history: Path, name: Name, language: Language) -> None:
    text = page(await document(history, name, language=language))
    reader = Reader()
    reader.feed(text)

    assert reader.open == []
    assert not {"script", "link", "img", "iframe", "object"} & set(reader.tags)
    assert not [key for key, _ in reader.attributes if key in ("src", "href", "style") or key.startswith("on")]
    assert "url(" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "=Eve <b>" not in text


async def test_the_queues_page_draws_inflow_and_agents_days(history: Path) -> None:
    text = page(await document(history, "queues"))

    assert text.count('class="answered"') == 3 + 1  # Half hours with answers, and the legend.
    assert 'class="target"' in text
    assert 'class="s-busy"' in text
    assert "1001 =Eve &lt;b&gt;" in text
    assert "<strong>45.5 %</strong>" in text


async def test_chinese_pages_speak_chinese(history: Path) -> None:
    text = page(await document(history, "queues", language="zh"))

    assert '<html lang="zh-CN">' in text
    for word in ("队列报表", "接通率", "服务水平", "放弃", "坐席工作时间带", "时限内接通 ÷ 接通"):
        assert word in text
    assert "Answered" not in text


# -- the terminal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [100, 160])
@pytest.mark.parametrize("name", NAMES)
async def test_a_table_keeps_to_the_width_and_breaks_no_number(history: Path, name: Name, width: int) -> None:
    text = printed(await document(history, name, format="table"), width)

    assert max(map(len, text.splitlines())) <= width
    assert "…\n" not in text
    assert not re.search(r"\d…", text.partition("\n")[2])


async def test_what_is_not_known_is_a_dash(history: Path) -> None:
    text = printed(await document(history, "intervals", format="table", step="1h"), 100)
    night = next(line for line in text.splitlines() if line.startswith("2026-11-20 03:00"))

    assert night.split()[2:] == ["0", "0", "0", "–", "–", "–", "–", "–", "–"]


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMATS)
def test_every_report_in_every_form(site: Path, name: str, form: str) -> None:
    assert main(["report", name, "-c", str(site), *FROM, "--format", form, "-o", "out"]) == 0
    assert Path("out").stat().st_size > 100


def test_the_files_name_tells_the_form(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "queues", "-c", str(site), *FROM, "-o", "day.html", "--lang", "zh"]) == 0
    assert capsys.readouterr().out == "day.html\n"
    assert Path("day.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_pipe_gets_csv_without_a_byte_order_mark(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "queues", "-c", str(site), *FROM, "--format", "csv", "--queue", "SALES"]) == 0
    header, sales = capsys.readouterr().out.splitlines()
    assert header.startswith("pbx,queue,label,since,until,offered,answered")
    assert sales.startswith("pbx1,sales,sales,2026-11-20T00:00:00+08:00,2026-11-21T00:00:00+08:00,2,1,")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["queues", "--queue", "suport", *FROM], '--queue: nothing is recorded of "suport"; did you mean "support"?'),
        (["queues", "--queue", "x", *FROM], '--queue: nothing is recorded of "x"; there is sales, support'),
        (["agents", "--agent", "10001", *FROM], '--agent: nothing is recorded of "10001"; did you mean "1001"?'),
        (["queues", "--pbx", "pbx9", *FROM], '--pbx: nothing is recorded of "pbx9"; did you mean "pbx1"?'),
        (["queues", "--agent", "1001", *FROM], "--agent: goes with agents, calls, alarms"),
        (["queues", "--from", "tomorow"], "--from: expected today, yesterday, a weekday"),
        (["queues", "--from", "2026-11-20", "--to", "2026-02-30"], "--to: expected today, yesterday, a weekday"),
        (["queues", "--from", "2026-11-20", "--to", "2026-11-19"], "--from: 2026-11-20 is not before --to 2026-11-19"),
        (
            ["queues", "--from", "2026-01-01", "--to", "2026-01-02"],
            "nothing was recorded from 2026-01-01 00:00 … 2026-01-03 00:00; calls are recorded from 2026-11-20 08:05",
        ),
        (["calls", "--from", "2026-11-20T09:00", "--to", "2026-11-20T09:05"], "nothing was recorded from"),
        (["calls", *FROM, "--format", "xlsx"], "--format xlsx: a workbook is no text; name a file with -o FILE"),
        (["calls", *FROM, "-o", "no/such/folder.csv"], "no/such/folder.csv: No such file or directory"),
    ],
)
def test_what_cannot_be_told_is_2_and_one_line(
    site: Path, typed: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", *typed, "-c", str(site)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(said)
    assert error.count("\n") == 1


def test_without_a_history_there_is_nothing_to_report(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("small.db").rename("away.db")
    assert main(["report", "queues", "-c", str(site)]) == 2
    assert capsys.readouterr().err == "small.db: there is no history yet; `ctibridge run` makes it\n"
    assert not Path("small.db").exists()
    site.write_text('[store]\nurl = ""\n')
    assert main(["report", "queues", "-c", str(site)]) == 2
    assert capsys.readouterr().err.startswith("store.url is empty")


async def test_an_unknown_moment_is_refused_before_the_history_is_opened(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="--from"):
        await report(tmp_path / "absent.db", ReportOptions(name="queues", since="soon"), POLICY, NOW)


# -- words ------------------------------------------------------------------------------------------------------------


def test_every_column_and_formula_has_its_words() -> None:
    keys = {
        column.key
        for group in (
            columns.QUEUE,
            columns.INTERVAL,
            columns.AGENT,
            columns.TEAM,
            columns.REASON,
            columns.CALL,
            columns.CALLBACK,
        )
        for column in group
    }
    titles = {(key, language): words.title(key, language) for key in keys for language in get_args(Language)}

    assert all(titles.values())
    assert set(words.LEVELS) == set(ServiceLevelShares.__struct_fields__)


def test_states_are_called_as_on_the_status_page() -> None:
    for language in get_args(Language):
        live = {state.value: word for state, word in live_words(language).states.items()}

        assert {state: words.name(state, language) for state in live} == live
