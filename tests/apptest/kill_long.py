"""The kill test in its long form: python -m tests.apptest.kill_long --kills 200 [--seed N] [--spans N]

Prints one JSON line of figures and exits 0; or fails with what was lost, doubled or added up wrongly.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

from tests.apptest.killing import kill_on


def main() -> None:
    """Run it in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--spans", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="runvault-kill-") as directory:
        figures = kill_on(Path(directory), arguments.kills, arguments.spans, arguments.seed)
    print(json.dumps(figures | {"load_average": os.getloadavg()[0]}))


if __name__ == "__main__":
    main()
