"""`ischia worker`: one process that runs jobs and keeps the loops going."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

app = typer.Typer(help="Run jobs and keep the loops going until SIGTERM or Ctrl-C.", invoke_without_command=True)


@app.callback()
def worker(
    threads: Annotated[int, typer.Option(min=1, max=256, help="Jobs that run at once.")] = 4,
    network_threads: Annotated[int, typer.Option(min=1, max=256, help="Deliveries that run at once.")] = 8,
) -> None:
    """Work until told to stop; then finish what runs, or give it back after ten seconds."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_worker(stop, threads=threads, network_threads=network_threads)


def run_worker(stop: threading.Event, *, threads: int = 4, network_threads: int = 8) -> None:
    """Run one worker in this process until `stop`; Django must be set up."""
    from ischia.base.jobs.worker import Worker

    Worker(threads=threads, network_threads=network_threads).run(stop)
