"""The secrets in one-time links and the codes of authenticator apps."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata


def make_token() -> str:
    """A new secret of 256 random bits that can stand in an address."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    """The 32 bytes that are kept of a token."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def plain_code(typed: str) -> str:
    """A typed code in its one form: ASCII digits and letters, whatever keyboard, spaces or dashes it came with.

    Every check and every memory of a code uses this form, so that no other spelling of a used code is a new code.
    """
    folded = unicodedata.normalize("NFKC", typed)
    return "".join(_ascii_digit(char) for char in folded if char.isalnum()).lower()


def _ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char, char))
