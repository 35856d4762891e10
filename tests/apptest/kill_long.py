"""The kill test in its long form: python -m tests.apptest.kill_long --kills 200 [--victims any|all] [--minutes N]

Shows how far it is (a bar in a terminal, else a line every ten kills), prints one JSON line of figures and exits 0; or
fails with what was lost, doubled or added up wrongly.
"""

import argparse
import json
import math
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from tests.apptest.killing import ANY, kill_on

KINDS = {"any": ANY, "all": ("all",)}
EVERY = 10


def main() -> None:
    """Run it in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--victims", choices=KINDS, default="any", help="any process or all of them, or always all")
    parser.add_argument("--minutes", type=float, default=math.inf, help="kill for so long at most")
    parser.add_argument("--spans", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    columns = (TextColumn("kills"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="runvault-kill-") as directory,
        Progress(*columns, TextColumn("{task.fields[told]}"), console=console, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("", total=arguments.kills, told="")

        def tell(kills: int, told: Mapping[str, Any]) -> None:
            words = ", ".join(f"{name} {value}" for name, value in told.items())
            bar.update(task, completed=kills, told=words)
            if not console.is_terminal and (kills % EVERY == 0 or "checking" in told):
                console.print(f"{time.monotonic() - started:6.0f} s  {kills} of {arguments.kills} kills  {words}")

        figures = kill_on(
            Path(directory), arguments.kills, arguments.spans, arguments.seed, KINDS[arguments.victims], tell,
            arguments.minutes * 60,
        )  # fmt: skip
    print(json.dumps(figures | {"load_average": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
