from collections.abc import Iterator

import pytest

from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """A broker that forgets everything when it is restarted, and drops nothing that a test reads slowly."""
    requires_program("mosquitto")
    with Mosquitto(extra="max_queued_messages 0\nmax_inflight_messages 0\n") as broker:
        yield broker
