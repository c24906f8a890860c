"""Deliveries: messages that reach other systems, signed, retried, and resent until they are acknowledged.

Webhooks are the only channel so far. A message is created in the transaction of what it tells, with its job.
"""

from __future__ import annotations

from ischia.base.deliveries.verbs import (
    InvalidEndpointError,
    acknowledge,
    deliver,
    disable_endpoint,
    register_endpoint,
    supersede,
)

__all__ = ["InvalidEndpointError", "acknowledge", "deliver", "disable_endpoint", "register_endpoint", "supersede"]
