"""A bridge in a process of its own, for tests that kill it: ``python lone_bridge.py PORT``."""

import asyncio
import sys

from ctibridge.outputs.mqtt.settings import MqttSettings
from tests.integration.mqtt.desk import Desk


async def main(port: int) -> None:
    desk = Desk(MqttSettings(port=port))
    desk.sync()
    await desk.output.run()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
