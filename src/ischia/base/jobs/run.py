"""One run of one claimed job, and what becomes of the job afterwards."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import Counter, Histogram

from ischia.base.jobs import registry, states, verbs
from ischia.base.jobs.context import JobContext, LaterError, LeaseLostError
from ischia.base.jobs.verbs import Claim

_log = structlog.get_logger("ischia.jobs")

ENDED = Counter("ischia_jobs_ended", "Runs of jobs by name and outcome.", ["name", "outcome"])
SECONDS = Histogram("ischia_job_seconds", "Time that runs of jobs took.", ["name"])


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs claims; the clock and the randomness are handed in."""

    now: Callable[[], datetime]
    jitter: Callable[[], float]

    def run(self, claim: Claim, context: JobContext) -> None:
        """Run the job's function and record the outcome; a job that fails never takes its thread with it."""
        entry = registry.find(claim.name)
        if entry is None:
            self._bury(claim, _unknown(claim.name))
            return
        began = time.perf_counter()
        try:
            entry.function(claim.payload, now=self.now(), context=context)
        except LaterError as later:
            self._record(claim, "postponed", stands=verbs.postpone(job=claim.job, token=claim.token, until=later.until))
        except LeaseLostError:
            self._record(claim, "lease_lost", stands=False)
        except (Exception, SystemExit) as error:  # noqa: BLE001  Whatever it was, it is recorded with the job.
            self._fail(claim, error)
        else:
            stands = verbs.finish(job=claim.job, token=claim.token, now=self.now())
            self._record(claim, "done", stands=stands)
        SECONDS.labels(claim.name).observe(time.perf_counter() - began)

    def _fail(self, claim: Claim, error: BaseException) -> None:
        text = "".join(traceback.format_exception(error))[-verbs.ERROR_LENGTH :]
        if claim.attempt >= claim.max_attempts:
            self._bury(claim, text)
            return
        wait = states.backoff(claim.attempt, jitter=self.jitter(), urgent=claim.urgent)
        stands = verbs.retry(job=claim.job, token=claim.token, run_after=self.now() + wait, error=text)
        self._record(claim, "failed", stands=stands, error=repr(error), again_in=wait.total_seconds())

    def _bury(self, claim: Claim, text: str) -> None:
        stands = verbs.bury(job=claim.job, token=claim.token, error=text, now=self.now())
        self._record(claim, "dead", stands=stands, error=text.strip().rsplit("\n", 1)[-1])

    def _record(self, claim: Claim, outcome: str, *, stands: bool, **more: object) -> None:
        """Count and log; an outcome that does not stand came too late, because another worker holds the job."""
        ENDED.labels(claim.name, outcome if stands else "lease_lost").inc()
        known = {"job": str(claim.job), "name": claim.name, "attempt": claim.attempt, **more}
        if not stands:
            _log.warning("jobs.lease_lost", outcome=outcome, **known)
        elif outcome == "dead":
            _log.error("jobs.dead", **known)
        elif outcome == "failed":
            _log.warning("jobs.failed", **known)


def _unknown(name: str) -> str:
    known = ", ".join(registry.names()) or "none"
    return f"no job is registered as {name!r}; this version of Ischia knows: {known}"


def count_buried(buried: list[verbs.Buried]) -> None:
    """Count and log jobs that `verbs.expire` gave up."""
    for row in buried:
        ENDED.labels(row.name, "dead").inc()
        _log.error("jobs.dead", job=str(row.job), name=row.name, error=row.error)
