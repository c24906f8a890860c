"""Hostile files of every kind through the cage: what becomes of them, and whether anything gets out.

    python bench/hostile.py [--files 1200] [--seed 20261124]

Every file must end in a result or in one of the reasons there are, within its budget, with the decoder processes alive
and no other file opened: the last lines say so.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.base.numba_cache import numba_cache
from tests.hostile import KINDS, cases
from tests.hostile.trial import RESULT, Outcome, Watch, outcomes

from ischia.base.cage import BUDGETS, REASONS, Cage

console = Console()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--files", type=int, default=1200)
    arguments.add_argument("--seed", type=int, default=20261124)
    arguments.add_argument("--slow", type=float, default=3.0, help="seconds after which a file is named")
    wanted = arguments.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        canary = folder / "canary"
        canary.write_text("nobody reads this")
        watch = Watch(canary)
        cage = Cage(cache=numba_cache(), size=1)
        cage.start()
        zygotes, began = cage.processes(), time.monotonic()
        found = []
        for outcome in outcomes(cage, cases(wanted.files, wanted.seed, canary), folder):
            found.append(outcome)
            if outcome.seconds > wanted.slow or outcome.state in {"timeout", "garbled", "decoder_died"}:
                console.print(
                    f"{outcome.work}, {outcome.how}: {outcome.state} after {outcome.seconds:.1f} s, {outcome.detail}"
                )
        report(found, wanted.files, time.monotonic() - began)
        died = cage.processes() != zygotes
        print(f"other files opened: {watch.opened()}; decoder processes that died: {died}")
        cage.stop()


def report(found: list[Outcome], files: int, seconds: float) -> None:
    table = Table(title=f"{files} files, {len(found)} looks at them, {seconds:.0f} s")
    states = [RESULT, *sorted({outcome.state for outcome in found} - {RESULT})]
    for heading in ("work", "looks", *states, "longest, s"):
        table.add_column(heading, justify="left" if heading == "work" else "right")
    for work in KINDS:
        mine = [outcome for outcome in found if outcome.work == work]
        counts = Counter(outcome.state for outcome in mine)
        longest = max((outcome.seconds for outcome in mine), default=0)
        table.add_row(work, str(len(mine)), *(str(counts[state] or "") for state in states), f"{longest:.1f}")
    Console(width=200).print(table)
    late = [outcome for outcome in found if outcome.seconds > 2 * (BUDGETS[outcome.work].wall + 2)]
    unknown = {outcome.state for outcome in found} - REASONS - {RESULT}
    print(f"reasons that are not in the list: {sorted(unknown)}; later than their budget: {len(late)}")


if __name__ == "__main__":
    main()
