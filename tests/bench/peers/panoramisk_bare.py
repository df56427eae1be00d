"""Panoramisk alone with one callback for all events: the bare loop that most Python integrations are.

Prints how many events came between the marks, and the seconds of wall and processor time for them, as JSON.
"""

import asyncio
import json
import sys
import time
from typing import Any

from panoramisk import Manager


async def main(port: int) -> None:
    """Until the last mark."""
    loop = asyncio.get_running_loop()
    manager = Manager(loop=loop, host="127.0.0.1", port=port, username="bench", secret="bench", ping_delay=3600)
    done = asyncio.Event()
    events, began = 0, (0.0, 0.0)

    def take(_: Manager, event: Any) -> None:  # noqa: ANN401 - panoramisk's message
        nonlocal events, began
        events += 1
        if event.event != "UserEvent":
            return
        if event.userevent == "BenchBegin":
            events, began = 0, (time.perf_counter(), time.process_time())
        elif event.userevent == "BenchEnd":
            done.set()

    manager.register_event("*", take)
    await manager.connect()
    await done.wait()
    ended = time.perf_counter(), time.process_time()
    print(json.dumps({"events": events - 1, "seconds": ended[0] - began[0], "cpu": ended[1] - began[1]}))  # noqa: T201
    manager.close()


asyncio.run(main(int(sys.argv[1])))
