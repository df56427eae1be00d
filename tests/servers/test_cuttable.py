"""The link that tests cut does what they believe it does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.servers.cuttable import Cuttable
from tests.servers.ports import LOOPBACK


@pytest.fixture
async def link() -> AsyncIterator[Cuttable]:
    """A link to a server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(100):
                writer.write(chunk)
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(echo, LOOPBACK, 0)
    async with server, Cuttable(server.sockets[0].getsockname()[1]) as cuttable:
        yield cuttable


@contextlib.asynccontextmanager
async def talking_over(link: Cuttable) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(link.host, link.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_bytes_go_there_and_back(link: Cuttable) -> None:
    async with talking_over(link) as (reader, writer):
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        assert link.connections == 1


async def test_a_cut_resets_the_connection_and_lets_the_next_in(link: Cuttable) -> None:
    async with talking_over(link) as (reader, writer):
        writer.write(b"hello")
        await reader.readexactly(5)
        await link.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)

    async with talking_over(link) as (reader, writer):
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"


async def test_a_refusing_link_lets_nobody_in_until_it_is_mended(link: Cuttable) -> None:
    await link.cut(refuse=True)
    async with talking_over(link) as (reader, writer):
        with pytest.raises(ConnectionResetError):
            await reader.read(1)

    link.mend()
    async with talking_over(link) as (reader, writer):
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"


async def test_a_frozen_link_is_silent_and_then_carries_what_it_held_back(link: Cuttable) -> None:
    async with talking_over(link) as (reader, writer):
        writer.write(b"hello")
        await reader.readexactly(5)
        link.freeze()
        writer.write(b"later")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        link.mend()
        assert await reader.readexactly(5) == b"later"


async def test_a_slow_link_carries_byte_by_byte_until_it_is_mended(link: Cuttable) -> None:
    async with talking_over(link) as (reader, writer):
        link.slow(50)
        before = asyncio.get_running_loop().time()
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        assert asyncio.get_running_loop().time() - before >= 0.08
        link.mend()
        writer.write(b"x" * 10_000)
        async with asyncio.timeout(5):
            await reader.readexactly(10_000)


async def test_a_blackhole_answers_nobody_until_it_is_over(link: Cuttable) -> None:
    async with talking_over(link) as (reader, writer):
        writer.write(b"hello")
        await reader.readexactly(5)
        away = asyncio.create_task(link.blackhole(0.5))
        await asyncio.sleep(0.1)
        writer.write(b"later")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.open_connection(link.host, link.port)
        await away
        assert await reader.readexactly(5) == b"later"

    async with talking_over(link) as (reader, writer):
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
