"""A subscriber in a process of its own, which says when each message was in its hands.

    python -m tests.bench.listener PORT FILTER…

Prints `ready`, then one line a message: monotonic seconds, the topic, and the payload.
"""

import sys
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.ports import LOOPBACK


def main() -> None:
    """Until the end of the process."""
    port, *filters = sys.argv[1:]
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener", protocol=paho.MQTTv311)
    write = sys.stdout.write

    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        write(f"{time.monotonic():.6f} {message.topic} {message.payload.decode()}\n")

    def subscribed(*_: object) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    client.on_message = take
    client.on_subscribe = subscribed
    client.connect(LOOPBACK, int(port))
    client.subscribe([(one, 1) for one in filters])
    while client.loop(1.0) == paho.MQTT_ERR_SUCCESS:
        sys.stdout.flush()


if __name__ == "__main__":
    main()
