"""The classes of action. None can be written without its reversal and its notice (DESIGN promise 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionClass:
    """What a decision's effect asks of the platform, what undoes it, and what the affected person is told."""

    kind: str
    reversal: str
    notice: str
    hides: bool


REMOVE = ActionClass(kind="remove", reversal="restore", notice="removed", hides=True)
RESTRICT = ActionClass(kind="restrict", reversal="lift_restriction", notice="restricted", hides=True)

CLASSES: Mapping[str, ActionClass] = {cls.kind: cls for cls in (REMOVE, RESTRICT)}
EVERYWHERE = ("*",)


def action_class(effect: str) -> ActionClass:
    """The class of this effect; raises `ValueError` naming those that exist."""
    try:
        return CLASSES[effect]
    except KeyError:
        raise ValueError(f"no action class {effect!r}; there are {', '.join(CLASSES)}") from None
