"""Decoders that misbehave in every way that a broken one could; zygotes of the tests import this module."""

# ruff: noqa: PTH123, PTH208, PTH108 - these are attempts at system calls
from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

Answer = tuple[dict[str, Any], dict[str, list[bytes]]]


def warm() -> None:
    """Nothing to load."""


def attempt(path: str, options: dict[str, Any]) -> Answer:
    return {"did": _ATTEMPTS[str(options["what"])](path)}, {}


def _socket(path: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM):
        return "opened a socket"


def _execute(path: str) -> str:
    os.execv("/bin/true", ["true"])


def _spawn(path: str) -> str:
    return str(subprocess.run(["/bin/true"], check=False).returncode)


def _fork(path: str) -> str:
    return f"forked {os.fork()}"


def _thread(path: str) -> str:
    threading.Thread(target=print).start()
    return "started a thread"


def _read_elsewhere(path: str) -> str:
    with open("/etc/passwd", encoding="utf-8") as file:
        return file.read()


def _list_folder(path: str) -> str:
    return " ".join(os.listdir("/"))


def _write(path: str) -> str:
    with open("/tmp/ischia-cage-escape", "w", encoding="utf-8") as file:
        return str(file.write("out"))


def _overwrite_input(path: str) -> str:
    return str(os.open(path, os.O_RDWR))


def _delete(path: str) -> str:
    os.unlink(path)
    return "deleted"


def _trace(path: str) -> str:
    return str(ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0))


def _kill_parent(path: str) -> str:
    os.kill(os.getppid(), signal.SIGKILL)
    return "killed the zygote"


def _map_code(path: str) -> str:
    import mmap

    return str(mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC).size())


def _see_secrets(path: str) -> str:
    return " ".join(sorted(name for name in os.environ if name.startswith(("ISCHIA", "DJANGO"))))


def _open_descriptors(path: str) -> str:
    return " ".join(str(number) for number in range(64) if _is_open(number))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _loop(path: str) -> str:
    while True:
        pass


def _sleep(path: str) -> str:
    signal.pause()
    return threading.Event().wait() and ""


def _eat_memory(path: str) -> str:
    return str(len(bytearray(2**30)))


def _die(path: str) -> str:
    signal.raise_signal(signal.SIGKILL)
    return "still there"


def _crash(path: str) -> str:
    return str(ctypes.string_at(0))


def _exit_quietly(path: str) -> str:
    os._exit(0)


def _flood(path: str) -> str:
    while True:
        os.write(4, b"x" * 65536)


def _lie(path: str) -> str:
    os.write(4, b'\x00\x00\x00\x09{"a":nope}')
    os._exit(0)


def _raise(path: str) -> str:
    raise RuntimeError("line one\nlevel=critical forged=\x1b[31m" + "x" * 5000)


def _read_input(path: str) -> str:
    with open(path, "rb") as file:
        return file.read().decode()


def _modules(path: str) -> str:
    return str("django" in sys.modules)


_ATTEMPTS = {
    name.removeprefix("_"): value
    for name, value in list(globals().items())
    if name.startswith("_") and callable(value) and not name.startswith("__")
}

WORKS = {"attempt": attempt, "slow": attempt}
