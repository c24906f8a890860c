from __future__ import annotations

import re
from pathlib import Path

from ischia.base.events import known_kinds
from ischia.base.keys import events as _keys
from ischia.base.keys.scopes import SCOPES
from ischia.base.people import events as _people
from ischia.base.permissions import ROLES, Permission, Role

FOLDER = Path(__file__).parents[2] / "docs/operate"
PAGE = (FOLDER / "permissions.md").read_text()


def test_the_page_shows_every_permission_of_every_role() -> None:
    (heading,) = re.findall(r"^\| permission \| (.+) \|$", PAGE, re.MULTILINE)
    roles = [Role(name) for name in heading.split(" | ")]
    rows = {
        Permission(name): [cell == "✓" for cell in cells.split(" | ")]
        for name, cells in re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    }
    assert set(roles) == set(Role)
    assert rows == {permission: [permission in ROLES[role] for role in roles] for permission in Permission}


def test_the_page_says_what_each_role_and_scope_is_for() -> None:
    described = dict(re.findall(r"^\| `([a-z_:]+)` \| ([^|]+) \|$", PAGE, re.MULTILINE))
    assert set(described) == {str(name) for name in (*Role, *SCOPES)}
    assert {scope: described[scope] for scope in SCOPES} == SCOPES


def test_roles_that_run_or_audit_the_installation_see_no_content() -> None:
    assert not any(Permission.ITEMS_MEDIA in ROLES[role] for role in (Role.AUDITOR, Role.ADMINISTRATOR))
    assert not any(permission.changes_state for permission in ROLES[Role.AUDITOR])


def test_every_permission_is_held_by_some_role() -> None:
    assert frozenset().union(*ROLES.values()) == set(Permission)


def test_the_page_about_people_lists_every_event_of_people_and_keys() -> None:
    listed = set(re.findall(r"`((?:people|keys)\.[a-z_]+)`", (FOLDER / "people.md").read_text()))
    modules = {_people.__name__, _keys.__name__}
    assert listed == {kind for kind, event in known_kinds().items() if event.__module__ in modules}
