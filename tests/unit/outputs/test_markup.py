"""Nothing that came from outside becomes markup."""

import pytest

from ctibridge.outputs.markup import document, element

NASTY = "<script>alert('x')</script>&\"'"


def test_text_and_attributes_are_escaped() -> None:
    html = element("p", NASTY, title=NASTY).html
    assert "<script" not in html
    assert html.startswith('<p title="&lt;script&gt;')
    assert html.count('"') == 2


def test_elements_nest_and_nothing_is_nothing() -> None:
    assert element("p", "a", element("b", 1), None).html == "<p>a<b>1</b></p>"


@pytest.mark.parametrize(("name", "written"), [("class_", "class"), ("aria_label", "aria-label")])
def test_attributes_are_spelled_as_python_allows(name: str, written: str) -> None:
    assert element("i", **{name: "x"}).html == f'<i {written}="x"></i>'


def test_a_document_names_its_language() -> None:
    assert document("zh", element("head")) == '<!doctype html>\n<html lang="zh"><head></head></html>\n'
