"""`python -m tests.bench [case …]`: run benchmarks, print a table, write build/bench.json. Exits 1 over a goal."""

import json
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.bench.audit import run_audit
from tests.bench.boards import run_boards
from tests.bench.expiry import run_expiry
from tests.bench.flow import run_flow
from tests.bench.ingest import run_ingest, run_redacted
from tests.bench.machine import Figure, describe_machine
from tests.bench.meaning import run_meaning
from tests.bench.redaction import run_quality, run_redaction
from tests.bench.report import make_table
from tests.bench.scale import run_scale
from tests.bench.sealing import run_sealing
from tests.bench.service import run_service
from tests.bench.stored import run_stored

CASES: dict[str, Callable[[], list[Figure]]] = {
    "ingest": run_ingest,
    "redacted": run_redacted,
    "meaning": run_meaning,
    "redaction": run_redaction,
    "redaction-quality": run_quality,
    "sealing": run_sealing,
    "stored": run_stored,
    "service": run_service,
    "flow": run_flow,
    "boards": run_boards,
    "audit": run_audit,
    "expiry": run_expiry,
    "scale": run_scale,
}
RESULT = Path(__file__).resolve().parents[2] / "build" / "bench.json"


def main(chosen: Sequence[str]) -> int:
    """Run the chosen cases, or all; each in a process of its own, so that none warms up another."""
    unknown = set(chosen) - set(CASES)
    if unknown:
        print(f"unknown case: {', '.join(sorted(unknown))}; known: {', '.join(CASES)}", file=sys.stderr)
        return 2
    console = Console()
    machine = describe_machine()
    console.print(machine, highlight=False)
    figures: list[Figure] = []
    for name in chosen or CASES:
        console.print(f"running {name} …", highlight=False)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            figures += pool.apply(CASES[name])
    console.print(make_table(figures))
    RESULT.parent.mkdir(exist_ok=True)
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "command": "python -m tests.bench " + " ".join(chosen),
        "figures": [asdict(figure) for figure in figures],
    }
    RESULT.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    console.print(f"written to {RESULT}", highlight=False)
    return int(any(figure.goal is not None and figure.value > figure.goal for figure in figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
