"""From what somebody put into the entry form to what an entry is recognised by."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from ischia.screening.entries import Material, from_files, from_text, from_url


def take_in(data: dict[str, Any]) -> Material:
    """Look at the one thing that `EntryForm` was given. Raises `UrlError` and `Undecodable`."""
    if data.get("signal"):
        return Material(signals=(data["signal"],))
    if data["url"]:
        return from_url(data["url"])
    if data["text"]:
        return from_text(data["text"])
    return _from_upload(data["file"])


def _from_upload(file: UploadedFile[Any]) -> Material:
    with tempfile.NamedTemporaryFile(prefix="ischia-entry-") as spool:
        for chunk in file.chunks():
            spool.write(chunk)
        spool.flush()
        return from_files([Path(spool.name)])
