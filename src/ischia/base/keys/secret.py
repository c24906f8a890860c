"""The form of an API key: `isk_`, 8 characters that find its row, 32 that prove it, and 6 that catch a typing error.

The fixed start lets secret scanners find a leaked key, and the checksum lets them and us tell a key from a mistyped
one without asking the database (the idea of GitHub's token format, 2021).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_KEY = re.compile(r"(isk_([0-9A-Za-z]{8})[0-9A-Za-z]{32})([0-9A-Za-z]{6})", re.ASCII)


def make_secret() -> str:
    """A new key of 50 characters with 190 random bits behind its prefix."""
    body = "isk_" + "".join(secrets.choice(_ALPHABET) for _ in range(40))
    return body + _checksum(body)


def prefix_of(secret: str) -> str | None:
    """The 8 characters that find the key's row, or None where `secret` is not a well-formed key."""
    found = _KEY.fullmatch(secret)
    return found[2] if found and _checksum(found[1]) == found[3] else None


def split_secret(secret: str) -> tuple[str, bytes]:
    """The prefix and the digest that are kept of a key that was just made."""
    return secret[4:12], digest_of(secret)


def digest_of(secret: str) -> bytes:
    """The 32 bytes that are kept of a key. A plain SHA-256 will do: 190 random bits leave nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()


def _checksum(body: str) -> str:
    value = zlib.crc32(body.encode())
    digits = []
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
