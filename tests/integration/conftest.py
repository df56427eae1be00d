"""The servers that most integration tests start from: one of each, with the shipped configuration."""

from collections.abc import Iterator

import pytest

from tests.servers.asterisk import Asterisk
from tests.servers.available import requires_asterisk, requires_program
from tests.servers.mosquitto import Mosquitto


@pytest.fixture
def asterisk() -> Iterator[Asterisk]:
    requires_asterisk(22)
    with Asterisk(22) as server:
        yield server


@pytest.fixture
def mosquitto() -> Iterator[Mosquitto]:
    requires_program("mosquitto", "mosquitto_sub")
    with Mosquitto() as broker:
        yield broker
