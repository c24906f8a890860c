"""What screening runs is compiled before somebody waits for it, by one process at a time."""

from __future__ import annotations

import fcntl
import threading

import pytest

from ischia.base import clock
from ischia.base.config import config
from ischia.segments import warming
from ischia.segments.jobs import follow, missing


def test_a_process_starts_to_warm_once() -> None:
    assert warming.start() is warming.start()


def test_a_process_waits_while_another_one_compiles_the_same() -> None:
    warmed = threading.Event()
    with (config().folder("cache") / "kernels.lock").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting = threading.Thread(target=warming.warm_once, args=(warmed.set,))
        waiting.start()
        assert not warmed.wait(0.2)
    waiting.join(20)
    assert warmed.is_set()


def test_what_cannot_be_compiled_is_logged_and_keeps_nothing_else_from_being_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready: list[str] = []

    def broken() -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(warming, "KERNELS", (("broken", broken), ("next", lambda: ready.append("next"))))
    warming._warm_all()
    assert ready == ["next"]


def test_a_process_is_not_ready_while_it_compiles(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    thread = threading.Thread(target=released.wait, args=(20,))
    thread.start()
    monkeypatch.setattr(warming, "_threads", [thread])
    follow(now=clock.now())
    assert missing() == "compiling, which takes a minute at the first start"
    released.set()
    thread.join(20)
    assert missing() is None
