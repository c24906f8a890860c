"""What one request, one client and all clients together may cost before a worker thread is taken."""

from __future__ import annotations

from dataclasses import dataclass

from ischia.base.config import Config


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, seconds and counts; every default can be reasoned about from the line that it stands on."""

    threads: int = 8
    body: int = 64 * 2**20
    memory: int = 2**20
    """A body up to this size stays in memory, a larger one goes to a temporary file."""
    target: int = 8192
    """Characters in the path, and in the query."""
    headers: int = 64
    header_bytes: int = 32 * 2**10
    grace: float = 5.0
    """Seconds after which a body must have arrived at `rate` bytes a second on average."""
    rate: int = 1000
    total: float = 300.0
    """Seconds after which a body must be complete, however fast it arrives."""
    readers: int = 1024
    """Bodies that are received at once."""
    waiting: int = 128
    """Complete requests that wait for a thread."""
    spool: int = 1024 * 2**20
    """Bytes in temporary files of all bodies together."""
    per_second: int = 2000
    """Sustained requests of one client address, and of one API key."""
    clients: int = 10_000
    """Client addresses and keys whose rates are remembered."""
    head_seconds: float = 10.0
    """Seconds for a request's head to arrive, and for which an idle connection stays open."""
    connections: int = 8192

    @classmethod
    def of(cls, config: Config) -> Limits:
        """Return the limits of an installation."""
        return cls(
            threads=config.threads,
            body=config.body_limit,
            waiting=16 * config.threads,
            spool=max(1024 * 2**20, 2 * config.body_limit),
            per_second=config.requests_per_second,
        )
