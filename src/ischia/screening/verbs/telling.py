"""What kind of text it is, as people see it: what the genre model is trained on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ischia.base.events import Actor, publish
from ischia.content.models import PartContent
from ischia.core.text.genre import GENRES
from ischia.screening.errors import NoTextError
from ischia.screening.events import GenreTold


def tell_genre(*, content: int, genre: str, actor: Actor, now: datetime) -> None:
    """Record the genre of a text that is kept; what is said last counts.

    It changes no case and no priority of what was already screened. Raises `ValueError` for a genre that there is not,
    `NoTextError` where no text is kept.
    """
    if genre not in GENRES:
        raise ValueError(f"{genre!r} is no genre; there are {', '.join(GENRES)}")
    with transaction.atomic():
        kept = PartContent.objects.select_related("revision__item__surface").filter(pk=content).exclude(text="").first()
        if kept is None:
            raise NoTextError(f"content {content} holds no text, or is kept no longer")
        revision = kept.revision
        event = GenreTold(
            surface=revision.item.surface.name,
            item=revision.item.external_id,
            revision=revision.number,
            part=kept.part,
            inside=kept.inside,
            genre=genre,
        )
        publish(event, actor=actor, now=now)
