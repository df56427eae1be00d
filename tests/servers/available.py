"""Which real servers a machine has.  What is missing leaves tests out with a reason; on CI it fails them."""

import os
import platform
import shutil

import pytest

from tests.servers.asterisk import chroot_of


def missing_for_asterisk(version: int) -> str | None:
    """Why this machine cannot run that Asterisk, in one sentence; None when it can."""
    if platform.system() != "Linux":
        return f"Asterisk {version} is run in a Debian folder, which needs Linux"
    if os.geteuid() != 0:
        return f"Asterisk {version} is run by chroot, which needs root"
    if not (chroot_of(version) / "ready").exists():
        return f"Asterisk {version} is not installed in {chroot_of(version)}: `make asterisk` does it on Debian"
    return None


def requires_asterisk(version: int) -> None:
    """Leave the test out, or fail it on CI, where this Asterisk cannot run."""
    _require(missing_for_asterisk(version))


def requires_program(*names: str) -> None:
    """Leave the test out, or fail it on CI, where a program is not installed."""
    missing = [name for name in names if shutil.which(name) is None]
    _require(f"not installed: {', '.join(missing)} (`make servers` does it on Debian)" if missing else None)


def _require(missing: str | None) -> None:
    if missing is None:
        return
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)
