"""The composition root: which job handles which event, and what the lower layers call in the upper ones.

Whoever wants to know what happens after something happened reads this file and no other.
"""

from __future__ import annotations


def install() -> None:
    """Fill the registries of the lower layers; called once per process."""
