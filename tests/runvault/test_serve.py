"""What `serve` must keep for a quick start and quick answers."""

import socket
import subprocess
import sys
from pathlib import Path

from runvault.late_redactor import LateRedactor
from runvault.serve import reserve_port
from runvault.settings import load_settings


def test_the_start_does_not_import_the_redactors_libraries() -> None:
    code = "import sys, runvault.serve; print([name for name in ('presidio_analyzer', 'spacy') if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


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
