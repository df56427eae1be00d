#!/usr/bin/env python3
"""`make audit`: a bill of materials, and known weaknesses of every locked package.

Exit code 0: all were looked up and none is known · 1: some are known · 2: not all could be looked up, which is no pass.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOCKED: Final = "requirements-dev.txt"
"""Has everything that the others have."""
SHIPPED: Final = "requirements.txt"
SCRIPTS: Final = ROOT / "ctibridge" / "outputs" / "web" / "static" / "vendor" / "vendor.lock.json"
SERVED: Final = "ctibridge/"
SBOM: Final = ROOT / "build" / "sbom.cdx.json"
SERVICES: Final = ("pypi", "osv")
CLEAN, WEAK, UNKNOWN = 0, 1, 2
SECONDS: Final = 300


def main() -> int:
    """Write the bill of materials, and say what is known of what is in it."""
    components = write_sbom()
    _say(f"{SBOM.relative_to(ROOT)}: {components} components, with hashes")
    compared = _run("python", "scripts/vendor.py", "--check")
    sys.stdout.write(compared.stdout + compared.stderr)
    found = audited()
    if found is None:
        _say("NOT AUDITED: no vulnerability service could be asked; this is no pass")
        return UNKNOWN
    weak, skipped = found
    for line in weak:
        _say(line)
    if weak or compared.returncode:
        return WEAK
    if skipped:
        _say(f"not looked up: {', '.join(skipped)}")
        _say(f"NOT AUDITED: {len(skipped)} packages could not be looked up; this is no pass")
        return UNKNOWN
    _say(f"no weakness is known of anything in {LOCKED}")
    return CLEAN


def write_sbom() -> int:
    """CycloneDX of what is shipped: locked packages, and scripts of the pages; returns how many."""
    SBOM.parent.mkdir(exist_ok=True)
    made = [
        "requirements",
        SHIPPED,
        "--pyproject",
        "pyproject.toml",
        "--output-reproducible",
        "--output-format",
        "JSON",
    ]
    _run("cyclonedx-py", *made, "--output-file", str(SBOM), check=True)
    document = json.loads(SBOM.read_text(encoding="utf-8"))
    for one in document["components"]:
        one.pop("description", None)  # It repeats the line of the lock file with all of its hashes.
    document["components"] += scripts()
    SBOM.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return len(document["components"])


def scripts() -> Iterator[dict[str, Any]]:
    """What browsers are given and we did not write."""
    locked = json.loads(SCRIPTS.read_text(encoding="utf-8"))
    for name, one in locked.items():
        if not any(path.startswith(SERVED) for path in one["sha256"]):
            continue
        yield {
            "type": "library",
            "name": name,
            "version": one["version"],
            "purl": f"pkg:npm/{name}@{one['version']}",
            "licenses": [{"license": {"id": one["licence"]}}],
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(one["sha256"].values())],
        }


def audited() -> tuple[list[str], list[str]] | None:
    """Weak packages, and packages that could not be looked up, by the first service that knows most; or None."""
    best: tuple[list[str], list[str]] | None = None
    for service in SERVICES:
        options = ["--vulnerability-service", service, "--requirement", LOCKED, "--require-hashes", "--disable-pip"]
        done = _run("pip-audit", *options, "--format", "json", "--progress-spinner", "off")
        try:
            packages = json.loads(done.stdout)["dependencies"]
        except ValueError:
            last = done.stderr.strip().splitlines()[-1:]
            _say(f"{service}: {last[0][:200] if last else 'no answer'}")
            continue
        answer = list(_weak(packages)), [one["name"] for one in packages if "skip_reason" in one]
        if best is None or len(answer[1]) < len(best[1]):
            best = answer
        if not best[1]:
            break
    return best


def _weak(packages: list[dict[str, Any]]) -> Iterator[str]:
    for package in packages:
        for known in package.get("vulns", ()):
            fixed = ", ".join(known["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {known['id']}, mended in {fixed}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _run(program: str, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=check, timeout=SECONDS)  # noqa: S603 - ours


if __name__ == "__main__":
    sys.exit(main())
