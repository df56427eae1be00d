"""The files that browsers fetch: read once, under an address that changes whenever one of them does."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

FOLDER: Final = Path(__file__).parent / "static"
CONTENT_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What is served; other files, licences among them, only lie beside it."""
COMPRESSED: Final = frozenset({".js", ".css", ".svg"})


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    content_type: str
    body: bytes
    compressed: bytes | None
    """By gzip, where that is smaller."""


class Assets(msgspec.Struct, frozen=True, kw_only=True):
    """All files of one build."""

    build: str
    """A word for their content: it stands in their addresses, so browsers may keep them for ever."""
    files: dict[str, Asset]
    """By path below ``static``."""
    pages: dict[str, str]
    """The pages' own text, by name, with the build filled in."""


@cache
def assets() -> Assets:
    """Read all files; the same object every time."""
    paths = sorted(path for path in FOLDER.rglob("*") if path.suffix in CONTENT_TYPES or path.suffix == ".html")
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    build = digest.hexdigest()[:12]
    return Assets(
        build=build,
        files={path.relative_to(FOLDER).as_posix(): _asset(path) for path in paths if path.suffix != ".html"},
        pages={path.stem: path.read_text("utf-8").replace("BUILD", build) for path in paths if path.suffix == ".html"},
    )


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    compressed = gzip.compress(body, mtime=0) if path.suffix in COMPRESSED else None
    return Asset(content_type=CONTENT_TYPES[path.suffix], body=body, compressed=compressed)
