"""The main path through HTTP: screening and look-up against the embedded default, everything durable.

`python bench/bench_main_path.py [ENTRIES]` starts `ischia serve` on a fresh folder, fills a bank with that many PDQ
hashes (default 1,000,000) and 1,000 pictures with their corners, and prints a table. The load generator runs on the
same two cores. In the same run the smallest django-ninja program that inserts one row per request is measured, with
the same durability.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import edits
from bench.bench_http import cpu_seconds, free_port, receive, wait_for

if TYPE_CHECKING:
    from datetime import datetime

    from ischia.banks.models import Bank

SECONDS = 6.0
PICTURES = 1000
CONNECTIONS = 16
TEXT = "A post about nothing in particular: the ferry was late, the sea was calm, and somebody sang. "

Message = Callable[[int], bytes]


def http(path: str, body: bytes, key: str, kind: str = "application/json") -> bytes:
    head = f"POST /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def text_message(key: str, run: str) -> Message:
    def make(number: int) -> bytes:
        parts = [{"id": "body", "type": "text", "text": f"{TEXT}{run} {number}"}]
        body = {"surface": "posts", "id": f"{run}-{number}", "author": f"a{number % 1000}", "parts": parts}
        return http("/screen", json.dumps(body).encode(), key)

    return make


def hash_message(key: str, run: str) -> Message:
    def make(number: int) -> bytes:
        value = np.random.default_rng([number, len(run)]).bytes(32).hex()
        parts = [{"id": "h", "type": "signal", "algorithm": "pdq", "value": value, "quality": 90}]
        body = {"surface": "posts", "id": f"{run}-{number}", "author": "a", "parts": parts}
        return http("/screen", json.dumps(body).encode(), key)

    return make


def lookup_message(key: str) -> Message:
    def make(number: int) -> bytes:
        value = np.random.default_rng(number).bytes(32).hex()
        return http("/lookup", json.dumps({"algorithm": "pdq", "value": value}).encode(), key)

    return make


def picture_message(key: str, run: str) -> Message:
    coarse = np.random.default_rng(7).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    scene = Image.fromarray(coarse).resize((1152, 868), Image.Resampling.BICUBIC)
    target = io.BytesIO()
    scene.save(target, "JPEG", quality=88)
    picture = target.getvalue()

    def make(number: int) -> bytes:
        document = {"surface": "posts", "id": f"{run}-{number}", "author": "a"}
        document["parts"] = [{"id": "p", "type": "image", "file": "p"}]  # type: ignore[assignment]
        body = b'--x\r\nContent-Disposition: form-data; name="submission"\r\n\r\n' + json.dumps(document).encode()
        body += b'\r\n--x\r\nContent-Disposition: form-data; name="p"; filename="p"\r\n\r\n'
        # A comment after the picture makes each file new without changing what it shows.
        body += picture + str(number).encode() + b"\r\n--x--\r\n"
        return http("/screen", body, key, "multipart/form-data; boundary=x")

    return make


def client(port: int, make: Message, numbers: Iterator[int], until: float, times: list[float], every: float) -> None:
    """Closed loop for `every` = 0; else an open loop that sends at fixed instants and counts waiting as latency."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        due = time.perf_counter()
        while time.perf_counter() < until:
            message = make(next(numbers))
            if every:
                due += every
                time.sleep(max(0.0, due - time.perf_counter()))
            start = due if every else time.perf_counter()
            connection.sendall(message)
            receive(connection)
            times.append(time.perf_counter() - start)


class Numbers:
    def __init__(self) -> None:
        self._next, self._lock = 0, threading.Lock()

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._lock:
            self._next += 1
            return self._next


def generate(port: int, make: Message, seconds: float, connections: int, rate: float, pipe: object) -> None:
    until, numbers = time.perf_counter() + seconds, Numbers()
    times: list[float] = []
    every = connections / rate if rate else 0.0
    threads = [
        threading.Thread(target=client, args=(port, make, numbers, until, times, every)) for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(times)  # type: ignore[attr-defined]


def load(
    port: int, make: Message, seconds: float = SECONDS, connections: int = CONNECTIONS, rate: float = 0
) -> list[float]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=generate, args=(port, make, seconds, connections, rate, theirs)
    )
    process.start()
    theirs.close()
    times: list[float] = ours.recv()
    process.join()
    return sorted(times)


@contextmanager
def ischia(folder: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"ISCHIA_DATA": folder, "ISCHIA_PORT": str(port), "ISCHIA_LOG_LEVEL": "error"}
    environment["ISCHIA_REQUESTS_PER_SECOND"] = "100000"
    server = subprocess.Popen([sys.executable, "-m", "ischia", "serve"], env=environment, stdout=subprocess.PIPE)
    try:
        assert server.stdout
        for line in server.stdout:
            if line.startswith(b"ready"):
                break
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def prepare(folder: str, entries: int) -> str:
    """Migrate, make a key and a surface, fill a bank, and build its segment, through the product's own verbs."""
    script = f"import bench.bench_main_path as b; b.fill({entries})"
    environment = os.environ | {"ISCHIA_DATA": folder, "ISCHIA_LOG_LEVEL": "error"}
    output = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)
    return output.stdout.strip().splitlines()[-1]


def fill(entries: int) -> None:
    from ischia.cli import set_up

    set_up()
    from ischia.cli.serve import prepare as migrate

    migrate(migrate=True)
    from django.db import transaction

    from ischia.banks.models import Bank, Entry, EntrySignal, EntrySource
    from ischia.base import clock
    from ischia.base.events import Actor
    from ischia.base.keys.verbs import create_key
    from ischia.content.verbs import create_surface
    from ischia.segments.verbs import NewChange, append_changes, publish_segment, sequence_changes

    now, actor = clock.now(), Actor("system", "bench")
    create_surface(name="posts", audience="public", when_silent="publish", actor=actor, now=now)
    _, key = create_key(name="bench", scopes=("screen", "matches:read", "banks"), actor=actor, now=now)
    values = np.random.default_rng(1).integers(0, 256, (entries, 32), dtype=np.uint8)
    with transaction.atomic():
        bank = Bank.objects.create(name="bench", purpose="bench", acting=True, created_at=now)
        entry = Entry.objects.create(bank=bank, label="bench", context="any", status="active", created_at=now)
        EntrySource.objects.create(entry=entry, name="bench", added_at=now)
        for start in range(0, entries, 50_000):
            rows = [
                EntrySignal(
                    pk=start + n + 1, entry=entry, algorithm="pdq", version=1, value=v.tobytes().hex(), quality=90
                )
                for n, v in enumerate(values[start : start + 50_000])
            ]
            EntrySignal.objects.bulk_create(rows, batch_size=5000)
            changes = [
                NewChange(algorithm="pdq", signal=r.pk, value=bytes.fromhex(r.value), quality=90, op="add")
                for r in rows
            ]
            append_changes(changes, now=now)

    def place() -> None:
        while True:
            with transaction.atomic():
                if not sequence_changes(50_000):
                    break

    # Nine tenths of the pictures are in a file, the others in memory as when they have just been added.
    fill_pictures(bank, range(PICTURES * 9 // 10), now)
    place()
    for algorithm in ("pdq", "corners"):
        publish_segment(algorithm=algorithm, now=now, fenced=lambda: None, after=1)
    fill_pictures(bank, range(PICTURES * 9 // 10, PICTURES), now)
    place()
    print(key)


def fill_pictures(bank: Bank, numbers: range, now: datetime) -> None:
    """Add entries with all signals of made-up scenes."""
    from django.db import transaction

    from ischia.banks.models import Entry, EntrySignal, EntrySource
    from ischia.core.vision import entry_signals, reduced
    from ischia.segments.verbs import NewChange, append_changes

    with transaction.atomic():
        for number in numbers:
            scene = edits.scene((480, 400), np.random.default_rng(number))
            entry = Entry.objects.create(bank=bank, label="scene", context="any", status="active", created_at=now)
            EntrySource.objects.create(entry=entry, name="bench", added_at=now)
            signals = entry_signals(reduced(np.asarray(scene.convert("L"))))
            for each in {(signal.algorithm, signal.value): signal for signal in signals}.values():
                row = EntrySignal.objects.create(
                    entry=entry,
                    algorithm=each.algorithm,
                    version=each.version,
                    value=each.value,
                    variant=each.variant,
                    quality=each.quality,
                    data=each.data,
                )
                value = each.data or bytes.fromhex(each.value)
                if each.algorithm in {"pdq", "corners"}:
                    change = NewChange(
                        algorithm=each.algorithm, signal=row.pk, value=value, quality=each.quality, op="add"
                    )
                    append_changes([change], now=now)


def web_process(server: subprocess.Popen[bytes]) -> int:
    """The child of `ischia serve` that answers requests."""
    for child in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split():
        if b"ischia.front" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise RuntimeError("no web process")


def row(table: Table, name: str, pid: int, port: int, make: Message, goal: str, **more: float) -> float:
    load(port, make, seconds=1.0, **{k: v for k, v in more.items() if k == "connections"})  # type: ignore[arg-type]
    before, start = cpu_seconds(pid), time.perf_counter()
    times = load(port, lambda n: make(n + 10_000_000), **more)  # type: ignore[arg-type]
    elapsed, spent = time.perf_counter() - start, cpu_seconds(pid) - before
    cpu = spent / len(times) * 1e6
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    table.add_row(
        name,
        f"{len(times) / elapsed:.0f}",
        f"{cpu:.0f}",
        f"{statistics.median(times) * 1e3:.1f}",
        f"{p99 * 1e3:.1f}",
        goal,
    )
    return cpu


def baseline(table: Table, folder: str) -> float:
    os.environ["BENCH_FOLDER"] = folder
    subprocess.run([sys.executable, "-c", "import bench.http_app as a; a.create_table()"], check=True)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws"]
    command += ["--blocking-threads", "8", "--log-level", "error", "bench.http_app:application"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        body = b'{"text": "a row that somebody wrote"}'
        head = "POST /plain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        message = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        return row(table, "django-ninja, one row", server.pid, port, lambda _: message, "the peer")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def main() -> None:
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    os.chdir(Path(__file__).parents[1])
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    table = Table("request", "per second", "server CPU µs", "p50 ms", "p99 ms", "goal")
    with tempfile.TemporaryDirectory() as folder:
        peer = baseline(table, folder)
    with tempfile.TemporaryDirectory() as folder:
        key, port = prepare(folder, entries), free_port()
        with ischia(folder, port) as server:
            web = web_process(server)
            cpu = row(table, "/screen, text", web, port, text_message(key, "t"), "≥ 300/s")
            row(table, "/screen, hash only", web, port, hash_message(key, "h"), "≥ 300/s")
            row(
                table, "/screen, text, 100/s", web, port, text_message(key, "o"), "p99 ≤ 50 ms", connections=8, rate=100
            )
            row(table, f"/lookup, {entries:,} entries", web, port, lookup_message(key), "≥ 700/s")
            row(
                table,
                "/screen, JPEG of 1 MP, 1,000 pictures known",
                web,
                port,
                picture_message(key, "p"),
                "p50 ≤ 60 ms",
                connections=1,
            )
    Console(width=110).print(table)
    print(f"CPU of a text screening: {cpu / peer:.2f} times the peer's (goal ≤ 2.5)")


if __name__ == "__main__":
    main()
