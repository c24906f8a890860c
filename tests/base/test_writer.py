from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from ischia.base import writer
from ischia.base.people.models import Person, RoleGrant
from ischia.base.writer import Writer, WriterBusy, WriterDied

NOW = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="writes are grouped on SQLite only"),
]


@pytest.fixture
def grouped() -> Iterator[Writer]:
    writer.start()
    assert writer._writer is not None
    yield writer._writer
    writer.stop()


def person(email: str) -> Callable[[], Person]:
    return lambda: Person.objects.create(email=email, created_at=NOW)


def together(held: Writer, *calls: Callable[[], object]) -> list[Future[object]]:
    """Make calls that are certain to share a group: the first blocks until all others wait."""
    everyone_waits, first_runs = threading.Event(), threading.Event()

    def first() -> None:
        first_runs.set()
        assert everyone_waits.wait(10)

    with ThreadPoolExecutor(len(calls) + 1) as threads:
        blocker = threads.submit(writer.write, first)
        assert first_runs.wait(10)
        futures = [threads.submit(writer.write, call) for call in calls]
        while held._waiting.qsize() < len(calls):
            assert not blocker.done()
        everyone_waits.set()
        blocker.exception(10)
    return futures


def test_what_was_written_is_seen_by_another_connection(grouped: Writer) -> None:
    created = writer.write(person("a@example.com"))
    assert Person.objects.get(pk=created.pk).email == "a@example.com"


def test_calls_that_wait_share_one_transaction(grouped: Writer) -> None:
    futures = together(grouped, *(person(f"{number}@example.com") for number in range(10)))
    assert Person.objects.count() == 10
    assert all(isinstance(future.result(), Person) for future in futures)
    assert (grouped.groups, grouped.calls) == (1, 11)


def test_a_group_has_a_largest_size() -> None:
    small = Writer(largest_group=3)
    small.start()
    calls = [threading.Thread(target=small.submit, args=(person(f"{number}@example.com"),)) for number in range(9)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    small.stop()
    assert Person.objects.count() == 9
    assert small.groups >= 3


def test_a_failing_call_is_rolled_back_alone(grouped: Writer) -> None:
    def failing() -> None:
        Person.objects.create(email="lost@example.com", created_at=NOW)
        raise LookupError("mine")

    kept, failed = together(grouped, person("kept@example.com"), failing)
    with pytest.raises(LookupError, match="mine"):
        failed.result()
    assert kept.result()
    assert [entry.email for entry in Person.objects.all()] == ["kept@example.com"]


def test_a_broken_unique_constraint_reaches_only_its_caller(grouped: Writer) -> None:
    first, second = together(grouped, person("same@example.com"), person("same@example.com"))
    outcomes = [future.exception() for future in (first, second)]
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [IntegrityError]
    assert Person.objects.count() == 1


def test_a_foreign_key_that_breaks_at_the_commit_reaches_only_its_caller(grouped: Writer) -> None:
    def orphan() -> None:
        RoleGrant.objects.create(person_id=10**6, role="reviewer", granted_at=NOW)

    kept, failed, other = together(grouped, person("kept@example.com"), orphan, person("other@example.com"))
    assert isinstance(failed.exception(), IntegrityError)
    assert kept.result()
    assert other.result()
    assert Person.objects.count() == 2
    assert not RoleGrant.objects.exists()


def test_a_failed_commit_reaches_everybody(grouped: Writer) -> None:
    def spoil() -> None:
        def commit() -> None:
            raise OperationalError("disk I/O error")

        connection.commit = commit  # type: ignore[method-assign] - the writer's own connection

    outcomes = [future.exception() for future in together(grouped, person("a@example.com"), spoil)]
    assert [str(outcome) for outcome in outcomes] == ["disk I/O error"] * 2
    assert not Person.objects.exists()


def test_hooks_run_after_the_commit_in_the_thread_of_their_caller(grouped: Writer) -> None:
    seen: list[tuple[bool, str]] = []

    def call() -> None:
        Person.objects.create(email="a@example.com", created_at=NOW)
        transaction.on_commit(lambda: seen.append((Person.objects.exists(), threading.current_thread().name)))
        assert not seen

    writer.write(call)
    assert seen == [(True, threading.current_thread().name)]


def test_hooks_of_what_was_rolled_back_do_not_run(grouped: Writer) -> None:
    ran: list[str] = []

    def inner() -> None:
        transaction.on_commit(lambda: ran.append("inner"))
        raise LookupError

    def kept() -> None:
        transaction.on_commit(lambda: ran.append("outer"))
        with pytest.raises(LookupError), transaction.atomic():
            inner()

    outcomes = together(grouped, kept, inner)
    assert outcomes[0].exception() is None
    assert isinstance(outcomes[1].exception(), LookupError)
    assert ran == ["outer"]


def test_an_error_in_a_hook_reaches_its_caller_after_the_other_hooks(grouped: Writer) -> None:
    ran: list[str] = []

    def explode() -> None:
        raise ArithmeticError("in the hook")

    def call() -> None:
        Person.objects.create(email="a@example.com", created_at=NOW)
        transaction.on_commit(explode)
        transaction.on_commit(explode, robust=True)
        transaction.on_commit(lambda: ran.append("mine"))

    def other() -> None:
        transaction.on_commit(lambda: ran.append("other"))

    failed, fine = together(grouped, call, other)
    assert isinstance(failed.exception(), ArithmeticError)
    assert fine.exception() is None
    assert sorted(ran) == ["mine", "other"]
    assert Person.objects.count() == 1


def test_inside_a_transaction_a_write_belongs_to_it(grouped: Writer) -> None:
    with transaction.atomic():
        writer.write(person("a@example.com"))
        transaction.set_rollback(True)
    assert not Person.objects.exists()
    assert grouped.calls == 0


def test_a_write_inside_a_write_is_its_savepoint(grouped: Writer) -> None:
    writer.write(lambda: writer.write(person("a@example.com")))
    assert Person.objects.count() == 1


def test_without_a_writer_a_write_is_a_transaction() -> None:
    with pytest.raises(LookupError):
        writer.write(lambda: (person("a@example.com")(), (_ for _ in ()).throw(LookupError))[0])
    assert not Person.objects.exists()
    assert writer.write(person("b@example.com")).pk


def test_the_callers_context_is_kept(grouped: Writer) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    variable.set("set by the caller")
    assert writer.write(variable.get) == "set by the caller"


def test_a_full_queue_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_PATIENCE_SECONDS", 0.01)
    idle = Writer(longest_queue=1)
    idle._waiting.put(writer._Call(int))
    with pytest.raises(WriterBusy, match="1 writes"):
        idle.submit(int)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_thread_is_noticed_and_replaced(grouped: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = grouped._thread
    assert thread is not None

    def die(_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(grouped, "_commit", die)
    grouped._waiting.put(writer._Call(int))
    thread.join(10)
    assert not writer.alive()
    monkeypatch.undo()
    assert writer.write(person("a@example.com")).pk
    assert writer.alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_calls_of_a_thread_that_ends_hear_of_it(grouped: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(first: object, group: list[object]) -> None:
        group.append(first)
        raise SystemExit

    monkeypatch.setattr(grouped, "_collect", die)
    with pytest.raises(WriterDied):
        writer.write(person("a@example.com"))


def test_a_call_that_raises_system_exit_does_not_end_the_writer(grouped: Writer) -> None:
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        writer.write(leave)
    assert writer.write(person("a@example.com")).pk


def test_stopping_writes_what_waits(grouped: Writer) -> None:
    futures = together(grouped, person("a@example.com"))
    writer.stop()
    assert futures[0].result()
    assert Person.objects.count() == 1
