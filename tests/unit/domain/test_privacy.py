import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctibridge.domain.events import Caller
from ctibridge.domain.privacy import PrivacySettings, masked, masked_name, masked_number

DEFAULT = PrivacySettings()


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+49 30 1234567", "***567"),
        ("13800138000", "***000"),
        ("123456", "***456"),
        ("12345", "***45"),
        ("1001", "***01"),
        ("110", "***0"),
        ("11", "***1"),
        ("1", "***"),
        ("anonymous", "***"),
        ("alice99", "***"),
        ("小明123456", "***"),
        ("", None),
        (None, None),
    ],
)
def test_numbers(number: str | None, shown: str | None) -> None:
    assert masked_number(number, DEFAULT) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王***"),
        ("Ann", "A***"),
        (" Ann", "A***"),
        ("+4930123456", "***"),
        ("<b>", "***"),
        ("", None),
        (None, None),
    ],
)
def test_names(name: str | None, shown: str | None) -> None:
    assert masked_name(name, DEFAULT) == shown


def test_names_by_setting() -> None:
    assert masked_name("Ann", PrivacySettings(names="hidden")) is None
    assert masked_name("Ann", PrivacySettings(names="shown")) == "Ann"
    assert masked(Caller(number="123456", name="Ann"), PrivacySettings(number_digits=2)) == Caller(
        number="***56", name="A***"
    )


@pytest.mark.parametrize("digits", [-1, 5])
def test_a_setting_that_would_show_whole_numbers_is_refused(digits: int) -> None:
    with pytest.raises(msgspec.ValidationError, match="number_digits must be 0 to 4"):
        msgspec.convert({"number_digits": digits}, PrivacySettings)


@given(st.text(alphabet=st.characters(), max_size=30), st.integers(0, 4))
def test_at_least_half_of_a_number_stays_hidden(number: str, digits: int) -> None:
    shown = masked_number(number, PrivacySettings(number_digits=digits)) or ""
    kept = shown.removeprefix("***")
    assert len(kept) <= min(digits, sum(character in "0123456789" for character in number) // 2)
    assert kept.isascii()
