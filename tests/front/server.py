"""`python -m tests.front.server PORT LIMITS`: the front with the tests' site, and limits given as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.front.settings"
    import django

    django.setup()
    from ischia.base import logs
    from ischia.base.config import config
    from ischia.front import Front, Limits
    from ischia.front.server import serve

    logs.configure(config())
    limits = Limits(**json.loads(sys.argv[2]))
    with tempfile.TemporaryDirectory() as spool:
        front = Front(limits, Path(spool))
        asyncio.run(serve(front, host="127.0.0.1", port=int(sys.argv[1]), limits=limits))


if __name__ == "__main__":
    main()
