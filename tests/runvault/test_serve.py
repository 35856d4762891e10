"""What `serve` must keep for a quick start and quick answers."""

import contextlib
import itertools
import os
import socket
import threading
from pathlib import Path

import pytest

from runvault.commands.serve import prepare_metrics
from runvault.late_redactor import LateRedactor
from runvault.serve import reserve_port
from runvault.settings import load_settings
from tests.runvault.test_lean import list_loaded


def test_the_start_does_not_import_the_redactors_libraries() -> None:
    assert list_loaded("import runvault.store_side", ("presidio_analyzer", "spacy")) == []


def test_the_collectors_start_before_the_libraries_of_the_store_are_there() -> None:
    assert list_loaded("import runvault.serve", ("chdb", "polars", "fastapi")) == []


def test_answers_do_not_wait_for_delayed_acknowledgements() -> None:
    with reserve_port("127.0.0.1", 0, "api_port") as held:
        # asyncio's _set_nodelay leaves sockets alone that do not name the protocol
        assert held.proto == socket.IPPROTO_TCP


def test_posted_texts_are_redacted_with_the_key_of_the_collectors(tmp_path: Path) -> None:
    settings = load_settings(None, {"data_dir": tmp_path}, {})
    redact = LateRedactor(settings)
    assert redact("default", "") == ""
    assert not (tmp_path / "keys").exists()  # nothing was built for no text
    first = redact("default", "asked by jane.doe@example.com")
    assert "jane.doe" not in first
    assert first.startswith("asked by ")
    assert LateRedactor(settings)("default", "asked by jane.doe@example.com") == first


def test_a_collector_of_a_killed_predecessor_still_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may make a file in the metrics' folder at any moment; the new start counts in one of its own."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    directory = tmp_path / "metrics"
    stop = threading.Event()

    def count() -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            with contextlib.suppress(FileNotFoundError):
                (directory / f"counter_{number}.db").touch()

    writer = threading.Thread(target=count)
    writer.start()
    try:
        for _ in range(200):
            prepare_metrics(directory)
            own = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
            assert own.is_relative_to(directory)
            assert not list(own.iterdir())
    finally:
        stop.set()
        writer.join()
