"""Token buckets: how often each client may ask."""

from __future__ import annotations


class Rates:
    """One bucket for each client that was seen lately; a bucket holds one second's worth of requests."""

    def __init__(self, *, per_second: int, remembered: int) -> None:
        self._per_second, self._remembered = per_second, remembered
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, client: str, now: float) -> float:
        """Take one request from the client's bucket; returns 0, or the seconds until it holds one again.

        `now` is a monotonic instant in seconds.
        """
        tokens, then = self._buckets.get(client) or self._new(client, now)
        tokens = min(float(self._per_second), tokens + (now - then) * self._per_second)
        if tokens < 1.0:
            return (1.0 - tokens) / self._per_second
        self._buckets[client] = (tokens - 1.0, now)
        return 0.0

    def _new(self, client: str, now: float) -> tuple[float, float]:
        if len(self._buckets) >= self._remembered:
            self._forget(now)
        self._buckets[client] = (float(self._per_second), now)
        return self._buckets[client]

    def _forget(self, now: float) -> None:
        """Drop buckets that are full again, which say nothing; if none is, the oldest half."""
        full = [client for client, (_, then) in self._buckets.items() if now - then >= 1.0]
        for client in full or list(self._buckets)[: self._remembered // 2]:
            del self._buckets[client]
