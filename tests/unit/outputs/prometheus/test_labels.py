from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from ctibridge.outputs.prometheus.labels import LONGEST_VALUE, LabelMemory, Labels, fit


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("sales", "客服", "José Ñandú", 'O"Brien\\', "PJSIP/1001", ""):
        assert fit(name) == name


def test_unprintable_characters_are_replaced_and_marked() -> None:
    assert fit("a\x00b\x1bc").startswith("a?b?c~")
    assert fit("a\nb").startswith("a?b~")
    assert fit("\udcff").startswith("?~")


def test_long_names_are_cut_and_stay_distinct() -> None:
    first, second = "x" * 500, "x" * 499 + "y"
    assert len(fit(first)) <= LONGEST_VALUE + 9
    assert fit(first) != fit(second)


@given(st.text(alphabet=st.characters(), max_size=200), st.text(alphabet=st.characters(), max_size=200))
def test_two_names_stay_two(first: str, second: str) -> None:
    assert (fit(first) == fit(second)) == (first == second)


@given(st.text(max_size=200))
def test_whatever_comes_is_one_line_that_parses(name: str) -> None:
    labels = Labels(("queue",), (name,))
    line = f"x{labels.text} 1\n"
    assert line.count("\n") == 1
    [family] = text_string_to_metric_families(line)
    assert family.samples[0].labels == {"queue": fit(name)}


def test_a_label_set_is_made_once() -> None:
    memory = LabelMemory()
    assert memory(("queue",), ("sales",)) is memory(("queue",), ("sales",))
    assert memory(("queue",), ("sales",)).text == '{queue="sales"}'
    assert memory((), ()).text == ""
