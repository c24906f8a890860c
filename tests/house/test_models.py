"""Foreign keys point down, like imports, and the lower table does not know who points at it."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import Field

LAYERS = [
    "core",
    "base",
    "ledger",
    "segments",
    "content",
    "banks",
    "policies",
    "decisions",
    "review",
    "screening",
    "api",
]
# Reads of the console start from the lower row: each revision has at most one screening, and its matches are what a
# list of revisions shows.
KNOWN_FROM_BELOW = {"screening.Screening.revision", "screening.Match.revision"}


def relations() -> list[tuple[str, Field]]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("ischia.")]
    return [
        (f"{model._meta.app_label}.{model.__name__}.{field.name}", field)
        for model in ours
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.model is model
    ]


def across_apps() -> list[tuple[str, Field]]:
    return [
        (label, field)
        for label, field in relations()
        if field.related_model._meta.app_label != field.model._meta.app_label
        and field.related_model.__module__.startswith("ischia.")
    ]


def test_there_are_foreign_keys_to_check() -> None:
    assert len(relations()) > 10
    assert across_apps()


def test_foreign_keys_point_down() -> None:
    upwards = {
        label: field.related_model._meta.label
        for label, field in across_apps()
        if LAYERS.index(field.related_model._meta.app_label) > LAYERS.index(field.model._meta.app_label)
    }
    assert not upwards


def test_a_lower_table_does_not_know_who_points_at_it() -> None:
    known = {label for label, field in across_apps() if not field.remote_field.hidden}
    assert known == KNOWN_FROM_BELOW


def test_there_are_no_many_to_many_fields_that_nobody_recorded() -> None:
    ours = {label for label, field in relations() if field.many_to_many}
    assert {label for label in ours if not label.endswith((".groups", ".user_permissions"))} == set()


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
