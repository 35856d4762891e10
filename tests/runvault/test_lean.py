"""What a collector does without: each of these would cost it memory and the time of every start."""

import subprocess
import sys

HEAVY = ("pandas", "polars", "chdb", "clickhouse_connect", "fastapi")


def list_loaded(program: str) -> list[str]:
    """Which of HEAVY a program of ours has loaded in the end."""
    told = f"import sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"{program}; {told}"], check=True, capture_output=True, text=True)
    return done.stdout.split()


def test_a_collector_needs_neither_engine_nor_frames() -> None:
    assert list_loaded("import runvault.commands.collect") == []


def test_arrays_without_pandas() -> None:
    make = "import pyarrow as pa; assert pa.array(['a', None]).to_pylist() == ['a', None]"
    assert list_loaded(make) == ["pandas"]  # as long as this holds, leaving it out is worth something
    assert list_loaded(f"from runvault.lean import leave_out_pandas; leave_out_pandas(); {make}") == []
