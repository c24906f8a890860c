"""The process that forks one confined child for each file: `python -m ischia.base.cage.zygote SOCKET MODULE`.

It has one thread, has loaded and warmed everything that a decoder needs, never reads a foreign byte itself, and ends
when the process that started it ends. One job at a time comes in over a socket, `{"work", "options", "budget"}`, with
two descriptors: the file, and the pipe for the child's answer. What the child did with its life goes back: `{"status",
"cpu", "memory", "timeout"}`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from ischia.base.cage.confine import Budget, confine, separate
from ischia.base.cage.kernel import prctl
from ischia.base.cage.works import Blobs, Work, Works

_PR_SET_PDEATHSIG = 1
_LONGEST_JOB = 4096
_INPUT, _ANSWER = 3, 4


def main() -> None:
    """Warm up, say what the confinement consists of on this kernel, then serve jobs until the socket closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    works = _load(sys.argv[2])
    null = os.open(os.devnull, os.O_RDWR)
    layers = {"namespaces": separate(), **_probe()}
    layers["threads"] = (
        "one" if len(list(Path("/proc/self/task").iterdir())) == 1 else "more than one thread before the fork"
    )
    gc.collect()
    gc.freeze()
    # The parent may be gone before this is ready, or while a child works: then there is nobody to work for.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        control.send(json.dumps({"ready": layers}).encode())
        while _serve(control, null, works, layers):
            pass


def _load(name: str) -> Works:
    module = importlib.import_module(name)
    module.warm()
    works: Works = module.WORKS
    return works


def _probe() -> dict[str, str]:
    """Let a child confine itself, so that the zygote knows what every child has to reach."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            layers = confine(Budget(), os.open(__file__, os.O_RDONLY))
            os.write(writing, json.dumps(layers).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    layers = json.loads(answer) if answer else {"limits": "the probe died"}
    return {str(name): str(state) for name, state in layers.items()}


def _serve(control: socket.socket, null: int, works: Works, layers: dict[str, str]) -> bool:
    message, descriptors, _, _ = socket.recv_fds(control, _LONGEST_JOB, 2)
    if not message or len(descriptors) != 2:
        return False
    job = json.loads(message)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _live(parent, null, descriptors, lambda: _confined(works[job["work"]], job, layers))
    for descriptor in descriptors:
        os.close(descriptor)
    timed_out = _wait(pid, control, float(job["budget"]["wall"]))
    _, status, usage = os.wait4(pid, 0)
    ending = {
        "status": status,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * 1024,
        "timeout": timed_out,
    }
    control.send(json.dumps(ending).encode())
    return True


def _wait(pid: int, control: socket.socket, seconds: float) -> bool:
    """Wait for the child; kill it when its time is over (returns True), or when the parent speaks or is gone."""
    child = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(child, select.POLLIN)
        poll.register(control, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll(seconds * 1000)]
        if child not in ready:
            signal.pidfd_send_signal(child, signal.SIGKILL)
            if ready:
                control.recv(_LONGEST_JOB)
        return not ready
    finally:
        os.close(child)


def _live(parent: int, null: int, descriptors: list[int], run: Callable[[], None]) -> NoReturn:
    """Keep the file and the pipe, make sure to end with the zygote, run, end: the child's whole life."""
    code = 70
    try:
        _keep_only(null, descriptors)
        prctl("parent's death", _PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            run()
            code = 0
    finally:
        os._exit(code)


def _confined(work: Work, job: dict[str, Any], layers: dict[str, str]) -> None:
    """Decode only when every layer that this kernel has is in force."""
    applied = confine(Budget(**job["budget"]), _INPUT)
    if any(layers[name] != state for name, state in applied.items()):
        os._exit(71)
    _answer(*_decode(work, job["options"]))


def _keep_only(null: int, descriptors: list[int]) -> None:
    """Leave the file as 3, the pipe as 4, nothing behind 0 to 2, and no other descriptor."""
    for high, descriptor in zip((64, 65), (*descriptors,), strict=True):
        os.dup2(descriptor, high)
    for number in range(3):
        os.dup2(null, number)
    os.dup2(64, _INPUT)
    os.dup2(65, _ANSWER)
    os.closerange(_ANSWER + 1, os.sysconf("SC_OPEN_MAX"))


def _decode(work: Work, options: dict[str, Any]) -> tuple[dict[str, Any], Blobs]:
    """Whatever a decoder raises is an answer: its reason where it has one, its kind and words where it has none."""
    try:
        return work(f"/proc/self/fd/{_INPUT}", options)
    except MemoryError:
        return {"error": {"reason": "out_of_memory", "detail": "decoding needs more memory than one file may use"}}, {}
    except Exception as error:  # noqa: BLE001 - the child is at its end, and its parent is told what happened
        reason = getattr(error, "reason", "decoder_error")
        detail = getattr(error, "detail", f"{type(error).__name__}: {error}")
        return {"error": {"reason": str(reason), "detail": str(detail)[:500]}}, {}


def _answer(document: dict[str, Any], blobs: Blobs) -> None:
    """Write the length of the document, the document with the lengths of the blobs, the blobs."""
    lengths = {name: [len(blob) for blob in group] for name, group in blobs.items()}
    head = json.dumps(document | {"blobs": lengths}).encode()
    _write(len(head).to_bytes(4, "big") + head)
    for group in blobs.values():
        for blob in group:
            _write(blob)


def _write(content: bytes) -> None:
    waiting = memoryview(content)
    while waiting:
        waiting = waiting[os.write(_ANSWER, waiting) :]


if __name__ == "__main__":
    main()
