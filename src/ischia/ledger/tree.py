"""Reading the stored tree."""

from __future__ import annotations

from ischia.ledger.models import Tile


def read_tile(level: int, index: int) -> bytes:
    """Return the hashes of one tile, concatenated; nothing where there is no such tile."""
    stored = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    return bytes(stored or b"")
