"""`python -m ischia.front`: one web process. `ischia serve` starts it and starts it again."""

from __future__ import annotations

import asyncio
import os
import threading

import django
import structlog

from ischia.base import logs
from ischia.base.config import config

log = structlog.get_logger()


def main() -> None:
    """Serve until SIGTERM, with this process's group writer, decode cage and index."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ischia.settings")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(config().folder("cache") / "numba"))
    logs.configure(config())
    django.setup()

    from ischia.base import cage, writer
    from ischia.front import Front, Limits
    from ischia.front.chores import Chores
    from ischia.front.server import serve
    from ischia.segments.jobs import Follower

    writer.start()
    beside = (Follower(), Chores())
    for thread in beside:
        thread.start()
    # Zygotes warm up for a second or more; /readyz says when they are there.
    threading.Thread(target=_start_cage, name="cage", daemon=True).start()
    limits = Limits.of(config())
    front = Front(limits, config().folder("spool"))
    try:
        asyncio.run(serve(front, host=config().host, port=config().port, limits=limits))
    finally:
        for thread in beside:
            thread.stop()
        cage.stop()
        writer.stop()


def _start_cage() -> None:
    from ischia.base import cage

    try:
        cage.start()
    except cage.ZygoteDied as error:
        log.error("the decode cage did not start; it is tried again with the first file", error=str(error))


if __name__ == "__main__":
    main()
