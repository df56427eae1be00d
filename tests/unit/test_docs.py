"""What pages written by hand promise: their links, commands, targets, T-numbers and recordings exist."""

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctibridge.app import arguments, cli
from ctibridge.app.config import LONE_TABLES, Configuration
from ctibridge.app.config_decode import decode
from ctibridge.app.config_document import KeyPath

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for folder in ("", "docs", "docs/decisions", "dialplans", "tests/replay")
    for page in (ROOT / folder).glob("*.md")
)
ASTERISK = ROOT / "docs" / "asterisk.md"
CODE = sorted(path for folder in ("ctibridge", "tests") for path in (ROOT / folder).rglob("*.py"))

LINK = re.compile(r"\]\(([^)\s]+)\)")
T_NUMBER = re.compile(r"\bT(\d{1,2}b?)\b")
CODE_SPAN = re.compile(r"`[^`\n]+`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def every_page() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])


def prose(page: Path) -> str:
    """The text without code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The names that headings get on GitHub."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands() -> dict[str, argparse.ArgumentParser]:
    parser = arguments.parser(cli.COMMANDS)
    return next(dict(action.choices) for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def commands_named(text: str) -> Iterator[tuple[str, str]]:
    """``ctibridge run -c FILE`` as the command and the rest of its line, in code only."""
    for code in (*FENCE.findall(text), *CODE_SPAN.findall(FENCE.sub("", text))):
        for match in re.finditer(r"(?:^|[`/]|[$|;] )ctibridge (\w[\w-]*)([^\n`#]*)", code, re.MULTILINE):
            yield match[1], match[2]


@every_page()
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    targets = [
        target
        for target in LINK.findall(CODE_SPAN.sub("code", prose(page)))
        if "://" not in target and not target.startswith("mailto:")
    ]
    for target in targets:
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page

        assert linked.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(linked), f"{target}: no such heading"


@every_page()
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    code = [*FENCE.findall(text), *CODE_SPAN.findall(FENCE.sub("", text))]
    named = {name for one in code for name in re.findall(r"(?:^|`)make ([a-z]+)", one, re.MULTILINE)}

    assert named <= targets


def options_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Its own, and those of what can be done with it."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from options_of(one)


@every_page()
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    known = commands()
    for command, rest in commands_named(page.read_text(encoding="utf-8")):
        assert command in known, f"there is no `ctibridge {command}`"
        options = set(options_of(known[command]))
        unknown = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", rest.partition("|")[0])) - options
        assert not unknown, f"ctibridge {command} has no {unknown}"


def test_every_t_number_that_is_cited_is_explained() -> None:
    explained = set(re.findall(r"^### T(\d+b?):", ASTERISK.read_text(encoding="utf-8"), re.MULTILINE))
    cited = {
        (number, str(path.relative_to(ROOT)))
        for path in (*CODE, *PAGES)
        for number in T_NUMBER.findall(path.read_text(encoding="utf-8"))
    }

    assert {(number, path) for number, path in cited if number not in explained} == set()


def test_every_peculiarity_says_what_the_bridge_does() -> None:
    sections = re.split(r"^### ", prose(ASTERISK), flags=re.MULTILINE)[1:]

    assert [section.partition("\n")[0] for section in sections if "**Bridge:**" not in section] == []


def test_every_recording_that_is_named_exists() -> None:
    text = ASTERISK.read_text(encoding="utf-8")
    lists = re.findall(r"Recordings?: ((?:`\w+`[,.\s]*)+)", text)
    named = {name for one in lists for name in re.findall(r"`(\w+)`", one)}

    assert named
    assert {name for name in named if not list((ROOT / "tests" / "replay").glob(f"{name}/*/ami.raw*"))} == set()


@every_page()
def test_configurations_that_are_shown_can_be_loaded(page: Path) -> None:
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        values = tomllib.loads(block)
        for table in LONE_TABLES:
            if isinstance(values.get(table), dict):
                values[table] = [values[table]]
        problems: list[tuple[KeyPath, str]] = []

        def report(path: KeyPath, message: str, found: list[tuple[KeyPath, str]] = problems) -> None:
            found.append((path, message))

        decode(Configuration, values, report)

        assert problems == []


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_module_that_is_named_exists(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:app|asterisk|domain|outputs|simulator)/[\w/]+\.py)`", page)

    assert [path for path in named if not (ROOT / "ctibridge" / path).exists()] == []


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}

    assert {page for page in pages if f"({page})" not in index} == set()


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")

    assert {path.name for path in folder.glob("0*.md") if f"({path.name})" not in index} == set()
