"""The platform of the journeys, for tests of the API that need more than a key."""

from __future__ import annotations

from tests.journeys.conftest import _cage, _fresh_process, platform

__all__ = ["_cage", "_fresh_process", "platform"]
