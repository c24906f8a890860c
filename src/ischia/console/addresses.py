"""Addresses of the things that pages point at."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse


def item_address(surface: str, item: str) -> str:
    """The page of an item, whose id may hold slashes; ids with `..` in them, which browsers resolve, go as a query."""
    if {".", ".."} & set(item.split("/")):
        return f"{reverse('console:item-by-query', args=[surface])}?{urlencode({'id': item})}"
    return reverse("console:item", args=[surface, item])


def entry_address(entry: UUID) -> str:
    """The page of an entry."""
    return reverse("console:entry", args=[entry])


def case_address(case: UUID) -> str:
    """The page of a case."""
    return reverse("console:case", args=[case])
