"""Pages of long lists that never count further than they must."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

PER_PAGE = 50
MOST = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # Generic only in the stubs.
    """Counts and shows at most the first `MOST` rows; whoever looks for older ones filters."""

    @cached_property
    def count(self) -> int:
        """How many rows there are to leaf through."""
        rows: Any = self.object_list
        return rows[:MOST].count() if hasattr(rows, "query") else len(rows[:MOST])

    @property
    def capped(self) -> bool:
        """True where there are more rows than are shown."""
        return self.count >= MOST


def page_of(request: HttpRequest, rows: Any) -> Page[Any]:
    """The page of `rows` that the address asks for; the nearest one where it asks for none that exists."""
    return CappedPaginator(rows, PER_PAGE).get_page(request.GET.get("page"))
