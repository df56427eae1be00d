"""The files that browsers fetch: read once, under an address that changes whenever one of them does."""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
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
_IMPORT: Final = re.compile(r"""\bfrom ?"(\.[^"]+\.js)\"""")
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
        pages={path.stem: _page(path, build) for path in paths if path.suffix == ".html"},
    )


def _page(path: Path, build: str) -> str:
    """A page that names all its modules at once, so that a browser need not find them one behind the other."""
    links = (f'<link rel="modulepreload" href="static/BUILD/{name}">' for name in _modules(f"js/{path.stem}.js"))
    return path.read_text("utf-8").replace("MODULES", "\n".join(links)).replace("BUILD", build)


def _modules(entry: str) -> list[str]:
    """The modules that one imports, directly or not, below ``static``."""
    found: list[str] = []
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        folder = PurePosixPath(name).parent
        for imported in _IMPORT.findall((FOLDER / name).read_text("utf-8")):
            path = normpath(folder / imported)
            if path not in found:
                found.append(path)
                waiting.append(path)
    return found


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    compressed = gzip.compress(body, mtime=0) if path.suffix in COMPRESSED else None
    return Asset(content_type=CONTENT_TYPES[path.suffix], body=body, compressed=compressed)
