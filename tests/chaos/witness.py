"""The independent recorder: an MQTT subscriber that keeps everything it is sent, in the order of arrival.

It speaks MQTT 3.1.1 with a session that outlives its connection, straight to the broker and never over the links that
faults disturb, and shares no code with ctibridge.
"""

import threading
import time
from types import TracebackType
from typing import Final, Self

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.ports import LOOPBACK

ROOT: Final = "ctibridge/v1/lab/"
CONNECT_SECONDS: Final = 15.0
RECONNECT_SECONDS: Final = 0.1
EVENT: Final = "event/"
RETAINED: Final = ("status", "info", "/state", "/stats", "/board", "/curve")
"""How topics end whose last message a late display is shown."""


class Heard(msgspec.Struct, frozen=True):
    """One message as it came."""

    at: float
    """Monotonic seconds."""
    topic: str
    """Below the root."""
    payload: bytes


class Witness:
    """Listens from `with` on; what it heard stays when it has left."""

    def __init__(self, port: int, name: str = "witness") -> None:
        self.events: list[Heard] = []
        """Every event, in the order of arrival."""
        self.statuses: list[Heard] = []
        self.messages = 0
        """Of any kind."""
        self._shown: dict[str, bytes] = {}
        self._is_listening = threading.Event()
        self._lock = threading.Lock()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=name, clean_session=False, protocol=paho.MQTTv311
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._port = port

    def __enter__(self) -> Self:
        self._client.connect_async(LOOPBACK, self._port, keepalive=60)
        self._client.loop_start()
        self.wait_listening()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_listening(self) -> None:
        """Return once the broker has confirmed the subscription; TimeoutError."""
        if not self._is_listening.wait(CONNECT_SECONDS):
            raise TimeoutError("the witness is not let in by the broker")

    def is_listening(self) -> bool:
        """Whether nothing can be published now without reaching it."""
        return self._is_listening.is_set()

    def shown(self) -> dict[str, bytes]:
        """The newest message of each retained topic: what a display has on its screen."""
        with self._lock:
            return dict(self._shown)

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        with self._lock:
            self._shown.clear()  # A broker that was killed may have forgotten them.
        client.subscribe(f"{ROOT}#", qos=1)

    def _on_subscribe(self, *_: object) -> None:
        self._is_listening.set()

    def _on_disconnect(self, *_: object) -> None:
        self._is_listening.clear()

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        heard = Heard(time.monotonic(), message.topic.removeprefix(ROOT), bytes(message.payload))
        self.messages += 1
        if heard.topic.startswith(EVENT):
            self.events.append(heard)
        if heard.topic == "status":
            self.statuses.append(heard)
        if heard.topic.endswith(RETAINED):
            with self._lock:
                if heard.payload:
                    self._shown[heard.topic] = heard.payload
                else:
                    self._shown.pop(heard.topic, None)
