"""Inserts whose SQL is composed once per table, for the few places where the ORM's composing of it is the main cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Field, Model

M = TypeVar("M", bound=Model)


def insert(row: M) -> M:
    """Insert `row`, as `row.save(force_insert=True)` does; sets its key if the database gives it."""
    database = connections[DEFAULT_DB_ALIAS]
    sql, fields, key = _composed(type(row), database.vendor)
    with database.cursor() as cursor:
        cursor.execute(sql, _values(row, fields, database))
        if key:
            row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, database.alias  # noqa: SLF001  What `save` says of a row that is stored.
    return row


def insert_all(rows: Sequence[Model]) -> None:
    """Insert rows of one table; keys that the database gives are not set."""
    if not rows:
        return
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
