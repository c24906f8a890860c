"""Rates of the ledger on this machine: sequencing with signing, receipts, and verification of 100,000 records.

Run with `make bench` or `python bench/bench_ledger.py [RECORDS]`. It works in a temporary data folder on SQLite
(WAL, `synchronous=FULL`), or in a scratch database where `ISCHIA_DATABASE` names one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
BATCH = 200
START = datetime(2026, 3, 1, tzinfo=UTC)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ischia-bench-") as folder:
        os.environ["ISCHIA_DATA"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "ischia.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0)
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    from ischia.core.tlog import Verifier, verify_proof
    from ischia.ledger import keys, queries
    from ischia.ledger.jobs import tick
    from ischia.ledger.verification import verify

    _publish(RECORDS)
    wall, cpu, now = time.perf_counter(), time.process_time(), START
    ticks = 0
    while tick(now=now, holder="bench"):
        now += timedelta(seconds=60)
        ticks += 1
    _row("sequence and sign", RECORDS, wall, cpu, f"{ticks} transactions of 2,000, each with a checkpoint")

    wall, cpu = time.perf_counter(), time.process_time()
    for at in range(BATCH):
        _publish(10)
        tick(now=now + timedelta(seconds=at), holder="bench")
    _row("the same, 10 at a time", BATCH * 10, wall, cpu, "with publishing them, 2 durable transactions each ten")

    key = Verifier.from_string(queries.key())
    tick(now=now + timedelta(hours=1), holder="bench")
    records = queries.records(limit=500)
    wall, cpu = time.perf_counter(), time.process_time()
    receipts = [queries.proof(each.id) for each in records]
    _row("receipts", len(receipts), wall, cpu, f"{len(receipts[0].text):,} characters each")
    wall, cpu = time.perf_counter(), time.process_time()
    for each in receipts:
        verify_proof(each.text, key)
    _row("receipts verified offline", len(receipts), wall, cpu)

    wall, cpu = time.perf_counter(), time.process_time()
    found = verify(verifier=keys.verifier(), progress=lambda _done, _total: None)
    assert found.ok, found.problems[:5]
    _row("verify", found.size, wall, cpu, f"{found.checkpoints} checkpoints, no problem found")
    if (file := folder / "ischia.sqlite3").exists():
        print(f"{'database':28}{file.stat().st_size / found.size:12,.0f} bytes a record, leaf and openings included")


def _publish(count: int) -> None:
    """Publish events of usual size: a leaf of some 600 bytes with one personal value."""
    from dataclasses import dataclass
    from typing import ClassVar

    from django.db import transaction

    from ischia.base.events import SYSTEM, Event, publish

    @dataclass(frozen=True, kw_only=True)
    class Screened(Event):
        kind: ClassVar[str] = "bench.screened"
        personal: ClassVar[tuple[str, ...]] = ("author",)
        author: str
        item: str
        reasons: tuple[str, ...]

    left = count
    while left:
        with transaction.atomic():
            for at in range(min(left, 1000)):
                event = Screened(author=f"author {at}", item=f"posts/{at:08}", reasons=("x" * 60,) * 3)
                publish(event, actor=SYSTEM, now=START)
        left -= min(left, 1000)


def _row(name: str, count: int, wall: float, cpu: float, note: str = "") -> None:
    seconds, used = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:28}{count / seconds:12,.0f} /s {used / count * 1e6:10,.0f} us CPU each   {note}", flush=True)


if __name__ == "__main__":
    main()
