"""What people may do: every permission and role, declared once, and denied unless a role says otherwise.

A view says what it needs with `require(...)`, `signed_in` or `public`, an API operation with `needs_scope`.
`undeclared(urlpatterns)` finds the addresses that say nothing; a house test keeps it empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver
from django_htmx.http import HttpResponseClientRedirect


class Permission(StrEnum):
    """One thing that a person may be allowed to do: `<what>.<act>`; the acts `read` and `media` change nothing."""

    OVERVIEW_READ = "overview.read"
    ITEMS_READ = "items.read"
    ITEMS_MEDIA = "items.media"
    CASES_READ = "cases.read"
    CASES_DECIDE = "cases.decide"
    BANKS_READ = "banks.read"
    BANKS_WRITE = "banks.write"
    HUNTS_START = "hunts.start"
    POLICIES_READ = "policies.read"
    POLICIES_WRITE = "policies.write"
    DECISIONS_READ = "decisions.read"
    DECISIONS_REVERSE = "decisions.reverse"
    LEDGER_READ = "ledger.read"
    SURFACES_READ = "surfaces.read"
    SURFACES_WRITE = "surfaces.write"
    WEBHOOKS_READ = "webhooks.read"
    WEBHOOKS_WRITE = "webhooks.write"
    KEYS_READ = "keys.read"
    KEYS_WRITE = "keys.write"
    PEOPLE_READ = "people.read"
    PEOPLE_WRITE = "people.write"
    JOBS_READ = "jobs.read"
    SETTINGS_READ = "settings.read"

    @property
    def changes_state(self) -> bool:
        """True where holding it lets a person change something."""
        return self.value.rpartition(".")[2] not in {"read", "media"}


class Role(StrEnum):
    """What somebody is here for."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    POLICY_MANAGER = "policy_manager"
    EXCHANGE_MANAGER = "exchange_manager"
    LEGAL_OFFICER = "legal_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


_P = Permission
_REVIEWER = frozenset(
    {
        _P.OVERVIEW_READ, _P.ITEMS_READ, _P.ITEMS_MEDIA, _P.CASES_READ, _P.CASES_DECIDE, _P.BANKS_READ,
        _P.POLICIES_READ, _P.DECISIONS_READ,
    }
)  # fmt: skip
_RECORDS = frozenset(
    {
        _P.OVERVIEW_READ, _P.ITEMS_READ, _P.CASES_READ, _P.BANKS_READ, _P.POLICIES_READ, _P.DECISIONS_READ,
        _P.LEDGER_READ,
    }
)  # fmt: skip
_INSTALLATION = frozenset(
    {_P.SURFACES_READ, _P.WEBHOOKS_READ, _P.KEYS_READ, _P.PEOPLE_READ, _P.JOBS_READ, _P.SETTINGS_READ}
)

ROLES: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.REVIEWER: _REVIEWER,
        Role.LEAD: _REVIEWER | {_P.DECISIONS_REVERSE, _P.BANKS_WRITE, _P.HUNTS_START, _P.LEDGER_READ},
        Role.POLICY_MANAGER: _RECORDS | {_P.ITEMS_MEDIA, _P.BANKS_WRITE, _P.HUNTS_START, _P.POLICIES_WRITE},
        Role.EXCHANGE_MANAGER: frozenset({_P.OVERVIEW_READ, _P.BANKS_READ, _P.BANKS_WRITE, _P.LEDGER_READ}),
        Role.LEGAL_OFFICER: _RECORDS | {_P.ITEMS_MEDIA, _P.DECISIONS_REVERSE},
        # An auditor sees everything that was recorded and none of the content, and changes nothing.
        Role.AUDITOR: _RECORDS | _INSTALLATION,
        # An administrator runs the installation; seeing or judging content takes a second role.
        Role.ADMINISTRATOR: _INSTALLATION
        | {_P.OVERVIEW_READ, _P.LEDGER_READ, _P.SURFACES_WRITE, _P.WEBHOOKS_WRITE, _P.KEYS_WRITE, _P.PEOPLE_WRITE},
    }
)


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """The permissions that come with `roles`; a role that this version does not know grants nothing."""
    known = {role.value for role in Role}
    return frozenset().union(*(ROLES[Role(role)] for role in roles if role in known))


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use an address: anybody, whoever is signed in, holders of a permission, or keys with a scope.

    `read` is the permission or scope for GET and HEAD, `write` the one for every other method; empty means that
    the address does not answer such a request.
    """

    kind: Literal["public", "signed_in", "permission", "scope"]
    read: str = ""
    write: str = ""


View = Callable[..., HttpResponseBase]
_F = TypeVar("_F", bound=Callable[..., Any])
_SAFE = frozenset({"GET", "HEAD"})


def declare(view: _F, access: Access) -> _F:
    """Note on `view` who may use it, for `access_of`; whoever declares also enforces it."""
    view.ischia_access = access  # type: ignore[attr-defined]
    return view


def public(view: _F) -> _F:
    """Declare that anybody may use `view`."""
    return declare(view, Access("public"))


def needs_scope(scope: str) -> Callable[[_F], _F]:
    """Declare that an API operation takes a key with `scope`; the API's authentication enforces it."""
    return lambda view: declare(view, Access("scope", scope, scope))


def signed_in(view: View) -> View:
    """Let only signed-in people use `view`, whatever their roles."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else _ask_to_sign_in(request)

    return declare(guarded, Access("signed_in"))


def require(read: Permission | None = None, *, write: Permission | None = None) -> Callable[[View], View]:
    """Let GET and HEAD through for holders of `read`, other methods for holders of `write`.

    A method without a permission is answered 405, nobody signed in by the way to the sign-in page, and a person
    without the permission by 403. Raises `ValueError` where `write` names a permission that only reads, so that no
    change ever hides behind one.
    """
    if write and not write.changes_state:
        raise ValueError(f"{write} only reads; name the permission for the change that this view makes")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            needed = read if request.method in _SAFE else write
            if needed is None:
                return HttpResponseNotAllowed([*(sorted(_SAFE) if read else ()), *(("POST",) if write else ())])
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            if needed not in permissions_for(request):
                raise PermissionDenied(needed)
            return view(request, *args, **kwargs)

        return declare(guarded, Access("permission", read or "", write or ""))

    return decorate


def permissions_for(request: HttpRequest) -> frozenset[Permission]:
    """What the person behind `request` may do, read from the database once for each request."""
    held: frozenset[Permission] | None = getattr(request, "ischia_permissions", None)
    if held is None:
        from ischia.base.people.queries import roles_of  # Declarations are read before the models are loaded.

        person = request.user
        held = permissions_of(roles_of(person.pk)) if person.is_authenticated else frozenset()
        request.ischia_permissions = held  # type: ignore[attr-defined]
    return held


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """The way to the sign-in page, and from there back to a page, but never into the middle of a change."""
    from django.contrib.auth.views import redirect_to_login  # It imports models, declarations come before them.

    back = request.get_full_path() if request.method in _SAFE else "/"
    redirect = redirect_to_login(back)
    return HttpResponseClientRedirect(redirect.url) if request.headers.get("HX-Request") else redirect


def access_of(view: object) -> list[Access | None]:
    """What `view` declares: one entry, or for a path of the API one for each of its operations."""
    operations = _operations(view)
    return [getattr(declared, "ischia_access", None) for declared in operations or [view]]


def _operations(view: object) -> list[object]:
    """The functions behind a path of django-ninja, which hides them in the closure of the view that it makes."""
    cells = [cell.cell_contents for cell in getattr(view, "__closure__", None) or ()]
    return [operation.view_func for cell in cells for operation in getattr(cell, "operations", ())]


def addresses(patterns: Sequence[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address below `patterns` with its route, included ones too."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route, pattern


def undeclared(patterns: Sequence[URLPattern | URLResolver]) -> list[str]:
    """The routes whose view does not say who may use it; empty in a sound house."""
    return [route for route, pattern in addresses(patterns) if not all(access_of(pattern.callback))]
