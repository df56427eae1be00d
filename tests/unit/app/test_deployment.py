"""What is shipped around the code: containers, locked packages, the two commands."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from ctibridge.app.config import load
from tests.servers.available import requires_program

ROOT = Path(__file__).parents[3]
PROMISED = ["demo", "test", "lint", "types", "imports", "unit", "replay", "integration", "asterisk", "servers"]
UPKEEP = ["docs", "format", "lock", "clean"]
LOCKS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_every_file_that_compose_mounts_is_there() -> None:
    mounts = [volume for service in compose()["services"].values() for volume in service.get("volumes", ())]
    named = set(compose()["volumes"])
    for source in (mount.split(":")[0] for mount in mounts):
        assert source in named or (ROOT / source).exists(), source


def test_compose_sets_only_what_the_configuration_knows(tmp_path: Path) -> None:
    environment = {key: str(value) for key, value in compose()["services"]["ctibridge"]["environment"].items()}
    for key, value in environment.items():
        if value.startswith("/run/secrets/"):
            path = tmp_path / Path(value).name
            path.write_text("s3cret")
            environment[key] = str(path)
    configuration = load(ROOT / "config" / "ctibridge.toml", environment)
    assert configuration.mqtt[0].host in compose()["services"]
    assert configuration.http.host == "0.0.0.0"  # noqa: S104 - within the container's own network


def test_prometheus_scrapes_the_service_by_its_name_and_port() -> None:
    scrape = yaml.safe_load((ROOT / "config" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    [target] = scrape["scrape_configs"][0]["static_configs"][0]["targets"]
    assert target == "ctibridge:8080"
    assert target.split(":")[0] in compose()["services"]


@pytest.mark.prometheus
def test_promtool_accepts_the_configuration() -> None:
    requires_program("promtool")
    path = ROOT / "config" / "prometheus" / "prometheus.yml"
    done = subprocess.run(["promtool", "check", "config", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_copies_only_what_is_there_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for name in line.split()[:-1]]
    for name in copied:
        assert f"!{name}" in ignored, name
    assert text.index("USER 10001:10001") < text.index("ENTRYPOINT")


@pytest.mark.parametrize("name", LOCKS)
def test_packages_are_locked_with_hashes_and_without_an_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)
    assert text.count(" \\\n    --hash=sha256:") >= len(pinned) > 10
    assert "://" not in text
    assert "--find-links" not in text


def test_every_dependency_is_locked_and_the_broker_is_not_in_production() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [re.split(r"[<>=\[; ]", line)[0].lower() for line in project["project"]["dependencies"]]
    locked = {name: set(re.findall(r"^([a-z0-9_.-]+)==", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS}
    for lock in LOCKS:
        assert set(names) <= locked[lock]
    assert "amqtt" not in locked["requirements.txt"]
    assert "amqtt" in locked["requirements-demo.txt"]


def test_a_machine_without_python_is_told_what_to_install(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHON": "python-that-is-not-there"}
    done = subprocess.run(
        [str(ROOT / "scripts" / "venv.sh"), str(tmp_path / "venv")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("venv: there is no python-that-is-not-there; install Python 3.11 or newer")


@pytest.mark.parametrize("target", [*PROMISED, *UPKEEP])
def test_the_makefile_has_every_target_that_is_promised(target: str) -> None:
    requires = shutil.which("make")
    assert requires is not None
    done = subprocess.run(
        ["make", "--dry-run", "--question", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "No rule to make target" not in done.stderr
