"""Ischia's own settings over a data folder that lives as long as the test process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = tempfile.mkdtemp(prefix="ischia-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["ISCHIA_DATA"] = _folder
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / ".cache" / "numba"))

from ischia.settings import *  # noqa: E402, F403
