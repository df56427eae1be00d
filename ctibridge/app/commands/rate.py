"""How often one user may ask: a bucket of tokens for each."""

from typing import Final

MOST_USERS: Final = 10_000


class RateLimit:
    """``rate`` a second in the long run, ``burst`` at once; ``now`` is of any clock that does not go back."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}
        """Tokens, and when they were counted."""
        self._refused: set[str] = set()

    def admits(self, user: str, now: float) -> bool:
        """Take a token, if there is one."""
        tokens, counted = self._buckets.pop(user, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - counted) * self._rate)
        admitted = tokens >= 1
        self._buckets[user] = (tokens - 1 if admitted else tokens, now)
        if admitted:
            self._refused.discard(user)
        if len(self._buckets) > MOST_USERS:
            self._buckets.pop(next(iter(self._buckets)))
        return admitted

    def is_first_refusal(self, user: str) -> bool:
        """Whether this refusal is the first since the user was admitted: the others are not worth a line."""
        if len(self._refused) > MOST_USERS:
            self._refused.clear()
        is_first = user not in self._refused
        self._refused.add(user)
        return is_first
