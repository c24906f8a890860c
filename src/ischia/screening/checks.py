"""Screening's part of `ischia fsck`: I1, every revision has its verdict or a job that will give it one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ischia.base.jobs.queries import unfinished_payloads
from ischia.base.problems import Problem
from ischia.content.models import Revision
from ischia.decisions.models import Decision
from ischia.review.models import Case
from ischia.screening.models import Screening
from ischia.screening.verbs.pending import JOB


def fsck(now: datetime) -> Iterator[Problem]:
    """Every revision was screened or will be; every verdict that acts or queues points to what it led to."""
    for pk in Revision.objects.filter(screening=None).values_list("pk", flat=True).iterator():
        yield Problem("I1", f"revision {pk}", "it has no screening")
    working = {payload.get("revision") for payload in unfinished_payloads(JOB)}
    for pk in Screening.objects.filter(state="pending").values_list("pk", flat=True).iterator():
        if pk not in working:
            yield Problem("I1", f"revision {pk}", "it is pending, and no job will screen it")
    acted = Screening.objects.filter(verdict__in=("remove", "restrict"))
    for pk in acted.exclude(decision__in=Decision.objects.values("pk")).values_list("pk", flat=True):
        yield Problem("I3", f"revision {pk}", "its verdict acts, and there is no decision")
    queued = Screening.objects.filter(verdict="queue")
    for pk in queued.exclude(case__in=Case.objects.values("pk")).values_list("pk", flat=True):
        yield Problem("I3", f"revision {pk}", "its verdict queues, and there is no case")


def named_files() -> set[str]:
    """The files that submissions name which are still to be screened."""
    return {part["file"] for payload in unfinished_payloads(JOB) for part in payload.get("parts", ()) if "file" in part}
