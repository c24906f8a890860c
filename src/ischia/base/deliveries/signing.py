"""Signatures of Standard Webhooks 1.0.0 with ed25519 (`v1a`), https://www.standardwebhooks.com."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET = "webhooks.key"  # noqa: S105  The name of the file that holds it.


def private_key(secret: bytes, endpoint: UUID) -> Ed25519PrivateKey:
    """Derive an endpoint's key from the installation's `secret` by HKDF-SHA256 (RFC 5869)."""
    seed = HKDF(SHA256(), 32, salt=None, info=b"ischia webhook endpoint " + endpoint.bytes).derive(secret)
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_text(key: Ed25519PrivateKey) -> str:
    """Write the public half as Standard Webhooks does: `whpk_` and the base64 of its 32 bytes."""
    return "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()


def message_id(delivery: UUID) -> str:
    """Name a delivery's message; the name is the same in every attempt, so that receivers can drop repetitions."""
    return f"msg_{delivery.hex}"


def signed_headers(key: Ed25519PrivateKey, *, message: str, body: bytes, now: datetime) -> dict[str, str]:
    """Sign `id.timestamp.body` as of `now`."""
    stamp = str(int(now.timestamp()))
    signature = key.sign(f"{message}.{stamp}.".encode() + body)
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1a," + base64.b64encode(signature).decode(),
    }
