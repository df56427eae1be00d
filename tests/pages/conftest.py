"""What tests of pages start from: a browser, and a made-up call centre on a real broker."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from tests.pages.browser import CHROMIUM, chromium
from tests.pages.centre import Centre
from tests.pages.served import Pages
from tests.servers.available import requires_program
from tests.servers.mosquitto import Mosquitto


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    requires_program(CHROMIUM)
    async with chromium() as started:
        yield started


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    requires_program("mosquitto")
    with Mosquitto(websockets=True) as started:
        yield started


@pytest.fixture
def centre(broker: Mosquitto) -> Iterator[Centre]:
    with Centre(broker.port, agents=12, queues=3) as made_up:
        made_up.settle()
        yield made_up


@pytest.fixture
def pages(broker: Mosquitto, centre: Centre) -> Iterator[Pages]:
    assert broker.websocket_port is not None
    with Pages(broker.websocket_port) as served:
        yield served
