"""The ledger's signing key: a file in the data folder, never in the database.

The file holds one line in the form of C2SP signed notes, with the ledger's origin in it: the origin is settled when
the key is made, so that a later change of address does not turn earlier checkpoints into somebody else's.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ischia.base.config import config
from ischia.core.tlog import LedgerError, Signer, Verifier


def key_path() -> Path:
    """Where the key is."""
    return config().data / "keys" / "ledger.key"


def signer() -> Signer:
    """Return the signing key, made at first use with mode 0600 for the origin in `ISCHIA_ORIGIN`."""
    if not key_path().exists():
        _create(Signer(config().ledger_origin, secrets.token_bytes(32)))
    return _read()


def verifier() -> Verifier:
    """Return the public half. Raises `LedgerError` where there is no key: reading never makes one."""
    if not key_path().exists():
        raise LedgerError(f"there is no key at {key_path()}: restore it from a backup, or give the published key")
    return _read().verifier


def _read() -> Signer:
    try:
        return Signer.from_string(key_path().read_text(encoding="utf-8"))
    except (LedgerError, UnicodeDecodeError) as error:
        raise LedgerError(f"{key_path()} cannot be used: {error}; restore it from a backup") from error


def _create(new: Signer) -> None:
    """Link a complete, synced file into place, so that two processes that start together agree on one key."""
    path = config().folder("keys") / key_path().name
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(new.to_string() + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
