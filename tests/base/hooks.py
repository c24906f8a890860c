"""Registers endpoints, creates messages, and verifies them as a receiver does."""

from __future__ import annotations

import base64
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from ischia.base.deliveries import deliver, register_endpoint
from ischia.base.deliveries.models import Delivery
from ischia.base.events import SYSTEM
from tests.base.job_table import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BODY = {"action": {"id": "a1", "kind": "remove"}, "text": "نص عربي"}


def register(sink, *kinds):
    return register_endpoint(url=sink.url, events=kinds or ["action.requested"], actor=SYSTEM, now=NOW)


def send(*, kind="action.requested", subject="action:1", until_acknowledged=False, now=NOW):
    with transaction.atomic():
        return deliver(kind=kind, body=BODY, subject_ref=subject, now=now, until_acknowledged=until_acknowledged)


def only():
    (row,) = Delivery.objects.all()
    return row


def verify(got, public_key):
    """Check a signature as a receiver would who has read the specification and not our code."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    version, signature = got.headers["webhook-signature"].split(",")
    assert version == "v1a"
    signed = got.headers["webhook-id"] + "." + got.headers["webhook-timestamp"] + "."
    key.verify(base64.b64decode(signature), signed.encode() + got.body)
