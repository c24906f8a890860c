"""Addresses of things, for templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from ischia.console.addresses import item_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ischia.banks.models import EntrySignal
    from ischia.console.reads.items import ItemRow
    from ischia.content.models import Item
    from ischia.screening.hunts import FindView

register = template.Library()


@register.filter
def item_href(row: ItemRow) -> str:
    """The page of the item in a row."""
    return item_address(row.surface, row.id)


@register.filter
def find_address(find: FindView) -> str:
    """The page of an item that a hunt found."""
    return item_address(find.surface, find.item)


@register.filter
def address(item: Item) -> str:
    """The page of an item row."""
    return item_address(item.surface.name, item.external_id)


@register.filter
def algorithms(signals: Iterable[EntrySignal]) -> list[str]:
    """Of which kinds an entry has signals, each once."""
    return sorted({signal.algorithm for signal in signals})
