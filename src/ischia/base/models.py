"""All tables of the base app, so that Django finds them in one place."""

from __future__ import annotations

from ischia.base.events.models import EventOpening, EventRow
from ischia.base.people.models import Person, RoleGrant

__all__ = ["EventOpening", "EventRow", "Person", "RoleGrant"]
