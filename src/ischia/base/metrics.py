"""What is counted and timed, in a registry of its own; `/metrics` shows it.

Each process counts for itself, and web processes show theirs at `/metrics`. What the workers do is seen there through
the database (`gauges.py`).
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

registry: Final = CollectorRegistry()

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_SLOW = (0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)


def _counter(name: str, about: str, *labels: str) -> Counter:
    return Counter(f"ischia_{name}", about, labels, registry=registry)


def _histogram(name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(f"ischia_{name}", about, labels, buckets=buckets, registry=registry)


requests: Final = _counter(
    "requests", "Requests by method and status; method `refused` never reached a view.", "method", "status"
)
request_seconds: Final = _histogram("request_seconds", "Time of a request in its thread.", _FAST)
screenings: Final = _counter("screenings", "Screened submissions by verdict.", "verdict")
screening_seconds: Final = _histogram("screening_seconds", "Time of a screening from submission to verdict.", _FAST)
match_seconds: Final = _histogram("match_seconds", "Time to search all banks for one part's signals.", _FAST)
decode_seconds: Final = _histogram("decode_seconds", "Time of one file in the decode cage, waiting included.", _FAST)
undecodable: Final = _counter("undecodable", "Parts that gave no signal, by reason.", "reason")
removal_seconds: Final = _histogram(
    "removal_seconds", "Time from publication to the platform's acknowledgement.", _SLOW
)
written_groups: Final = _counter("written_groups", "Commits of the group writer.")
written_calls: Final = _counter("written_calls", "Writes that the group writer committed.")


def exposition() -> tuple[bytes, str]:
    """Return all figures in Prometheus' text format, and its content type."""
    return generate_latest(registry), CONTENT_TYPE_LATEST
