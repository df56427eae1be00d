"""pyami_asterisk with one callback for all events; see panoramisk_bare.py."""

import asyncio
import json
import sys
import time

from pyami_asterisk import AMIClient


async def main(port: int) -> None:
    """Until the last mark."""
    client = AMIClient(host="127.0.0.1", port=port, username="bench", secret="bench", ping_delay=3600)
    done = asyncio.Event()
    events, began = 0, (0.0, 0.0)

    def take(event: dict[str, str]) -> None:
        nonlocal events, began
        events += 1
        if event.get("Event") != "UserEvent":
            return
        if event["UserEvent"] == "BenchBegin":
            events, began = 0, (time.perf_counter(), time.process_time())
        else:
            done.set()

    client.register_event(patterns=["*"], callbacks=take)
    connected = asyncio.create_task(client.connect_ami())
    await done.wait()
    ended = time.perf_counter(), time.process_time()
    print(json.dumps({"events": events - 1, "seconds": ended[0] - began[0], "cpu": ended[1] - began[1]}), flush=True)  # noqa: T201
    connected.cancel()


asyncio.run(main(int(sys.argv[1])))
