"""Sends what is due. Each delivery that is not finished has exactly one job, open or running."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from uuid import UUID

from ischia.base import clock, outbound
from ischia.base.config import config
from ischia.base.deliveries import queries, signing, verbs
from ischia.base.deliveries.verbs import Outcome, Turn
from ischia.base.jobs import NETWORK, JobContext, LaterError, job, periodic

LIMITS: Final = outbound.Limits()
KEPT: Final = timedelta(days=90)
_ONE_RUN: Final = 20.0
_BUSY: Final = timedelta(seconds=1)


@job(verbs.ATTEMPT_JOB, lane=NETWORK, silence=timedelta(minutes=1))
def attempt(payload: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Send the delivery named in `payload`, then others that its endpoint waits for; come back when it is due again."""
    del now  # A run lasts for many attempts, each of which needs its own instant.
    attempt_delivery(UUID(payload["delivery"]), context=context, now=clock.now, jitter=random.random, limits=LIMITS)


@periodic("deliveries.sweep", every=timedelta(days=1))
def sweep(payload: Mapping[str, Any], /, *, now: datetime, context: JobContext) -> None:
    """Delete messages that were finished 90 days ago; what was decided and acknowledged stays elsewhere."""
    while not context.stop.is_set() and verbs.sweep(before=now - KEPT):
        context.heartbeat()


def attempt_delivery(
    delivery: UUID,
    *,
    context: JobContext,
    now: Callable[[], datetime],
    jitter: Callable[[], float],
    limits: outbound.Limits,
) -> None:
    """Send what is due at the delivery's endpoint, the delivery first; raises `LaterError` until it is finished.

    Messages to one endpoint are sent by the few jobs that hold a turn; the others step aside and leave their threads to
    other endpoints.
    """
    verbs.release(job=context.job)
    due, endpoint = queries.next_attempt(delivery), queries.endpoint_of(delivery)
    if due is None or endpoint is None:
        return
    if due > now():
        raise LaterError(due)
    _send_due(endpoint, delivery, context=context, now=now, jitter=jitter, limits=limits)
    due = queries.next_attempt(delivery)
    if due is not None:
        raise LaterError(max(due, now() + _BUSY * (1 + jitter())))


def _send_due(
    endpoint: UUID,
    first: UUID,
    *,
    context: JobContext,
    now: Callable[[], datetime],
    jitter: Callable[[], float],
    limits: outbound.Limits,
) -> None:
    until = time.monotonic() + _ONE_RUN
    while turn := verbs.take_turn(endpoint=endpoint, first=first, job=context.job, now=now()):
        outcome = send(turn, now=now(), limits=limits)
        verbs.record(turn, outcome, context=context, jitter=jitter(), now=now())
        context.heartbeat()
        if context.stop.is_set() or not outcome.received or time.monotonic() > until:
            return


def send(turn: Turn, *, now: datetime, limits: outbound.Limits) -> Outcome:
    """Send one message, signed as of `now`; whatever happens is an outcome."""
    key = signing.private_key(config().secret(signing.SECRET), turn.endpoint)
    if signing.public_text(key) != turn.public_key:
        return Outcome(None, f"keys/{signing.SECRET} is not the secret with which this endpoint was registered")
    body = turn.payload.encode()
    headers = signing.signed_headers(key, message=signing.message_id(turn.delivery), body=body, now=now)
    try:
        answer = outbound.post(turn.url, body=body, headers=headers, limits=limits)
    except outbound.OutboundError as error:
        return Outcome(None, str(error))
    if 200 <= answer.status < 300:
        return Outcome(answer.status)
    asked = answer.headers.get("retry-after", "") if answer.status in {429, 503} else ""
    return Outcome(answer.status, f"the receiver answered {answer.status}", _retry_after(asked, now))


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header (RFC 9110, section 10.2.3): seconds or a date; None if it is neither."""
    if text.strip().isdecimal():
        return timedelta(seconds=min(int(text), 10**6))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(timedelta(0), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now)
