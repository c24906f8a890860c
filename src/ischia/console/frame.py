"""What stands around every page: navigation, theme and density."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ischia.base.permissions import Permission, permissions_for

PAGES: tuple[tuple[str, Permission, Promise], ...] = (
    ("overview", Permission.OVERVIEW_READ, _("Overview")),
    ("cases", Permission.CASES_READ, _("Cases")),
    ("items", Permission.ITEMS_READ, _("Items")),
    ("banks", Permission.BANKS_READ, _("Banks")),
    ("hunts", Permission.HUNTS_START, _("Hunts")),
    ("policy", Permission.POLICIES_READ, _("Policy")),
    ("ledger", Permission.LEDGER_READ, _("Ledger")),
)

PREFERENCES: dict[str, dict[str, Promise]] = {
    "theme": {"auto": _("System theme"), "dark": _("Dark theme"), "light": _("Light theme")},
    "density": {"comfortable": _("Comfortable"), "compact": _("Compact")},
}


@dataclass(frozen=True, slots=True)
class Page:
    """One word of the navigation."""

    name: Promise
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A preference's button: it says what pressing it will bring, and the script walks on through `order`."""

    name: str
    next: str
    label: str
    order: str
    words: str


def frame(request: HttpRequest) -> dict[str, object]:
    """Context of `console/base.html`, for our pages, the error pages and those of the sign-in alike."""
    choices = [_choice(name, preference(request, name)) for name in PREFERENCES]
    values = {name: preference(request, name) for name in PREFERENCES}
    return {"frame": {"pages": pages(request), "choices": choices, **values}}


def preference(request: HttpRequest, name: str) -> str:
    """What the viewer chose for `name`, or the first of its values."""
    values = PREFERENCES[name]
    chosen = request.COOKIES.get(f"ischia_{name}", "")
    return chosen if chosen in values else next(iter(values))


def pages(request: HttpRequest) -> list[Page]:
    """The pages that the viewer may open."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return []
    held = permissions_for(request)
    hrefs = [(word, reverse(f"console:{name}")) for name, needed, word in PAGES if needed in held]
    return [Page(word, href, here=_here(request.path, href)) for word, href in hrefs]


def _here(path: str, href: str) -> bool:
    """Entries belong to banks, and a page's own pages to it."""
    path = path.replace("/entries/", "/banks/").replace("/new-entry/", "/banks/").replace("/new-bank", "/banks")
    return path == href or (href != reverse("console:overview") and path.startswith(href + "/"))


def _choice(name: str, value: str) -> Choice:
    order = list(PREFERENCES[name])
    following = order[(order.index(value) + 1) % len(order)]
    words = "|".join(str(word) for word in PREFERENCES[name].values())
    return Choice(name, following, str(PREFERENCES[name][following]), " ".join(order), words)
