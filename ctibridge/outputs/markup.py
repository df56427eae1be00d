"""HTML from nested values: text is escaped because there is no way to write it unescaped."""

from html import escape
from typing import Final, TypeAlias

import msgspec

VOID_TAGS: Final = frozenset({"meta", "link", "br"})


class Markup(msgspec.Struct, frozen=True):
    """Finished HTML; made by ``element`` only."""

    html: str


Content: TypeAlias = Markup | str | int | None
"""What may stand inside an element; ``None`` is nothing."""


def element(tag: str, /, *content: Content, **attributes: str) -> Markup:
    """One element; attributes are spelled ``class_`` and ``aria_label``."""
    names = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    opening = "".join(f' {name}="{escape(value)}"' for name, value in names)
    if tag in VOID_TAGS:
        return Markup(f"<{tag}{opening}>")
    return Markup(f"<{tag}{opening}>{''.join(_inner(one) for one in content)}</{tag}>")


def document(language: str, *content: Markup) -> str:
    """A whole page."""
    return "<!doctype html>\n" + element("html", *content, lang=language).html + "\n"


def style(css: str) -> Markup:
    """A style sheet of our own; CSS is not escaped in HTML, so it must not come from anywhere else."""
    return Markup(f"<style>{css}</style>")


def _inner(content: Content) -> str:
    if content is None:
        return ""
    return content.html if isinstance(content, Markup) else escape(str(content))
