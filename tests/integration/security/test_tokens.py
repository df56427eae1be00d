# ruff: noqa: ANN401, ASYNC240 - JSON as it comes; each look is a request; a file is looked at
"""Tokens over their whole life: made, used, listed, revoked, with the daemon running all the while."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from ctibridge.app.clock import monotonic, wall
from ctibridge.app.config import from_document
from ctibridge.app.config_document import Document
from ctibridge.app.token_keys import BELIEVED_SECONDS, TokenKeys
from ctibridge.domain.roles import Scope
from ctibridge.outputs.history import tokens
from ctibridge.outputs.history.store import opened
from ctibridge.outputs.history.writer import connect
from ctibridge.outputs.web.server import serving
from ctibridge.outputs.web.settings import HttpSettings
from ctibridge.outputs.web.visitor import TokensUnreadableError
from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.server import SimulatedPbx
from tests.integration.api.filled import FilledProvider, database, fill
from tests.integration.daemon.process import Process
from tests.servers.ports import free_port

REPOSITORY: Final = Path(__file__).parents[3]
USERS: Final = """
[[teams]]
name = "early"
agents = ["1001"]
[[users]]
name = "boss"
role = "manager"
private = true
[[users]]
name = "ann"
role = "agent"
agent = "1001"
[[users]]
name = "li"
role = "leader"
teams = ["early"]
"""


def run(*arguments: str) -> tuple[int, str, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CTIBRIDGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "ctibridge", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stdout, done.stderr


# -- with a daemon ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def daemon(folder: Path) -> AsyncIterator[tuple[Process, str]]:
    """The daemon of a small centre, and its configuration."""
    async with SimulatedPbx(demo_centre(4), clock=wall, username="ctibridge", secret="x") as pbx:
        http_port = free_port()
        path = folder / "site.toml"
        path.write_text(
            f'mqtt = []\n[[pbx]]\nport = {pbx.port}\nsecret = "x"\n[http]\nport = {http_port}\n'
            f'[store]\nurl = "sqlite:///{folder / "s.db"}"\n{USERS}'
        )
        with Process(folder, ["run", "-c", str(path)], http_port) as process:
            await asyncio.to_thread(process.wait_ready, 20)
            yield process, str(path)


async def status(process: Process, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "192.0.2.7"}
    address = f"http://127.0.0.1:{process.http_port}/api/v1/pbx1/state"
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as response:
        return response.status


async def test_a_token_works_at_once_and_is_over_within_seconds_of_its_revocation(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (process, path):
        code, token, _ = await asyncio.to_thread(run, "token", "-c", path, "add", "boss", "--days", "1")
        token = token.strip()
        assert code == 0
        assert await status(process, token) == 200
        assert await status(process, token[:-1] + ("a" if token[-1] != "a" else "b")) == 401

        _, listing, _ = await asyncio.to_thread(run, "token", "-c", path, "list")
        number = tokens.id_of(token)
        assert number is not None
        assert number in listing
        assert token.rpartition("_")[2] not in listing

        assert (await asyncio.to_thread(run, "token", "-c", path, "revoke", number))[0] == 0
        until = monotonic() + BELIEVED_SECONDS + 5
        while await status(process, token) != 401:
            assert monotonic() < until
            await asyncio.sleep(0.2)
        assert "revoked" in (await asyncio.to_thread(run, "token", "-c", path, "list"))[1]
        code, _, said = await asyncio.to_thread(run, "token", "-c", path, "revoke", number)
        assert (code, number in said) == (2, True)

        [*_, refused] = process.log_lines("a token was refused")
        assert refused["peer"] == "127.0.0.1"
        assert token not in process.output


# -- in the store -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "store.db"
    async with opened(path, 0.0):
        yield path


def keys(path: Path, text: str = USERS) -> TokenKeys:
    configuration = from_document(Document("site", '[[pbx]]\nsecret = "x"\n' + text), {})
    return TokenKeys(path, configuration)


def made(path: Path, user: str, *scopes: Scope, expires_at: float | None = None) -> str:
    with closing(connect(path)) as connection:
        return tokens.add(connection, user, scopes=scopes, now=wall(), expires_at=expires_at)


async def test_a_token_is_its_user_narrowed_by_its_scopes(store: Path) -> None:
    known = keys(store)
    whole, narrow = made(store, "boss"), made(store, "boss", Scope.READ)
    commands = made(store, "boss", Scope.COMMANDS)

    async def holder(token: str) -> Any:
        return await known.holder(token)

    assert (await holder(whole)).sight.is_private
    assert not (await holder(narrow)).sight.is_private
    assert (await holder(narrow)).may_read
    assert not (await holder(commands)).may_read
    assert (await holder(made(store, "ann"))).sight.agents == {"1001"}


async def test_what_is_no_token_of_a_user_is_worth_nothing(store: Path) -> None:
    known = keys(store)
    good = made(store, "ann")
    for text in (
        "",
        "x",
        good[:-1],
        good + "a",
        good.upper(),
        good.replace("ctb_", "ctb-"),
        "ctb_0123456789ab_" + "a" * 43,
    ):
        assert await known.holder(text) is None, text
    assert await known.holder(made(store, "gone")) is None
    assert await known.holder(made(store, "ann", expires_at=wall() - 1)) is None


async def test_who_is_no_user_any_more_after_a_reload_is_out_at_once(store: Path) -> None:
    known = keys(store)
    token = made(store, "boss")
    assert await known.holder(token)
    assert known.known(token)
    known.adopt(from_document(Document("site", '[[pbx]]\nsecret = "x"'), {}))
    assert known.known(token) is None
    assert await known.holder(token) is None


async def test_a_token_is_nowhere_in_the_store(store: Path) -> None:
    token = made(store, "boss")
    with closing(connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert token.rpartition("_")[2].encode() not in store.read_bytes()
    assert store.stat().st_mode & 0o077 == 0


async def test_its_last_use_is_noted(store: Path) -> None:
    token = made(store, "boss")
    await keys(store).holder(token)
    with closing(connect(store)) as connection:
        [one] = tokens.listed(connection)
    assert one.used_at is not None


async def test_a_store_that_cannot_be_read_is_not_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(TokensUnreadableError):
        await keys(tmp_path / "folder").holder("ctb_0123456789ab_" + "a" * 43)


# -- the past, narrowed -----------------------------------------------------------------------------------------------


async def past(folder: Path, user: str, path: str) -> Any:
    """What one user gets from the history of the examples."""

    class Provider(FilledProvider):
        @property
        def tokens(self) -> Any:
            return keys(database_path)

    async with database(folder) as (database_path, kept):
        fill(database_path)
        token = made(database_path, user)
        async with (
            serving(HttpSettings(port=0), Provider(kept)) as (host, port),
            aiohttp.ClientSession() as session,
            session.get(f"http://{host}:{port}/api/v1/pbx1{path}", headers={"Authorization": f"Bearer {token}"}) as one,
        ):
            return json.loads(await one.text())


RANGE: Final = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"


async def test_an_agent_and_a_leader_see_the_calls_that_are_theirs(tmp_path: Path) -> None:
    everything = await past(tmp_path / "a", "boss", f"/calls?{RANGE}")
    own = await past(tmp_path / "b", "ann", f"/calls?{RANGE}")
    team = await past(tmp_path / "c", "li", f"/calls?{RANGE}")

    assert {call["agent"] for call in everything["calls"]} > {"1001"}
    assert {call["agent"] for call in own["calls"]} == {"1001"}
    assert own["calls"] == team["calls"]


async def test_another_agents_day_is_not_for_them(tmp_path: Path) -> None:
    assert (await past(tmp_path / "a", "ann", f"/agents/1002/intervals?{RANGE}"))["status"] == 404
    assert (await past(tmp_path / "b", "ann", f"/agents/1001/intervals?{RANGE}"))["intervals"]
    assert (await past(tmp_path / "c", "boss", f"/agents/1002/intervals?{RANGE}"))["agent"] == "1002"
