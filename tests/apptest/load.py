"""The load generator, as a process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOAD = Path(__file__).parent.parent / "bench" / "otlp_load.py"


def run_load(*arguments: str) -> dict[str, Any]:
    """Run it; its JSON line."""
    done = subprocess.run([sys.executable, str(LOAD), *arguments], check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer
