"""Inserts for the few places where the ORM's composing of statements is the main cost.

Their SQL is composed once per table. Where the group writer runs many writes in one transaction it also holds the rows
back (`deferring`), so that each table gets one statement for the whole group.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Field, Model

M = TypeVar("M", bound=Model)
_Sum = tuple[str, tuple[Any, ...]]


class _Held(threading.local):
    """What the thread holds back: rows by table in the order of first use, and sums by statement."""

    deferring = False

    def __init__(self) -> None:
        self.rows: dict[type[Model], list[Model]] = {}
        self.sums: dict[_Sum, int] = {}

    def clear(self) -> None:
        self.rows, self.sums = {}, {}


_held = _Held()


@contextmanager
def deferring() -> Iterator[None]:
    """Hold back inserts and sums of this thread until the end of the block, which must be inside a transaction."""
    _held.deferring = True
    try:
        yield
        flush()
    finally:
        _held.deferring = False
        _held.clear()


def flush() -> None:
    """Write what is held back; to be called before a statement that reads it. Raises what the database raises."""
    rows, sums = _held.rows, _held.sums
    _held.clear()
    for table in rows.values():
        _insert_all(table)
    with connection.cursor() as cursor:
        for (sql, values), amount in sums.items():
            cursor.execute(sql, [*values, amount, amount])


def insert(row: M) -> M:
    """Insert `row`, as `row.save(force_insert=True)` does; a key that the database gives is set at once."""
    database = connections[DEFAULT_DB_ALIAS]
    sql, fields, key = _composed(type(row), database.vendor)
    row._state.adding, row._state.db = False, database.alias  # noqa: SLF001  What `save` says of a row that is stored.
    if _held.deferring and not key:
        _held.rows.setdefault(type(row), []).append(row)
        return row
    with database.cursor() as cursor:
        cursor.execute(sql, _values(row, fields, database))
        if key:
            row.pk = cursor.fetchone()[0]
    return row


def insert_all(rows: Sequence[Model]) -> None:
    """Insert rows of one table; keys that the database gives are not set."""
    if not rows:
        return
    if _held.deferring:
        _held.rows.setdefault(type(rows[0]), []).extend(rows)
    else:
        _insert_all(rows)


def add(sql: str, values: Sequence[Any], amount: int = 1) -> None:
    """Execute `sql` with `values` and twice the amount: to insert it, and to add it where the row is there already."""
    if _held.deferring:
        key = (sql, tuple(values))
        _held.sums[key] = _held.sums.get(key, 0) + amount
        return
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, amount, amount])


def _insert_all(rows: Sequence[Model]) -> None:
    database = connections[DEFAULT_DB_ALIAS]
    sql, fields, key = _composed(type(rows[0]), database.vendor)
    values = [_values(row, fields, database) for row in rows]
    with database.cursor() as cursor:
        cursor.executemany(sql.partition(" RETURNING ")[0] if key else sql, values)


def _values(row: Model, fields: Sequence[Field[Any, Any]], database: BaseDatabaseWrapper) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), database) for field in fields]


@lru_cache(maxsize=64)
def _composed(model: type[Model], _vendor: str) -> tuple[str, tuple[Field[Any, Any], ...], bool]:
    """The statement, its fields in order, and whether the database gives the key."""
    meta, quote = model._meta, connection.ops.quote_name  # noqa: SLF001
    key = isinstance(meta.pk, AutoField)
    fields = tuple(field for field in meta.concrete_fields if not (key and field.primary_key))
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    returning = f" RETURNING {quote(str(meta.pk.column))}" if key else ""
    sql = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({places}){returning}"  # noqa: S608
    return sql, fields, key
