"""What a leaf is made of: canonical JSON without floats, and commitments in the place of personal data."""

from __future__ import annotations

import json
from hashlib import sha256
from hmac import compare_digest
from typing import Any, NoReturn

import rfc8785

from ischia.core.tlog.errors import LedgerError

MIN_SALT = 16
"""Bytes: 128 bits, so that nobody can guess a value from its commitment."""

_DOMAIN = b"ischia/commitment/v1\x00"
_MAX_DEPTH = 64
_MAX_INTEGER = 2**53 - 1


def canonical_json(document: object) -> bytes:
    """Write a document in the one way: RFC 8785 (JCS), UTF-8.

    Takes objects with text keys, lists, text, booleans, null and integers within +-(2**53 - 1).
    Raises `LedgerError` with the path of what cannot be recorded; floats are refused because programs
    disagree on how to write them.
    """
    _check(document, "$", 0)
    text = _write(document)
    # RFC 8785 sorts keys by UTF-16, which differs from the order of code points only beyond the surrogates.
    return text.encode() if _is_below_surrogates(text) else rfc8785.dumps(document)  # type: ignore[arg-type]


def parse_canonical(data: bytes) -> Any:
    """Read a leaf back. Raises `LedgerError` unless `data` is exactly what `canonical_json` writes for its content."""
    try:
        text = data.decode()
        document = _READER.decode(text)
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"not canonical JSON: {error}") from error
    if _is_below_surrogates(text) and text.count("[") + text.count("{") <= _MAX_DEPTH:
        written = _write(document).encode()
    else:
        written = canonical_json(document)
    if written != data:
        raise LedgerError("not canonical JSON: its keys, spaces, escapes or numbers are written another way")
    return document


def commit(value: str, salt: bytes) -> str:
    """Commit to `value`: 64 hexadecimal digits that say nothing about it while `salt` is unknown.

    SHA-256 over a domain tag, the salt behind its length (one byte), and the value in UTF-8. Erasing salt and value
    later leaves the commitment, and so the log, as it is. `salt` has 16 to 255 random bytes and is used once.
    """
    if not MIN_SALT <= len(salt) <= 255:
        raise LedgerError(f"a salt has {MIN_SALT} to 255 bytes, not {len(salt)}")
    try:
        encoded = value.encode()
    except UnicodeEncodeError as error:
        raise LedgerError(f"the value to commit to is not valid Unicode: {error.reason}") from error
    return sha256(_DOMAIN + bytes([len(salt)]) + salt + encoded).hexdigest()


def verify_commitment(commitment: str, value: str, salt: bytes) -> bool:
    """Whether `commitment` was made from this value and salt."""
    try:
        made = commit(value, salt)
    except LedgerError:
        return False
    return compare_digest(made.encode(), commitment.encode(errors="replace"))


def _check(value: object, path: str, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise LedgerError(f"{path}: nested more than {_MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        for key, each in value.items():
            _check_key(key, path)
            _check(each, f"{path}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        for at, each in enumerate(value):
            _check(each, f"{path}[{at}]", depth + 1)
    else:
        _check_scalar(value, path)


def _check_scalar(value: object, path: str) -> None:
    match value:
        case None | bool():
            return
        case str():
            _check_text(value, path)
        case int():
            if abs(value) > _MAX_INTEGER:
                raise LedgerError(f"{path}: the integer {value} is beyond 2**53 - 1; record it as text")
        case float():
            raise LedgerError(f"{path}: the float {value!r} has no place in a leaf; record an integer or text")
        case _:
            raise LedgerError(f"{path}: {type(value).__name__} is not JSON; record text or an integer")


def _check_key(key: object, path: str) -> None:
    if not isinstance(key, str):
        raise LedgerError(f"{path}: the key {key!r} is {type(key).__name__}; keys are text")
    _check_text(key, path)


def _check_text(text: str, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise LedgerError(f"{path}: character {error.start} of the text is not valid Unicode") from error


def _is_below_surrogates(text: str) -> bool:
    return text.isascii() or max(text) < "\ud800"


def _refuse_number(text: str) -> NoReturn:
    raise LedgerError(f"the number {text} is not an integer")


def _read_integer(text: str) -> int:
    if len(text) > 17 or abs(value := int(text)) > _MAX_INTEGER:
        raise LedgerError(f"the integer {text[:20]} is beyond 2**53 - 1")
    return value


_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False).encode
_READER = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number, parse_int=_read_integer)
