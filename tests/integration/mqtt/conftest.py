from collections.abc import Iterator

import pytest

from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """A broker that forgets everything when it is restarted."""
    requires_program("mosquitto")
    with Mosquitto() as broker:
        yield broker
