from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ischia.base import clock
from ischia.base.config import config
from ischia.base.events import SYSTEM, EventOpening, EventRow
from ischia.base.people import queries, verbs
from ischia.base.people.models import Person, RoleGrant, SignInLink
from ischia.base.people.tokens import plain_code
from ischia.cli.user import app

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEAST = timedelta(microseconds=1)


def make(email: str = "alice@example.org", **changes: Any) -> UUID:
    return verbs.create_person(**{"email": email, "roles": ["reviewer"], "actor": SYSTEM, "now": NOW} | changes)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "400", "TERM": "dumb"})


@pytest.mark.django_db
def test_a_person_has_the_roles_they_were_given() -> None:
    make(roles=["lead", "auditor", "lead"], name="Alice")
    person = queries.find_person(" ALICE@example.org ")
    assert (person.roles, person.name, person.active, person.second_factor) == (
        ("auditor", "lead"),
        "Alice",
        True,
        False,
    )
    assert not Person.objects.get().has_usable_password()


@pytest.mark.django_db
def test_what_cannot_be_a_person_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(verbs.UnknownRoleError, match="there is no role 'root'; valid roles are reviewer, lead"):
        make(roles=["root"])
    with pytest.raises(ValueError, match="'alice' is not an e-mail address"):
        make(email="alice")
    assert not Person.objects.exists()
    make()
    with pytest.raises(verbs.PersonExistsError, match="exists already"):
        make(email="Alice@Example.org")
    with pytest.raises(queries.UnknownPersonError, match="ischia user list"):
        queries.find_person("bob@example.org")
    for verb in (verbs.grant_role, verbs.revoke_role):
        with pytest.raises(queries.UnknownPersonError):
            verb(person=uuid4(), role="lead", actor=SYSTEM, now=NOW)
    assert EventRow.objects.count() == 2


@pytest.mark.django_db
def test_roles_come_and_go_and_each_change_is_recorded_once() -> None:
    person = make(roles=[])
    assert verbs.grant_role(person=person, role="lead", actor=SYSTEM, now=NOW)
    assert not verbs.grant_role(person=person, role="lead", actor=SYSTEM, now=NOW)
    assert queries.roles_of(person) == {"lead"}
    assert verbs.revoke_role(person=person, role="lead", actor=SYSTEM, now=NOW)
    assert not verbs.revoke_role(person=person, role="lead", actor=SYSTEM, now=NOW)
    assert not RoleGrant.objects.exists()
    kinds = list(EventRow.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["people.created", "people.role_granted", "people.role_revoked"]


@pytest.mark.django_db
def test_who_a_person_is_enters_the_ledger_only_as_commitments() -> None:
    person = make(name="Alice Example")
    verbs.make_sign_in_link(person=person, now=NOW)
    verbs.deactivate(person=person, actor=SYSTEM, now=NOW)
    leaves = "".join(EventRow.objects.values_list("leaf", flat=True))
    for personal in (str(person), "alice", "Alice Example"):
        assert personal not in leaves
    openings = set(EventOpening.objects.values_list("path", "value"))
    assert {
        ("data.email", "alice@example.org"),
        ("data.name", "Alice Example"),
        ("data.person", str(person)),
    } <= openings
    assert json.loads(EventRow.objects.get(kind="people.role_granted").leaf)["data"]["role"] == "reviewer"


@pytest.mark.django_db
def test_a_link_is_kept_only_as_a_digest_and_works_once_within_fifteen_minutes() -> None:
    person = make()
    token = verbs.make_sign_in_link(person=person, now=NOW)
    assert token.encode() not in bytes(SignInLink.objects.get().digest)
    last = NOW + timedelta(minutes=15) - LEAST
    assert queries.find_link(token, last)
    assert queries.find_link(token, last + LEAST) is None
    assert verbs.use_sign_in_link(token=token, now=last + LEAST) is None
    used = verbs.use_sign_in_link(token=token, now=last)
    assert used is not None
    assert used.person.id == person
    assert verbs.use_sign_in_link(token=token, now=last) is None
    assert queries.find_link(token, last) is None


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uses_of_a_link_one_signs_in() -> None:
    token = verbs.make_sign_in_link(person=make(), now=NOW)

    def use(_: int) -> bool:
        try:
            return verbs.use_sign_in_link(token=token, now=NOW) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(16))) == 1
    assert EventRow.objects.filter(kind="people.link_used").count() == 1


@pytest.mark.django_db
def test_deactivating_ends_links_and_happens_once() -> None:
    person = make()
    token = verbs.make_sign_in_link(person=person, now=NOW)
    assert verbs.deactivate(person=person, actor=SYSTEM, now=NOW)
    assert not verbs.deactivate(person=person, actor=SYSTEM, now=NOW)
    assert verbs.use_sign_in_link(token=token, now=NOW) is None
    with pytest.raises(queries.UnknownPersonError, match="was deactivated"):
        verbs.make_sign_in_link(person=person, now=NOW)


@pytest.mark.django_db
def test_a_step_is_spent_once_and_never_after_a_later_one() -> None:
    person, other = make(), make(email="bob@example.org")
    assert [verbs.spend_code(person=person, step=step) for step in (100, 100, 99, 101, 100)] == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert verbs.spend_code(person=other, step=100)


@pytest.mark.parametrize(
    "typed", ["123456", " 123 456\n", "123-456", "１２３４５６", "١٢٣٤٥٦", "۱۲۳۴۵۶", "\u200f123\u00a0456\u200e"]
)
def test_a_code_has_one_form_whatever_the_keyboard(typed: str) -> None:
    assert plain_code(typed) == "123456"


@given(st.text())
def test_the_plain_form_is_final(typed: str) -> None:
    assert plain_code(plain_code(typed)) == plain_code(typed)


@pytest.mark.django_db
def test_what_is_over_is_forgotten_and_what_is_not_is_kept() -> None:
    person = make()
    for age in (timedelta(0), timedelta(days=2)):
        verbs.make_sign_in_link(person=person, now=NOW - age)
        Session.objects.create(
            session_key=f"key{age.days}", session_data="", expire_date=NOW + timedelta(hours=1) - age
        )
        attempt = AccessAttempt.objects.create(
            username="a@example.org", user_agent=f"{age.days}", failures_since_start=age.days
        )
        AccessAttempt.objects.filter(id=attempt.id).update(attempt_time=NOW - age)
    assert verbs.forget_expired(now=NOW) == 3
    assert Session.objects.get().session_key == "key0"
    assert SignInLink.objects.get().expires_at > NOW
    assert AccessAttempt.objects.get().failures_since_start == 0


@pytest.mark.django_db
def test_the_commands_let_somebody_in_and_shut_them_out() -> None:
    created = run("create", "alice@example.org", "--role", "reviewer", "--role", "lead", "--name", "Alice")
    assert "ischia user link alice@example.org" in created.stdout
    run("revoke", "alice@example.org", "--role", "lead")
    assert (
        run("grant", "alice@example.org", "--role", "auditor").stdout == "alice@example.org is now auditor, reviewer\n"
    )
    (row,) = json.loads(run("list", "--json").stdout)
    assert (row["roles"], row["active"], row["second_factor"]) == (["auditor", "reviewer"], True, False)
    assert run("deactivate", "alice@example.org").stdout == "deactivated\n"
    assert "alice@example.org  deactivated  auditor,reviewer  no second factor yet" in run("list").stdout


@pytest.mark.django_db
@pytest.mark.urls("ischia.console.accounts.urls")
def test_the_link_command_prints_the_full_address_of_a_working_link() -> None:
    run("create", "alice@example.org", "--role", "reviewer")
    printed = run("link", "alice@example.org").stdout.strip()
    start = f"{config().base_url}/link/"
    assert printed.startswith(start)
    link = queries.find_link(printed.removeprefix(start).strip("/"), clock.now())
    assert link is not None
    assert not link.without_second_factor


@pytest.mark.django_db
def test_the_commands_say_what_is_wrong_and_exit_with_2() -> None:
    for arguments, message in (
        (("create", "alice@example.org", "--role", "root"), "valid roles are reviewer"),
        (("link", "bob@example.org"), "ischia user list"),
        (("reset-factor", "bob@example.org"), "ischia user list"),
    ):
        done = run(*arguments)
        assert done.exit_code == 2, arguments
        assert message in done.stderr
