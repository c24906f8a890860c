"""Ischia finds known terrorist propaganda on an online platform, acts by policy, and proves what it did."""

from __future__ import annotations

__version__ = "0.1.0"
