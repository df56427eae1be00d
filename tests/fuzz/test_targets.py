"""The seeds, and whatever the fuzzer found, go through; `make fuzz` looks for more."""

import pytest

from tests.fuzz import targets
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_recorded_and_what_was_found_goes_through(target: str) -> None:
    count = 0
    for seed in seeds(target):
        TARGETS[target](seed)
        count += 1

    assert count >= 5


def test_a_target_does_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "unescape", lambda _level: "another name")
    with pytest.raises(AssertionError, match="a level that is none"):
        targets.topic(b"x\n")
