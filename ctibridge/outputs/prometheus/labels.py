"""Label values from outside, made fit: short, printable, distinct; and their text, worked out once."""

import hashlib
import unicodedata
from typing import Final

LONGEST_VALUE: Final = 120
"""Characters; callers and PBX administrators write these, and every one is stored with every sample."""
MOST_REMEMBERED: Final = 100_000
"""Label sets; then all are forgotten and worked out again."""


class Labels(dict[str, str]):
    """A label set that knows how it is written, since 1,000 agents write the same 20,000 sets on each scrape."""

    __slots__ = ("text",)

    def __init__(self, names: tuple[str, ...], values: tuple[str, ...]) -> None:
        """``values`` may be anything; what is kept of them is fit to print."""
        super().__init__(zip(names, map(fit, values), strict=True))
        self.text = "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in self.items()) + "}" if self else ""


class LabelMemory:
    """Label sets by their names and values, kept from scrape to scrape."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], Labels] = {}

    def __call__(self, names: tuple[str, ...], values: tuple[str, ...]) -> Labels:
        """The set with these names and values."""
        key = (names, values)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = self._known[key] = Labels(names, values)
        return found


def fit(value: str) -> str:
    """The value as it is when it is short and printable; otherwise cut and marked, so that two remain two.

    A repeated label set would make Prometheus refuse the whole scrape.
    """
    if len(value) <= LONGEST_VALUE and ((value.isascii() and value.isprintable()) or not any(map(_is_bad, value))):
        return value
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    kept = "".join("?" if _is_bad(character) else character for character in value[:LONGEST_VALUE])
    return f"{kept}~{digest}"


def _is_bad(character: str) -> bool:
    """True for controls, halves of surrogate pairs and the like; unassigned and private ones may pass."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
