#!/usr/bin/env python3
"""The libraries of the pages: fetched from the npm registry at fixed versions, checked, and kept beside our own code.

vendor.py          fetch all of them anew (needs npm) and compare them with the lock
vendor.py --lock   the same, and write the lock: after a version below was changed
vendor.py --check  compare the files that are here with the lock; needs nothing
Exit: 0 all equal, 1 something differs.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVED = Path("ctibridge/outputs/web/static/vendor")
TESTED = Path("tests/pages/vendor")
"""Not served: only tests need it."""
LOCK = ROOT / SERVED / "vendor.lock.json"

FONT = "barlow-semi-condensed-latin"
PACKAGES = {
    "preact": (
        "11.2.0",
        SERVED,
        {"dist/preact.mjs": "preact.js", "hooks/dist/hooks.mjs": "preact-hooks.js", "LICENSE": "preact.LICENSE"},
    ),
    "htm": ("3.1.1", SERVED, {"dist/htm.module.js": "htm.js", "LICENSE": "htm.LICENSE"}),
    "uplot": (
        "1.6.32",
        SERVED,
        {"dist/uPlot.esm.js": "uplot.js", "dist/uPlot.min.css": "uplot.css", "LICENSE": "uplot.LICENSE"},
    ),
    "mqtt": ("5.16.0", SERVED, {"dist/mqtt.esm.js": "mqtt.js", "LICENSE.md": "mqtt.LICENSE"}),
    "@fontsource/barlow-semi-condensed": (
        "5.3.0",
        SERVED,
        {
            f"files/{FONT}-500-normal.woff2": "barlow-500.woff2",
            f"files/{FONT}-600-normal.woff2": "barlow-600.woff2",
            "LICENSE": "barlow.LICENSE",
        },
    ),
    "axe-core": (
        "4.14.1",
        TESTED,
        {"axe.min.js": "axe.js", "LICENSE": "axe.LICENSE", "LICENSE-3RD-PARTY.txt": "axe.LICENSE-3RD-PARTY"},
    ),
}
"""By name: version, folder, and which file of the package becomes which of ours."""

BARE_IMPORTS = {'from"preact"': 'from"./preact.js"'}
"""A browser needs an address where a package manager needs a name; an import map would be a script in the page."""

Lock = dict[str, dict[str, object]]


def main(arguments: list[str]) -> int:
    """Do what was asked for."""
    if arguments == ["--check"]:
        return _compare(_locked())
    if arguments not in ([], ["--lock"]):
        sys.stderr.write(__doc__ or "")
        return 2
    fetched = {name: _fetch(name, *wanted) for name, wanted in PACKAGES.items()}
    if arguments == ["--lock"]:
        LOCK.write_text(json.dumps(fetched, indent=2) + "\n")
    return _compare(_locked())


def _fetch(name: str, version: str, folder: Path, files: dict[str, str]) -> dict[str, object]:
    """Put the files of one package in place; what the lock says of it."""
    with tempfile.TemporaryDirectory() as temporary:
        command = ["npm", "pack", "--silent", f"{name}@{version}"]
        subprocess.run(command, cwd=temporary, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        archive = next(Path(temporary).glob("*.tgz"))
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        known = json.loads(LOCK.read_text()).get(name, {}) if LOCK.exists() else {}
        if known.get("version") == version and known.get("integrity") != integrity:
            raise SystemExit(f"{name} {version}: the registry's package is not the one that was locked")
        sums = {}
        with tarfile.open(archive) as package:
            for inside, ours in files.items():
                member = package.extractfile(f"package/{inside}")
                if member is None:
                    raise SystemExit(f"{name} {version} has no {inside}")
                content = _addressed(member.read()) if ours.endswith(".js") else member.read()
                (ROOT / folder / ours).write_bytes(content)
                sums[str(folder / ours)] = hashlib.sha256(content).hexdigest()
            licence = json.loads(package.extractfile("package/package.json").read())["license"]  # type: ignore[union-attr]
    return {"version": version, "licence": licence, "integrity": integrity, "sha256": sums}


def _addressed(source: bytes) -> bytes:
    """Without the reference to a source map, which is not served, and with addresses instead of names."""
    text = source.decode()
    for name, address in BARE_IMPORTS.items():
        text = text.replace(name, address)
    lines = (line for line in text.splitlines() if not line.startswith("//# sourceMappingURL="))
    return ("\n".join(lines) + "\n").encode()


def _locked() -> Lock:
    lock: Lock = json.loads(LOCK.read_text())
    return lock


def _compare(lock: Lock) -> int:
    """1 when a file is missing, was changed, or is not in the lock."""
    known = {path: digest for package in lock.values() for path, digest in package["sha256"].items()}  # type: ignore[attr-defined]
    here = {str(path.relative_to(ROOT)) for folder in (SERVED, TESTED) for path in (ROOT / folder).iterdir()}
    here.discard(str(LOCK.relative_to(ROOT)))
    wrong = sorted(
        path
        for path in known.keys() | here
        if path not in here or hashlib.sha256((ROOT / path).read_bytes()).hexdigest() != known.get(path)
    )
    for path in wrong:
        sys.stderr.write(f"{path}: differs from {LOCK.relative_to(ROOT)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
