"""The web door: an RSGI application that receives requests under limits and hands complete ones to Django's threads.

A thread is taken only by a request whose head and body have arrived in good order, in bounded size and time, from a
client within its rate. Everything before that happens on the event loop; nothing after it waits for a client.
"""

from __future__ import annotations

from ischia.front.app import Front
from ischia.front.limits import Limits

__all__ = ["Front", "Limits"]
