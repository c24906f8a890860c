"""Adds up the JUnit files of several test runs into one closing line."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def main(folder: str) -> None:
    """Print `N passed, N failed, N skipped` over all files in `folder`, written by our own pytest just before."""
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for path in sorted(Path(folder).glob("*.xml")):
        for suite in ET.parse(path).getroot().iter("testsuite"):  # noqa: S314
            for name in counts:
                counts[name] += int(suite.get(name, 0))
    bad = counts["failures"] + counts["errors"]
    sys.stdout.write(f"{counts['tests'] - bad - counts['skipped']} passed, {bad} failed, {counts['skipped']} skipped\n")


if __name__ == "__main__":
    main(sys.argv[1])
