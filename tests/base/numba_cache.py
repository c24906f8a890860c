"""Compiled kernels that outlive one test process, so that each does not compile them anew."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def numba_cache() -> Path:
    """`NUMBA_CACHE_DIR`, or a private folder beside the temporary ones."""
    path = Path(os.environ.get("NUMBA_CACHE_DIR") or f"{tempfile.gettempdir()}/ischia-tests-numba-{os.getuid()}")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
