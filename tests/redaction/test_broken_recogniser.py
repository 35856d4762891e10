"""A recogniser that dies, dawdles or lies: markers and counts, no text, and the span is kept (issue 3)."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.findings import MARKER_FAILED
from redaction.policy_file import policy_from_mapping
from redaction.presidio import Match, Recognizer
from redaction.redactor import Redactor
from redaction.walk import redact_spans
from tests.redaction.conftest import KEY, build_redactor
from tests.redaction.test_walk import CANARY, make_batch

Find = Callable[[Recognizer, str, float], list[Match]]


def die(self: Recognizer, text: str, until: float) -> list[Match]:
    raise MemoryError(text)


def dawdle(self: Recognizer, text: str, until: float) -> list[Match]:
    time.sleep(max(0.0, until - time.monotonic()) + 0.01)
    return []


def lie(self: Recognizer, text: str, until: float) -> list[Match]:
    return [(5, None, "high")]  # type: ignore[list-item]


def log_and_go_on(self: Recognizer, text: str, until: float) -> list[Match]:
    """What Presidio does when an expression times out: it logs, and goes on as if nothing had been found."""
    logging.getLogger("presidio-analyzer").warning("timed out on %s", text)
    return []


@pytest.fixture
def quick() -> Redactor:
    return build_redactor(policy_from_mapping({"time_limit_ms": 50}, "test"))


@pytest.mark.parametrize("broken", [die, dawdle, lie, log_and_go_on])
def test_span_is_kept_without_the_text(
    quick: Redactor,
    broken: Find,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Recognizer, "find", broken)
    texts: dict[str, Any] = {
        "SpanName": f"mail {CANARY}",
        "InputMessages": f'[{{"role":"user","content":"{CANARY} or 10.1.2.3"}}]',
    }
    batch = redact_spans(make_batch(**texts, StatusMessage="all is well"), quick)
    (row,) = batch.table.to_pylist()
    assert CANARY not in str(row)
    assert row["SpanName"] == row["InputMessages"] == MARKER_FAILED
    assert row["StatusMessage"] == "all is well"
    assert row["RedactionFailed"] == batch.failed_closed == 2
    assert (len(batch), batch.findings) == (1, {})
    assert CANARY not in caplog.text + "".join(capsys.readouterr())


def test_failure_is_not_remembered(quick: Redactor, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"a text that was unlucky once: {CANARY}"
    with monkeypatch.context() as patch:
        patch.setattr(Recognizer, "find", die)
        assert quick.redact(text, "t").text == MARKER_FAILED
    assert quick.redact(text, "t").findings == {"EMAIL_ADDRESS": 1}


def test_cache_that_was_tampered_with_is_compiled_anew(tmp_path: Path) -> None:
    Redactor(policy_from_mapping({}, "test"), KEY, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-7] + b"corrupt")
    assert Redactor(policy_from_mapping({}, "test"), KEY, tmp_path).redact(CANARY, "t").findings == {"EMAIL_ADDRESS": 1}
