"""Compiles every kernel into `NUMBA_CACHE_DIR`: test processes that start at once would each compile all of them."""

from __future__ import annotations

from ischia.core import matching, sound, vision
from ischia.core.signals import pdq
from ischia.core.text import warm as text

for warm in (pdq.warm, matching.warm, vision.warm, sound.warm, text):
    warm()
