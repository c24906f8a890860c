"""What a session knows: when it began, when it was last used, and whether a second factor was shown in it."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.http import HttpRequest

from ischia.base.config import config
from ischia.base.people.models import Person
from ischia.base.people.queries import has_second_factor

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
_STAMP_EVERY = timedelta(minutes=1)
_BEGAN, _SEEN, _WAIVED = "began", "seen", "without_second_factor"
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def has_session(request: HttpRequest) -> bool:
    """True where the request came with a session cookie; without one nothing needs to be read."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def begin(request: HttpRequest, now: datetime) -> None:
    """Start the clocks of a session."""
    request.session[_BEGAN] = request.session[_SEEN] = now.timestamp()


def is_over(request: HttpRequest, now: datetime) -> bool:
    """True where the session is older than 12 hours, was idle for 2, or comes from the future."""
    began, seen = request.session.get(_BEGAN, 0.0), request.session.get(_SEEN, 0.0)
    age = now.timestamp() - began
    return not (-60 <= age < LONGEST.total_seconds() and now.timestamp() - seen < IDLE.total_seconds())


def stamp(request: HttpRequest, now: datetime) -> None:
    """Note that the session is in use, with at most one write a minute."""
    if now.timestamp() - request.session.get(_SEEN, 0.0) >= _STAMP_EVERY.total_seconds():
        request.session[_SEEN] = now.timestamp()


def showed_second_factor(request: HttpRequest, person: Person) -> bool:
    """True where this session was opened, or reopened, with a factor and the person still has one."""
    shown = any(record["method"] == "mfa" for record in get_authentication_records(request, person))
    return shown and has_second_factor(person.id)


def note_enrolment(request: HttpRequest, person: Person, factor: str) -> None:
    """Whoever just enrolled a factor has shown it; the recovery codes follow without another code."""
    record_authentication(request, person, "mfa", type=factor, reauthenticated=True)


def waive_second_factor(request: HttpRequest) -> None:
    """Mark the session as the demo's."""
    request.session[_WAIVED] = True


def second_factor_is_waived(request: HttpRequest) -> bool:
    """True for the demo's session, and only in a demo and over loopback; asked again at every request."""
    return may_waive(request) and bool(request.session.get(_WAIVED))


def may_waive(request: HttpRequest) -> bool:
    """True in a demo for a request that came over loopback and not through a proxy."""
    return config().demo and over_loopback(request)


def over_loopback(request: HttpRequest) -> bool:
    """True where the peer is this machine and no proxy on it speaks for somebody else."""
    if any(header in request.META for header in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
