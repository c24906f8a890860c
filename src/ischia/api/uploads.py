"""Uploaded files as paths, for as long as a request lasts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpRequest

from ischia.base.config import config


@contextmanager
def uploaded(request: HttpRequest) -> Iterator[dict[str, list[Path]]]:
    """The request's files by form field; those that Django holds in memory are written to a private folder first."""
    if not request.FILES:
        yield {}
        return
    with tempfile.TemporaryDirectory(dir=config().folder("tmp")) as folder:
        files: dict[str, list[Path]] = {}
        for field, uploads in request.FILES.lists():
            files[field] = [_path(upload, Path(folder), f"{len(files)}-{n}") for n, upload in enumerate(uploads)]
        yield files


def _path(upload: UploadedFile[Any], folder: Path, name: str) -> Path:
    if isinstance(upload, TemporaryUploadedFile):
        return Path(upload.temporary_file_path())
    path = folder / name
    with path.open("wb") as target:
        for chunk in upload.chunks():
            target.write(chunk)
    return path
