"""What a collector does without: each of these would cost it memory and the time of every start."""

import subprocess
import sys

HEAVY = ("pandas", "polars", "chdb", "clickhouse_connect", "fastapi", "weasel")
"""The last is what spaCy's command line brings."""
START = """
import contextlib
from runvault.cli import main
with contextlib.suppress(SystemExit):
    main(["collect", "--help"])
"""


def list_loaded(program: str, names: tuple[str, ...] = HEAVY) -> list[str]:
    """Which of these libraries a program of ours has loaded in the end."""
    told = f"import sys; print('', *[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"{program}\n{told}"], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1].split()


def test_a_collector_needs_none_of_them() -> None:
    assert list_loaded("import redaction.redactor") == ["weasel"]  # as long as this holds, leaving it out is worth it
    assert list_loaded(START) == []


def test_what_spacy_is_needed_for_is_left() -> None:
    words = "import spacy\nassert [word.text for word in spacy.blank('en')('left alone')] == ['left', 'alone']"
    assert list_loaded(START + words) == []


def test_a_model_is_never_downloaded() -> None:
    fetch = "import spacy\ntry: spacy.cli.download('en_core_web_sm')\nexcept OSError: print('refused')"
    done = subprocess.run([sys.executable, "-c", START + fetch], check=True, capture_output=True, text=True)
    assert done.stdout.endswith("refused\n")


def test_arrays_without_pandas() -> None:
    make = "import pyarrow as pa; assert pa.array(['a', None]).to_pylist() == ['a', None]"
    assert list_loaded(make) == ["pandas"]  # as long as this holds, leaving it out is worth something
    assert list_loaded(f"from runvault.lean import leave_out_pandas; leave_out_pandas(); {make}") == []
