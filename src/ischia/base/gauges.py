"""What `/metrics` asks the database for at each scrape: the state that all processes share."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ischia.base import clock
from ischia.base.deliveries import queries as deliveries
from ischia.base.jobs import queries as jobs


class DatabaseGauges(Collector):
    """Jobs, workers and deliveries as they stand."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read the figures."""
        status, backlog = jobs.status(now=clock.now()), deliveries.backlog()
        counted = GaugeMetricFamily("ischia_jobs", "Jobs by state.", labels=["state"])
        for state in ("open", "due", "running", "dead"):
            counted.add_metric([state], getattr(status, state))
        yield counted
        oldest = status.oldest_due.total_seconds() if status.oldest_due else 0.0
        yield GaugeMetricFamily("ischia_jobs_oldest_due_seconds", "How long the oldest due job has waited.", oldest)
        yield GaugeMetricFamily("ischia_workers", "Worker processes that are alive.", len(status.workers))
        waiting = GaugeMetricFamily("ischia_deliveries", "Deliveries by what they wait for.", labels=["waiting_for"])
        waiting.add_metric(["receipt"], backlog.pending)
        waiting.add_metric(["acknowledgement"], backlog.unacknowledged)
        waiting.add_metric(["nothing: given up"], backlog.failed)
        yield waiting

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing, so that registering does not read the database."""
        return []
