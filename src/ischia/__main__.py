"""`python -m ischia` is `ischia`."""

from __future__ import annotations

from ischia.cli import main

if __name__ == "__main__":
    main()
