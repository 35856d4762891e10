"""`runvault journal`: what it shows, takes up again and deletes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.segment import encode_header, encode_record
from runvault.cli import COMMANDS, cli
from tests.collector.batches import make_batch

STAMP = "01795000000000000000"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with a waiting, a dead and a damaged segment."""
    directory = tmp_path / "journal"
    for place in (directory, directory / "dead", directory / "quarantine"):
        place.mkdir()
    data = encode_header(1, "p") + encode_record(make_batch(3))
    (directory / f"{STAMP}-1-ab-1.seg").write_bytes(data)
    (directory / "dead" / f"{STAMP}-1-ab-2.seg").write_bytes(data)
    (directory / "dead" / f"{STAMP}-1-ab-2.seg.reason").write_text("the store refused the rows: DECIMAL_OVERFLOW\n")
    (directory / "quarantine" / f"{STAMP}-1-ab-3.seg").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    return directory


def run(journal: Path, *arguments: str, answer: str | None = None) -> Result:
    """Call the command in a terminal wide enough for any reason."""
    return CliRunner(env={"COLUMNS": "120"}).invoke(
        cli, ["journal", arguments[0], "--data-dir", str(journal.parent), *arguments[1:]], input=answer
    )


def test_it_is_among_the_commands() -> None:
    assert "journal" in COMMANDS


def test_every_segment_is_listed_with_what_is_wrong(journal: Path) -> None:
    items = json.loads(run(journal, "list", "--json").output)["items"]
    assert [(item["state"], item["spans"], item["reason"]) for item in items] == [
        ("waiting", 3, ""),
        ("dead", 3, "the store refused the rows: DECIMAL_OVERFLOW"),
        ("quarantine", 0, f"damaged at byte {len(encode_header(1, 'p'))}"),
    ]
    assert all(item["bytes"] > 1000 for item in items)
    shown = run(journal, "list").output
    assert all(word in shown for word in ("waiting", "dead", "quarantine", "DECIMAL_OVERFLOW"))


def test_retry_moves_dead_ones_back(journal: Path) -> None:
    assert run(journal, "retry").exit_code == 0
    assert not list((journal / "dead").iterdir())
    assert sorted(path.name for path in journal.glob("*.seg")) == [f"{STAMP}-1-ab-1.seg", f"{STAMP}-1-ab-2.seg"]


def test_drop_asks_first(journal: Path) -> None:
    name = f"{STAMP}-1-ab-2.seg"
    assert run(journal, "drop", name, answer="n\n").exit_code == 1
    assert (journal / "dead" / name).exists()
    assert run(journal, "drop", name, "--yes").exit_code == 0
    assert not list((journal / "dead").iterdir())


def test_a_waiting_segment_cannot_be_dropped(journal: Path) -> None:
    result = run(journal, "drop", f"{STAMP}-1-ab-1.seg", "--yes")
    assert result.exit_code == 1
    assert (journal / f"{STAMP}-1-ab-1.seg").exists()


def test_an_empty_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    assert run(tmp_path / "journal", "list").output == "the journal is empty\n"
