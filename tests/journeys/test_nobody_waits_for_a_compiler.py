"""After a start, the first content of each kind finds every compiled loop ready."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from numba.core.dispatcher import Dispatcher

from ischia.core.sound import RATE
from ischia.segments import warming
from tests.core.sounds import melody, written
from tests.journeys.conftest import LONG_TEXT, Platform
from tests.journeys.work import run_jobs


def compiled() -> dict[str, int]:
    """How many versions of each compiled loop this process has loaded or made."""
    loops = [each for each in gc.get_objects() if isinstance(each, Dispatcher)]
    return {f"{each.py_func.__module__}.{each.py_func.__name__}": len(each.signatures) for each in loops}


def test_the_first_content_of_each_kind_compiles_nothing(
    platform: Platform, picture: Callable[..., bytes], tmp_path: Path
) -> None:
    warming.start().join(180)
    before = compiled()
    assert len(before) > 40
    platform.screen_text("before", LONG_TEXT * 2)
    platform.screen_picture("p-before", picture(1))
    platform.add_text(LONG_TEXT)
    platform.add_picture(picture(1))
    platform.screen_text("1", LONG_TEXT)
    platform.screen_text("2", "as somebody wrote: " + LONG_TEXT[:200] + " and so on, until the evening came at last")
    platform.screen_picture("3", picture(1, quality=60, size=(300, 225)))
    platform.add_picture(written(melody(1, 20), tmp_path / "known").read_bytes())
    part = {"id": "sound", "type": "audio", "file": "f"}
    heard = platform.send(
        "/screen",
        "submission",
        {"surface": "posts", "id": "4", "author": "a", "parts": [part]},
        f=written(melody(1, 20)[: 12 * RATE], tmp_path / "posted").read_bytes(),
    )
    assert heard.json()["matches"][0]["algorithm"] == "sound"
    run_jobs()
    assert {name: count for name, count in compiled().items() if count > before.get(name, 0)} == {}
