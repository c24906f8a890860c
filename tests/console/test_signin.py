from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.models import Session
from django.test import Client

from ischia.base import clock
from ischia.base.config import config
from ischia.base.events import SYSTEM, EventRow
from ischia.base.people import verbs
from ischia.base.people.models import Person, SignInLink
from ischia.console.accounts import session
from tests.console.signin import CODE, ENROL, Phone, make_link, make_person, phone, recovery_codes, sign_in

__all__ = ["phone"]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.console.signin_urls")]

PASSWORD = "a long benign passphrase"


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 over less memory: what it costs is not what is tested."""
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 1024)


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config().model_copy(update={"demo": True})
    monkeypatch.setattr(session, "config", lambda: settings)


def inside(client: Client, **extra: Any) -> bool:
    return client.get("/", **extra).content.startswith(b"in;")


def kinds() -> list[str]:
    return list(EventRow.objects.order_by("id").values_list("kind", flat=True))


def give_password(person: Person) -> None:
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])


def log_in(client: Client, *, password: str = PASSWORD, address: str = "198.51.100.1") -> Any:
    return client.post("/accounts/sign-in/", {"login": "alice@example.org", "password": password}, REMOTE_ADDR=address)


def test_opening_a_link_uses_nothing_up_and_its_button_signs_in(client: Client) -> None:
    link = make_link(make_person("reviewer"))
    for _ in range(3):
        assert b"alice@example.org" in client.get(link).content
        client.head(link)
    assert "_auth_user_id" not in client.session
    assert client.post(link).status_code == 302
    assert "_auth_user_id" in client.session
    assert client.post(link).status_code == 410
    assert client.get(link).status_code == 410


def test_a_link_ends_after_fifteen_minutes_or_with_its_person(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person("reviewer")
    old, other = make_link(person), make_link(person)
    later = clock.now() + timedelta(minutes=15)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.get(old).status_code == client.post(old).status_code == 410
    monkeypatch.undo()
    verbs.deactivate(person=person, actor=SYSTEM, now=clock.now())
    assert client.get(other).status_code == client.post(other).status_code == 410
    assert client.post("/accounts/link/nonsense/").status_code == 410
    assert not SignInLink.objects.filter(used_at__isnull=False).exists()


def test_the_button_needs_the_pages_form_token() -> None:
    client = Client(enforce_csrf_checks=True)
    link = make_link(make_person("reviewer"))
    assert client.post(link).status_code == 403
    token = client.get(link).context["csrf_token"]
    assert client.post(link, {"csrfmiddlewaretoken": str(token)}).status_code == 302


def test_without_a_second_factor_a_person_gets_to_the_enrolment_page_and_nowhere_else(
    client: Client, phone: Phone
) -> None:
    person = make_person("administrator", "lead")
    client.post(make_link(person))
    for page in (
        "/",
        "/test/banks",
        "/accounts/second-factor/",
        "/accounts/password/set/",
        "/accounts/second-factor/recovery/",
    ):
        for response in (client.get(page), client.post(page)):
            assert (response.status_code, response["Location"]) == (302, ENROL), page
    assert phone.enrol(client, person).status_code == 302
    assert inside(client)


def test_recovery_codes_follow_enrolment_and_each_works_once(client: Client, phone: Phone) -> None:
    person = make_person("reviewer")
    client.post(make_link(person))
    codes = recovery_codes(client.get(phone.enrol(client, person)["Location"]))
    assert len(codes) == 10
    assert "people.second_factor_added" in kinds()
    for expected in (True, False):
        other = Client()
        other.post(make_link(person))
        other.post(CODE, {"code": f"{codes[0][:4]} {codes[0][4:]}"})
        assert inside(other) == expected


def test_a_link_asks_an_enrolled_person_for_a_code(client: Client, phone: Phone) -> None:
    person = sign_in(Client(), phone, "reviewer")
    phone.tick()
    assert client.post(make_link(person.id))["Location"] == CODE
    assert not inside(client)
    client.post(CODE, {"code": "000000"})
    assert not inside(client)
    client.post(CODE, {"code": phone.code(person.id)})
    assert inside(client)


@pytest.mark.parametrize(
    "spelling", ["{}", " {}", "{0[0]} {0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}", "full", "arabic", "\u200f{}\u00a0"]
)
def test_a_used_code_is_refused_in_every_spelling_and_a_fresh_one_accepted(phone: Phone, spelling: str) -> None:
    def spelled(code: str) -> str:
        base = {"full": 0xFF10, "arabic": 0x0660}.get(spelling)
        return "".join(chr(base + int(digit)) for digit in code) if base else spelling.format(code)

    person = sign_in(Client(), phone, "reviewer")
    phone.tick()
    for first, second, expected in (("{}", spelling, False), (spelling, "{}", False)):
        phone.tick()
        code = phone.code(person.id)
        fresh, again = Client(), Client()
        fresh.post(make_link(person.id))
        fresh.post(CODE, {"code": code if first == "{}" else spelled(code)})
        assert inside(fresh)
        again.post(make_link(person.id))
        again.post(CODE, {"code": code if second == "{}" else spelled(code)})
        assert inside(again) == expected


def test_a_code_is_refused_once_it_or_a_later_one_was_used(phone: Phone) -> None:
    person = sign_in(Client(), phone, "reviewer")
    enrolled_with = phone.code(person.id)
    phone.tick()
    for code, expected in (
        (enrolled_with, False),
        (phone.code(person.id, steps=1), True),
        (phone.code(person.id), False),
    ):
        client = Client()
        client.post(make_link(person.id))
        client.post(CODE, {"code": code})
        assert inside(client) == expected


def test_guessing_codes_is_slowed_down(phone: Phone, client: Client) -> None:
    person = sign_in(Client(), phone, "reviewer")
    phone.tick()
    client.post(make_link(person.id))
    for _ in range(5):
        client.post(CODE, {"code": "000000"})
    client.post(CODE, {"code": phone.code(person.id)})
    assert not inside(client)


def test_the_seed_of_the_codes_is_not_readable_in_the_database(phone: Phone) -> None:
    from allauth.mfa.models import Authenticator

    person = sign_in(Client(), phone, "reviewer")
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert phone.secrets[person.id] not in stored
    assert "gAAAA" in stored


def test_a_session_that_never_showed_the_factor_must_show_it_once_there_is_one(phone: Phone) -> None:
    person = make_person("reviewer")
    first, second = Client(), Client()
    first.post(make_link(person))
    second.post(make_link(person))
    phone.enrol(first, person)
    assert second.get("/")["Location"] == "/accounts/second-factor/again/"
    phone.tick()
    second.post("/accounts/second-factor/again/", {"code": phone.code(person)})
    assert inside(second)


def test_removing_the_factor_sends_every_session_back_to_enrolment(client: Client, phone: Phone) -> None:
    sign_in(client, phone, "reviewer")
    assert client.post("/accounts/second-factor/remove/").status_code == 302
    assert client.get("/")["Location"] == ENROL


def test_the_demos_link_needs_no_second_factor_and_says_so(client: Client, demo: None) -> None:
    person = make_person("reviewer")
    assert client.post(make_link(person, without_second_factor=True))["Location"] == "/"
    assert b"banner=True" in client.get("/").content


@pytest.mark.parametrize(
    "elsewhere",
    [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, {"HTTP_FORWARDED": "for=192.0.2.7"}],
)
def test_the_demos_session_is_worth_nothing_from_elsewhere(
    client: Client, demo: None, elsewhere: dict[str, Any]
) -> None:
    person = make_person("reviewer")
    client.post(make_link(person, without_second_factor=True))
    assert inside(client)
    assert client.get("/", **elsewhere)["Location"] == ENROL
    other = Client()
    other.post(make_link(person, without_second_factor=True), **elsewhere)
    assert other.get("/", **elsewhere)["Location"] == ENROL
    assert other.get("/")["Location"] == ENROL


def test_outside_of_a_demo_no_link_waives_the_second_factor(client: Client) -> None:
    client.post(make_link(make_person("reviewer"), without_second_factor=True))
    assert client.get("/")["Location"] == ENROL


def test_in_a_demo_an_ordinary_link_still_needs_the_second_factor(client: Client, demo: None) -> None:
    client.post(make_link(make_person("reviewer")))
    assert client.get("/")["Location"] == ENROL


def test_signing_in_changes_the_session_key_and_forgets_who_was_there(client: Client, phone: Phone) -> None:
    client.get("/accounts/sign-in/")
    fixed = client.session
    fixed["planted"] = "by somebody"
    fixed.save()
    client.cookies["sessionid"] = fixed.session_key
    sign_in(client, phone, "reviewer")
    before = client.session.session_key
    assert before != fixed.session_key
    assert not Session.objects.filter(session_key=fixed.session_key).exists()
    other = make_person("auditor", email="bob@example.org")
    client.post(make_link(other))
    assert client.session.session_key != before
    assert client.session["_auth_user_id"] == str(other)
    assert client.get("/")["Location"] == ENROL


def test_using_a_link_ends_the_session_that_was_open_and_starts_from_nothing(client: Client, phone: Phone) -> None:
    person = sign_in(client, phone, "reviewer")
    client.post(make_link(person.id))
    assert not inside(client), "the code that the old session showed is not the new one's"
    phone.tick()
    client.post(CODE, {"code": phone.code(person.id)})
    assert inside(client)
    client.post(make_link(make_person("auditor", email="bob@example.org")))
    leaf = EventRow.objects.filter(kind="people.signed_in").order_by("id").last()
    assert leaf is not None
    assert '"methods":["link"]' in leaf.leaf


def test_a_deactivated_person_is_out_at_the_next_request_and_stays_out(client: Client, phone: Phone) -> None:
    person = sign_in(client, phone, "administrator")
    give_password(person)
    client.post(make_link(person.id))
    phone.tick()
    client.post(CODE, {"code": phone.code(person.id)})
    assert inside(client)
    verbs.deactivate(person=person.id, actor=SYSTEM, now=clock.now())
    assert client.get("/").status_code == 302
    Person.objects.update(is_active=True)
    assert not inside(client)
    log_in(client)
    assert not inside(client)


def test_resetting_the_factor_ends_all_sessions(client: Client, phone: Phone) -> None:
    person = sign_in(client, phone, "reviewer")
    verbs.remove_second_factors(person=person.id, actor=SYSTEM, now=clock.now())
    assert "/accounts/sign-in/" in client.get("/")["Location"]
    client.post(make_link(person.id))
    assert client.get("/")["Location"] == ENROL


@pytest.mark.parametrize(
    ("idle", "turns", "expected"), [(119, 1, True), (121, 1, False), (90, 7, True), (90, 8, False)]
)
def test_a_session_ends_after_two_idle_hours_or_twelve_in_all(
    *, client: Client, phone: Phone, monkeypatch: pytest.MonkeyPatch, idle: int, turns: int, expected: bool
) -> None:
    sign_in(client, phone, "reviewer")
    instant = clock.now()

    def now() -> datetime:
        return instant

    monkeypatch.setattr(clock, "now", now)
    seen = True
    for _ in range(turns):
        instant += timedelta(minutes=idle)
        seen = inside(client)
    assert seen == expected


def test_a_password_can_be_set_and_then_signs_in_with_a_code(client: Client, phone: Phone) -> None:
    person = sign_in(client, phone, "reviewer")
    short = client.post("/accounts/password/set/", {"password1": "short", "password2": "short"})
    assert short.status_code == 200
    done = client.post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    assert done["Location"] == "/accounts/second-factor/"
    assert inside(client)
    assert Person.objects.get().password.startswith("argon2$argon2id")
    assert b"Change password" in client.get("/accounts/second-factor/").content
    phone.tick()
    other = Client()
    assert log_in(other)["Location"] == CODE
    assert not inside(other)
    other.post(CODE, {"code": phone.code(person.id)})
    assert inside(other)
    assert "people.password_changed" in kinds()


def test_failures_lock_one_address_out_of_one_account_and_nobody_else(client: Client, phone: Phone) -> None:
    person = sign_in(client, phone, "reviewer")
    give_password(person)
    client.post(make_link(person.id))
    phone.tick()
    client.post(CODE, {"code": phone.code(person.id)})
    attacker = Client()
    answers = [log_in(attacker, password="wrong") for _ in range(6)]
    assert answers[4].status_code == 429
    assert b"Too many attempts" in answers[4].content
    assert "Location" not in log_in(attacker)
    assert inside(client), "a session is never locked out"
    assert log_in(Client(), address="203.0.113.9")["Location"] == CODE
    assert Client().post(make_link(person.id))["Location"] == CODE


def test_nobody_signs_up_and_unknown_addresses_look_like_wrong_passwords(client: Client, phone: Phone) -> None:
    for page in ("signup", "email", "password/reset", "confirm-email"):
        assert client.get(f"/accounts/{page}/").status_code == 404
    give_password(Person.objects.get(id=make_person("reviewer")))
    known = log_in(client, password="wrong").context["form"].errors
    form = {"login": "nobody@example.org", "password": "wrong"}
    assert client.post("/accounts/sign-in/", form).context["form"].errors == known


def test_signing_in_is_recorded_with_its_methods_and_without_names(client: Client, phone: Phone) -> None:
    person = sign_in(client, phone, "reviewer")
    phone.tick()
    client.post("/accounts/sign-out/")
    client.post(make_link(person.id))
    client.post(CODE, {"code": phone.code(person.id)})
    assert [kind for kind in kinds() if kind == "people.signed_in"] == ["people.signed_in"] * 2
    leaf = EventRow.objects.filter(kind="people.signed_in").order_by("id").last()
    assert leaf is not None
    assert '"methods":["link","mfa"]' in leaf.leaf
    everything = "".join(EventRow.objects.values_list("leaf", flat=True))
    assert str(person.id) not in everything
    assert "alice" not in everything


def test_every_page_of_signing_in_can_be_seen(client: Client, phone: Phone) -> None:
    assert client.get("/accounts/sign-in/").status_code == 200
    assert client.get("/accounts/inactive/").status_code == 200
    sign_in(client, phone, "reviewer")
    for page in (
        "second-factor",
        "second-factor/remove",
        "second-factor/recovery",
        "second-factor/recovery/new",
        "second-factor/again",
        "sign-out",
        "password/set",
    ):
        assert client.get(f"/accounts/{page}/").status_code == 200, page
