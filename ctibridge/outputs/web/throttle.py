"""Counts refusals by address, so that whoever tries tokens one after the other soon has to wait."""

import ipaddress
from collections import OrderedDict
from typing import Final

FAILURES: Final = 10
"""Refusals that an address may have within ``WINDOW_SECONDS``."""
WINDOW_SECONDS: Final = 60.0
MOST_ADDRESSES: Final = 4096
"""Beyond that the address that failed longest ago is forgotten: memory is bounded, whoever asks."""
IPV6_NETWORK: Final = 64
"""Bits of an IPv6 address that one customer shares; the rest they may choose."""


class Throttle:
    """Refusals of each address in the present window; times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def note_failure(self, peer: str, now: float) -> int:
        """Count one more; how many there are in this window."""
        place = _place(peer)
        since, count = self._current(place, now)
        self._failures[place] = (since, count + 1)
        self._failures.move_to_end(place)
        if len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)
        return count + 1

    def wait_seconds(self, peer: str, now: float) -> float:
        """How long an address has to wait before it is listened to again; 0 when it need not."""
        since, count = self._current(_place(peer), now)
        return since + WINDOW_SECONDS - now if count >= FAILURES else 0.0

    def _current(self, place: str, now: float) -> tuple[float, int]:
        since, count = self._failures.get(place, (now, 0))
        return (since, count) if now - since < WINDOW_SECONDS else (now, 0)


def _place(peer: str) -> str:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if address.version == 4:  # noqa: PLR2004 - IPv4
        return peer
    return str(ipaddress.ip_network(f"{peer.partition('%')[0]}/{IPV6_NETWORK}", strict=False))
