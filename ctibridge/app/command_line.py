"""`ctibridge command`: asks a running bridge for something over HTTP, with a token, and prints the answer."""

import asyncio
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from ctibridge.domain.answers import Answer
from ctibridge.domain.commands import COMMANDS
from ctibridge.outputs.web.api.commands import VIA, path_of
from ctibridge.outputs.web.api.routes import PREFIX

TOKEN_VARIABLE: Final = "CTIBRIDGE_TOKEN"  # noqa: S105 - the name of a variable
SECONDS: Final = 40.0
"""For one answer; Asterisk has some of them to do it."""


class CommandError(Exception):
    """What was typed cannot be asked, or nobody answered."""

    def __init__(self, message: str, *, is_typed: bool = True) -> None:
        super().__init__(message)
        self.is_typed = is_typed
        """The fault is in what was typed, not on the way."""


def arguments_of(name: str, typed: Iterable[str]) -> dict[str, Any]:
    """``key=value`` as the command wants it: several values for a list, numbers where numbers are wanted."""
    if name not in COMMANDS:
        raise CommandError(f"{name}: there is no such command; expected one of {', '.join(COMMANDS)}")
    fields = {field.name: field for field in msgspec.structs.fields(COMMANDS[name].arguments)}
    values: dict[str, Any] = {}
    for text in typed:
        key, equals, value = text.partition("=")
        if not equals or key not in fields:
            raise CommandError(f"{text}: expected key=value with one of {', '.join(fields) or 'no arguments'}")
        values[key] = value.split(",") if "tuple" in str(fields[key].type) else value
    try:
        made = msgspec.convert(values, COMMANDS[name].arguments, strict=False)
    except msgspec.ValidationError as error:
        raise CommandError(f"{name}: {error}") from None
    return dict(msgspec.to_builtins(made))


def token(file: Path | None) -> str:
    """The token, from a file or the environment: what is typed can be seen by others."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
    if not (text := os.environ.get(TOKEN_VARIABLE, "").strip()):
        raise CommandError(f"a token is needed: set {TOKEN_VARIABLE} or name a file with --token-file")
    return text


async def ask(url: str, name: str, body: dict[str, Any], secret: str, pbx: str) -> Answer:
    """The bridge's answer; raises CommandError when there is none."""
    address = f"{url.rstrip('/')}{PREFIX}{path_of(quote(name, safe=''))}"
    query = f"?{urlencode({'pbx': pbx})}" if pbx else ""
    headers = {"Authorization": f"Bearer {secret}", VIA: "cli"}
    payload = msgspec.json.encode({"transaction": uuid.uuid4().hex} | body)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
            session.post(address + query, data=payload, headers=headers) as response,
        ):
            said = await response.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CommandError(f"{url}: {str(error) or 'no answer'}", is_typed=False) from error
    try:
        return msgspec.json.decode(said, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CommandError(f"{url}: {_problem(said, response.status)}", is_typed=False) from None


def ask_now(url: str, name: str, body: dict[str, Any], secret: str, pbx: str) -> Answer:
    """As ``ask``, for whoever has no event loop."""
    return asyncio.run(ask(url, name, body, secret, pbx))


def _problem(said: bytes, status: int) -> str:
    try:
        return str(msgspec.json.decode(said, type=dict[str, Any])["detail"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
        return f"answered with status {status}, which is no answer of the bridge"
