"""A real worker process with a few jobs for the tests; says what it does on stdout. `python -m tests.base.worker_process`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import timedelta


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def register() -> None:
    from django.db import transaction

    from ischia.base.jobs import LeaseLostError, enqueue, job, periodic

    @job("test.note")
    def note(payload, /, *, now, context):
        say("noted", payload["text"])

    @job("test.pause_then_note")
    def pause_then_note(payload, /, *, now, context):
        say("begun", context.token)
        if context.token == 1 or payload.get("always"):
            sys.stdin.readline()  # The first run waits for the test, in mid-task.
        try:
            with transaction.atomic():
                enqueue("test.mark", {"by": context.token}, now=now, run_after=now + timedelta(days=1))
                context.fenced()
        except LeaseLostError:
            say("fenced", context.token)
            raise
        say("written", context.token)

    @job("test.poison")
    def poison(payload, /, *, now, context):
        os.kill(os.getpid(), signal.SIGKILL)

    if "PERIODIC" in os.environ:

        @periodic("test.tick", every=timedelta(hours=1))
        def tick(payload, /, *, now, context):
            say("ticked")


def main() -> None:
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    import django

    django.setup()
    register()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    from ischia.cli.worker import run_worker

    say("ready", os.getpid())
    run_worker(stop, threads=int(os.environ.get("THREADS", "2")), network_threads=1)
    say("stopped")


if __name__ == "__main__":
    main()
