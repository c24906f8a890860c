"""The phrases of all banks as one compiled list in each process, made anew when one was added or retired."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

from django.db.models import Count, Max

from ischia.banks.models import EntrySignal
from ischia.core.signals import Signal, SignalError, large
from ischia.core.signals.types import PHRASE
from ischia.core.text import Phrase, PhraseList

FRESH_SECONDS: Final = 0.5
"""How long a process goes on with the list that it has before it asks whether there is another."""

_NAMES: Final = {field.name for field in fields(Phrase)}


@dataclass(frozen=True, slots=True)
class Listed:
    """The compiled list, and the signal of each of its phrases."""

    phrases: PhraseList
    signals: dict[Phrase, int]


def signal_of(phrase: Phrase) -> Signal:
    """Return the signal of a phrase; raise `SignalError` for one without letters."""
    try:
        PhraseList([phrase])
    except ValueError as error:
        raise SignalError(f"phrase: {error}") from None
    return large(PHRASE, json.dumps(asdict(phrase), sort_keys=True, ensure_ascii=False).encode())


def phrase_of(data: bytes) -> Phrase:
    """Return the phrase that a signal holds; raise `SignalError` for bytes that hold none."""
    try:
        document = json.loads(data)
        near, unless = tuple(document.pop("near")), tuple(document.pop("unless"))
        return Phrase(**{name: document[name] for name in _NAMES - {"near", "unless"}}, near=near, unless=unless)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SignalError(f"phrase: these bytes are none ({error})") from None


class _Current:
    """What this process knows; a thread that finds another version compiles it while the others go on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listed: Listed | None = None
        self._version: tuple[int, int] = (0, 0)
        self._asked = float("-inf")

    def get(self) -> Listed | None:
        """Return the list; None while there are no phrases."""
        if time.monotonic() - self._asked > FRESH_SECONDS and self._lock.acquire(blocking=self._listed is None):
            try:
                self._refresh()
            finally:
                self._lock.release()
        return self._listed

    def forget(self) -> None:
        """Ask the database at the next use."""
        self._asked = float("-inf")
        self._listed, self._version = None, (0, 0)

    def _refresh(self) -> None:
        rows = EntrySignal.objects.filter(algorithm=PHRASE.name).exclude(entry__status="retired")
        state = rows.aggregate(count=Count("pk"), last=Max("pk"))
        version = (int(state["count"]), int(state["last"] or 0))
        if version != self._version:
            self._listed = _compiled([(pk, bytes(data)) for pk, data in rows.order_by("pk").values_list("pk", "data")])
            self._version = version
        self._asked = time.monotonic()


def _compiled(rows: Sequence[tuple[int, bytes]]) -> Listed | None:
    signals: dict[Phrase, int] = {}
    for pk, data in rows:
        signals.setdefault(phrase_of(data), pk)
    return Listed(PhraseList(list(signals)), signals) if signals else None


current = _Current()
