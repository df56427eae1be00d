"""Commands over HTTP and from the command line, with tokens of people of several roles."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.integration.commands.shown import plain
from tests.servers.asterisk import Asterisk
from tests.servers.bridge import REPOSITORY, Bridge
from tests.servers.stage import Stage

pytestmark = [pytest.mark.asterisk, pytest.mark.mosquitto, pytest.mark.timeout(60)]


def ctibridge(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ctibridge", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=40,
        cwd=REPOSITORY,
        env=os.environ | environment,
    )


def token_of(bridge: Bridge, user: str, *scopes: str) -> str:
    wanted = [part for scope in scopes for part in ("--scope", scope)]
    done = ctibridge("token", "-c", str(bridge.folder / "ctibridge.toml"), "add", user, *wanted)
    return done.stdout.split()[-1]


def post(bridge: Bridge, command: str, body: object, token: str = "") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{bridge.http_port}/api/v1/commands/{command}", data=data, headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


async def test_commands_over_http_are_done_in_the_name_of_the_tokens_owner(
    pbx: Asterisk, stage: Stage, bridge: Bridge
) -> None:
    ann, max_ = token_of(bridge, "ann"), token_of(bridge, "max")
    reader = token_of(bridge, "ann", "read")

    assert post(bridge, "login", {})[0] == 401
    assert post(bridge, "login", {}, reader)[0] == 403
    status, answer = post(bridge, "login", {"queues": ["support"]}, max_)
    assert (status, answer["reason"]) == (403, "role")

    status, answer = post(bridge, "login", {"queues": ["support"]}, ann)
    assert (status, answer["outcome"]) == (200, "done")
    assert "Local/1001@lab-agents/n" in plain(pbx, "queue show support")

    status, answer = post(bridge, "login", {"agent": "1003", "queues": ["support"]}, ann)
    assert (status, answer["reason"]) == (403, "scope")
    status, answer = post(bridge, "whoami", {}, ann)
    assert (answer["me"]["user"], answer["me"]["agent"], answer["me"]["off"]) == ("ann", "1001", {})
    assert post(bridge, "login", b"[" * 9000, ann)[0] == 413
    assert post(bridge, "login", b"[" * 5000, ann)[0] == 400

    typed = ctibridge(
        "command", "not_ready", "reason=meal", "--url", f"http://127.0.0.1:{bridge.http_port}", CTIBRIDGE_TOKEN=ann
    )
    assert (typed.returncode, typed.stderr) == (0, "")
    assert json.loads(typed.stdout)["outcome"] == "done"
    assert "paused:meal" in plain(pbx, "queue show support")
    typed = ctibridge("command", "not_ready", "why=meal", CTIBRIDGE_TOKEN=ann)
    assert (typed.returncode, typed.stdout) == (2, "")
    reported = ctibridge("report", "commands", "-c", str(bridge.folder / "ctibridge.toml"), "--format", "csv")
    assert "not_ready" in reported.stdout
    assert ",cli," in reported.stdout
