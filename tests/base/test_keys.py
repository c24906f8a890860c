from __future__ import annotations

import json
import string
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ischia.base.events import SYSTEM, EventRow
from ischia.base.keys import recent, verbs
from ischia.base.keys.models import ApiKey
from ischia.base.keys.queries import authenticate, list_keys
from ischia.base.keys.scopes import SCOPES, Scope, UnknownScopeError
from ischia.base.keys.secret import digest_of, make_secret, prefix_of
from ischia.base.keys.views import KeyView
from ischia.cli.key import app

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
BASE62 = string.digits + string.ascii_letters


@pytest.fixture(autouse=True)
def _nothing_remembered():
    recent.keys.forget()
    recent.take_uses()


def make(**changes: Any) -> tuple[KeyView, str]:
    return verbs.create_key(
        **{"name": "platform", "scopes": ["screen", "items"], "actor": SYSTEM, "now": NOW} | changes
    )


def test_a_key_has_its_prefix_its_secret_and_its_checksum():
    secret = make_secret()
    assert len(secret) == 50
    assert secret.startswith("isk_")
    assert prefix_of(secret) == secret[4:12]


@given(st.integers(4, 49), st.sampled_from(BASE62))
def test_any_single_mistyped_character_is_noticed(place: int, char: str):
    secret = make_secret()
    if secret[place] != char:
        assert prefix_of(secret[:place] + char + secret[place + 1 :]) is None


@given(st.text())
def test_garbage_is_no_key(text: str):
    assert prefix_of(text) is None


@pytest.mark.django_db
def test_a_mistyped_key_is_refused_without_asking_the_database(django_assert_num_queries: Any):
    _, secret = make()
    with django_assert_num_queries(0):
        assert authenticate(secret[:-1] + ("a" if secret[-1] != "a" else "b"), NOW) is None
        assert authenticate(secret + "\n", NOW) is None
        assert authenticate("", NOW) is None


@pytest.mark.django_db
def test_a_key_authenticates_with_its_scopes_and_surfaces():
    made, secret = make(surfaces=["posts"])
    key = authenticate(secret, NOW)
    assert key is not None
    assert key.id == made.id
    assert key.allows("screen")
    assert not key.allows("banks")
    assert key.covers("posts")
    assert not key.covers("avatars")
    everywhere = authenticate(make()[1], NOW)
    assert everywhere is not None
    assert everywhere.covers("anything")


@pytest.mark.django_db
def test_only_the_digest_of_a_key_is_kept():
    _, secret = make()
    row = ApiKey.objects.get()
    assert bytes(row.digest) == digest_of(secret)
    everything = json.dumps(
        [list(map(str, ApiKey.objects.values_list().get())), list(EventRow.objects.values_list("leaf"))]
    )
    assert secret not in everything
    assert secret[12:44] not in everything


@pytest.mark.django_db
def test_a_key_with_the_right_prefix_and_another_secret_is_refused():
    make()
    other = make_secret()
    ApiKey.objects.update(prefix=other[4:12])
    assert authenticate(other, NOW) is None


@pytest.mark.django_db
def test_an_expired_key_is_refused_from_its_instant_on_even_if_it_was_just_read():
    _, secret = make(expires_at=NOW + timedelta(milliseconds=500))
    assert authenticate(secret, NOW)
    assert authenticate(secret, NOW + timedelta(milliseconds=499))
    assert authenticate(secret, NOW + timedelta(milliseconds=500)) is None


@pytest.mark.django_db
def test_within_a_second_a_key_is_not_read_again(django_assert_num_queries: Any):
    _, secret = make()
    with django_assert_num_queries(1):
        for milliseconds in (0, 1, 500, 999):
            assert authenticate(secret, NOW + timedelta(milliseconds=milliseconds))


@pytest.mark.django_db
@pytest.mark.parametrize("later", [timedelta(seconds=1), timedelta(days=3), timedelta(microseconds=-1)])
def test_after_a_second_or_a_clock_step_a_revocation_elsewhere_counts(later: timedelta):
    _, secret = make()
    assert authenticate(secret, NOW)
    ApiKey.objects.update(revoked_at=NOW)  # As another process does it, whose memory we do not share.
    assert authenticate(secret, NOW + timedelta(milliseconds=999))
    assert authenticate(secret, NOW + later) is None


@pytest.mark.django_db
def test_revoking_counts_for_the_next_request_in_this_process():
    made, secret = make()
    assert authenticate(secret, NOW)
    assert verbs.revoke_key(key=made.id, actor=SYSTEM, now=NOW)
    assert authenticate(secret, NOW) is None
    assert not verbs.revoke_key(key=made.id, actor=SYSTEM, now=NOW)


@pytest.mark.django_db
def test_a_read_that_began_before_a_revocation_is_not_believed_after_it():
    made, secret = make()
    stale = authenticate(secret, NOW)
    assert stale is not None
    generation = recent.keys.generation
    verbs.revoke_key(key=made.id, actor=SYSTEM, now=NOW)
    recent.keys.put(digest_of(secret), stale, NOW, generation)
    assert authenticate(secret, NOW) is None


@pytest.mark.django_db
def test_making_and_revoking_are_recorded():
    made, _ = make()
    verbs.revoke_key(key=made.id, actor=SYSTEM, now=NOW)
    leaves = [json.loads(leaf) for leaf in EventRow.objects.order_by("id").values_list("leaf", flat=True)]
    assert [leaf["kind"] for leaf in leaves] == ["keys.created", "keys.revoked"]
    assert {leaf["data"]["key"] for leaf in leaves} == {str(made.id)}


@pytest.mark.django_db
def test_what_cannot_be_a_key_is_refused_with_what_would_be_valid():
    with pytest.raises(
        UnknownScopeError, match=r"unknown scope 'everything'; valid scopes are screen, items, matches:read"
    ):
        make(scopes=["screen", "everything"])
    with pytest.raises(UnknownScopeError, match="no scope was given"):
        make(scopes=[])
    for scope in ("banks", "surfaces", "webhooks"):
        with pytest.raises(ValueError, match=f"{scope} concerns every surface"):
            make(scopes=["screen", scope], surfaces=["posts"])
    with pytest.raises(ValueError, match="needs a name"):
        make(name=" ")
    with pytest.raises(ValueError, match="expired already"):
        make(expires_at=NOW)
    with pytest.raises(verbs.UnknownKeyError, match="ischia key list"):
        verbs.revoke_key(key=uuid4(), actor=SYSTEM, now=NOW)
    assert not ApiKey.objects.exists()
    assert not EventRow.objects.exists()


@pytest.mark.django_db
def test_the_day_of_last_use_is_written_once_a_day_and_not_by_the_request(django_assert_num_queries: Any):
    _, secret = make()
    authenticate(secret, NOW)
    assert ApiKey.objects.get().last_used_on is None
    assert verbs.record_uses() == 1
    assert ApiKey.objects.get().last_used_on == NOW.date()
    recent.keys.forget()
    authenticate(secret, NOW)
    with django_assert_num_queries(0):
        assert verbs.record_uses() == 0
    authenticate(secret, NOW + timedelta(days=1))
    assert verbs.record_uses() == 1


def test_every_scope_says_what_it_is_for():
    assert set(SCOPES) == set(Scope)


@pytest.mark.django_db
def test_the_command_prints_a_working_key_once_as_the_contract_says():
    scopes = "screen,items,matches:read,decisions,ack,banks,surfaces,webhooks,ledger"
    done = CliRunner().invoke(app, ["create", "--name", "N", "--scope", scopes, "--json"])
    printed = json.loads(done.stdout)
    assert set(printed) == {"id", "key", "scopes"}
    assert set(printed["scopes"]) == set(scopes.split(","))
    key = authenticate(printed["key"], datetime.now(UTC))
    assert key is not None
    assert str(key.id) == printed["id"]
    listed = CliRunner().invoke(app, ["list", "--json"])
    assert printed["key"] not in listed.stdout
    assert json.loads(listed.stdout)[0]["state"] == "active"
    assert CliRunner().invoke(app, ["revoke", printed["id"]]).stdout == "revoked\n"
    assert list_keys()[0].revoked_at is not None


@pytest.mark.django_db
def test_the_command_says_which_scopes_are_valid():
    done = CliRunner().invoke(
        app, ["create", "--name", "N", "--scope", "screen,all"], env={"TERM": "dumb", "COLUMNS": "400"}
    )
    assert done.exit_code == 2
    assert "unknown scope 'all'; valid scopes are screen, items" in done.stderr
    assert not ApiKey.objects.exists()


@pytest.mark.django_db
def test_the_command_takes_a_day_or_an_instant_as_expiry():
    for text, expected in (
        ("2999-01-31", datetime(2999, 1, 31, tzinfo=UTC)),
        ("2999-01-31T12:00:00+02:00", datetime(2999, 1, 31, 10, tzinfo=UTC)),
    ):
        CliRunner().invoke(app, ["create", "--name", text, "--scope", "screen", "--expires", text])
        assert ApiKey.objects.get(name=text).expires_at == expected
    done = CliRunner().invoke(
        app, ["create", "--name", "N", "--scope", "screen", "--expires", "soon"], env={"COLUMNS": "400"}
    )
    assert done.exit_code == 2
