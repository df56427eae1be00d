"""scripts/servers.sh and what tests make of a machine without servers, both without installing anything."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers.asterisk import REPOSITORY
from tests.servers.available import requires_asterisk, requires_program

TOOLS = ("bash", "cat", "dirname", "flock", "grep", "head", "id", "mkdir", "mountpoint", "rm", "sed", "tail", "env")
DEBOOTSTRAP = '[ -z "$BROKEN" ] || { echo "E: no such mirror"; exit 1; }; mkdir -p "$3"; echo made > "$3/fresh"'
CHROOT = 'case "$*" in *"asterisk -V") echo "Asterisk 99.0" ;; esac'


class Machine:
    """A PATH with nothing on it but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.asterisk = folder / "asterisk"
        self._path = folder / "bin"
        self._path.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None
            (self._path / tool).symlink_to(found)

    def has(self, program: str, script: str = "exit 0") -> None:
        program_file = self._path / program
        program_file.unlink(missing_ok=True)
        program_file.write_text(f"#!/bin/sh\n{script}\n")
        program_file.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(REPOSITORY / "scripts" / "servers.sh"), *arguments],
            env={"PATH": str(self._path), "CTIBRIDGE_ASTERISK": str(self.asterisk), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def debian(machine: Machine) -> Machine:
    """Debian and root, where installing succeeds at once."""
    machine.has("apt-get")
    machine.has("id", "echo 0")
    machine.has("debootstrap", DEBOOTSTRAP)
    machine.has("chroot", CHROOT)
    return machine


@pytest.mark.parametrize("what", [("packages",), ("asterisk", "all")])
def test_elsewhere_than_on_debian_tests_are_left_out_and_on_ci_that_is_a_failure(
    machine: Machine, what: tuple[str, ...]
) -> None:
    done = machine.run(*what)
    assert (done.returncode, "this is not Debian" in done.stdout) == (0, True)
    assert machine.run(*what, CI="true").returncode == 1


def test_root_is_asked_for(machine: Machine) -> None:
    machine.has("apt-get")
    machine.has("id", "echo 1000")
    done = machine.run("asterisk", "22")
    assert (done.returncode, "root is needed" in done.stdout) == (0, True)


def test_a_folder_is_made_once(debian: Machine) -> None:
    assert "made in" in debian.run("asterisk", "22").stdout
    assert (debian.asterisk / "22" / "ready").read_text().splitlines()[-1] == "Asterisk 99.0"
    assert debian.run("asterisk", "22").stdout == "Asterisk 22: ready (Asterisk 99.0)\n"


def test_a_half_made_folder_is_made_anew(debian: Machine) -> None:
    debian.asterisk.joinpath("16").mkdir(parents=True)
    debian.asterisk.joinpath("16", "old").touch()
    done = debian.run("asterisk", "16")
    assert "half made" in done.stdout
    assert {path.name for path in (debian.asterisk / "16").iterdir()} == {"fresh", "ready"}


def test_a_failure_shows_the_end_of_the_log_and_leaves_nothing_that_looks_ready(debian: Machine) -> None:
    done = debian.run("asterisk", "all", BROKEN="yes")
    assert done.returncode == 1
    assert done.stdout.count("E: no such mirror") == 2
    assert not (debian.asterisk / "22" / "ready").exists()
    assert debian.run("asterisk", "all").returncode == 0


def test_check_names_what_is_missing(debian: Machine) -> None:
    debian.has("mosquitto")
    debian.run("asterisk", "22")
    done = debian.run("check")
    assert done.returncode == 1
    assert "promtool: missing" in done.stdout
    assert "mosquitto: missing" not in done.stdout
    assert "Asterisk 16: missing" in done.stdout


def test_wrong_usage_is_told_how(machine: Machine) -> None:
    done = machine.run("asterisk", "23")
    assert (done.returncode, "servers.sh packages" in done.stderr) == (2, True)


def test_a_test_without_its_server_is_skipped_and_fails_on_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTIBRIDGE_ASTERISK", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    reason = "make asterisk" if os.geteuid() == 0 else "needs root"
    with pytest.raises(pytest.skip.Exception, match=reason):
        requires_asterisk(22)
    with pytest.raises(pytest.skip.Exception, match="not installed: no-such-program"):
        requires_program("bash", "no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=reason):
        requires_asterisk(22)
    requires_program("bash")
