"""Pictures for the desk: only those that the cage re-encoded, never kept by a browser."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404

from ischia.banks.models import EntryPicture
from ischia.base import storage
from ischia.base.permissions import Permission, require
from ischia.content.models import PartContent

SHOWN = frozenset({"image/webp", "image/png"})


@require(Permission.ITEMS_MEDIA)
def part_picture(request: HttpRequest, content: int) -> FileResponse:
    """The kept picture of a posted part."""
    row = get_object_or_404(PartContent, pk=content)
    return _picture(row.file, row.media_type)


@require(Permission.ITEMS_MEDIA)
def entry_picture(request: HttpRequest, picture: int) -> FileResponse:
    """The picture of an entry."""
    row = get_object_or_404(EntryPicture, pk=picture)
    return _picture(row.file, row.media_type)


def _picture(name: str, media_type: str) -> FileResponse:
    if not name or media_type not in SHOWN:
        raise Http404
    try:
        file = storage.path_of(name).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
