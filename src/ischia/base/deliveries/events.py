"""What happens to webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ischia.base.events import Event


@dataclass(frozen=True, kw_only=True)
class WebhookRegistered(Event):
    """An endpoint was registered. Only the origin of its address is told: the rest may hold a secret."""

    kind: ClassVar[str] = "webhooks.registered"

    endpoint: UUID
    origin: str
    events: tuple[str, ...]
    public_key: str


@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(Event):
    """An endpoint was disabled; `undelivered` messages to it will not be sent."""

    kind: ClassVar[str] = "webhooks.disabled"

    endpoint: UUID
    reason: str
    undelivered: int
