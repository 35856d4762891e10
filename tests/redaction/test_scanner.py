"""Scanner and prefilter; that they miss nothing is shown in test_differential.py."""

import json
from pathlib import Path

import pytest

from redaction.findings import Finding, drop_contained, merge_findings
from redaction.policy_file import default_policy
from redaction.prefilter import Prefilter
from redaction.recognizers.kind import Anchor
from redaction.scanner import Scanner
from tests.redaction.conftest import COMPILED
from tests.redaction.test_differential import THRESHOLDS
from tests.redaction.test_people import ADDRESSES, NAMES
from tests.redaction.test_personal_data import HITS


def default_thresholds() -> dict[str, float]:
    return {name: entity.score for name, entity in default_policy().entities.items()}


def test_raw_json_hits_wherever_a_leaf_would() -> None:
    scanner = Scanner(default_thresholds(), COMPILED)
    for _, value in [*HITS, *NAMES, *ADDRESSES]:
        if scanner.find(value):
            raw = json.dumps(value, ensure_ascii=False)[1:-1]
            for frame in ('["x\\n{}\\n"]', '["{}"]', '["a {} b"]', '["[\\"x\\\\n{}\\"]"]'):
                assert scanner.scan_json(frame.format(raw)), value


def test_optional_entity_runs_over_presidio_patterns() -> None:
    scanner = Scanner(THRESHOLDS, COMPILED)  # all there are: compiled once for several tests
    assert [found.entity for found in scanner.find("see https://example.com/x")] == ["URL"]
    assert "UK_NHS" in [found.entity for found in scanner.find("nhs 943 476 5919")]


def test_threshold() -> None:
    assert Scanner({"PHONE_NUMBER": 0.9}).find("212-555-0123") == []


def test_words_before_a_value_raise_its_score() -> None:
    """US_BANK_NUMBER scores 0.05; a context word adds 0.35 (Presidio's LemmaContextAwareEnhancer)."""
    scanner = Scanner({"US_BANK_NUMBER": 0.4}, context={"US_BANK_NUMBER": ["konto"]})
    assert scanner.find("order 12345678901 shipped") == []
    for text in ("my bank account 12345678901", "Konto 12345678901"):
        (found,) = scanner.find(text)
        assert text[found.start : found.end] == "12345678901"


def test_merge_names_the_longest_and_covers_all() -> None:
    found = [Finding(0, 4, "A", 0.5), Finding(2, 10, "B", 0.4), Finding(12, 14, "C", 1.0), Finding(12, 14, "D", 0.5)]
    assert merge_findings(found) == [Finding(0, 10, "B", 0.4), Finding(12, 14, "C", 1.0)]


def test_contained_findings_of_one_entity_are_dropped_unless_surer() -> None:
    found = [Finding(0, 9, "A", 0.5), Finding(2, 5, "A", 0.5), Finding(3, 6, "A", 0.9), Finding(0, 9, "A", 0.5)]
    assert drop_contained(found) == [Finding(0, 9, "A", 0.5), Finding(3, 6, "A", 0.9)]


ANCHORS = [Anchor(r"@\w"), Anchor("needle", caseless=True)]


def test_offsets_are_characters() -> None:
    assert Prefilter(ANCHORS).scan("né日𝄞 a@b") == [(0, 8)]


def test_cache_is_private_and_never_trusted(tmp_path: Path) -> None:
    Prefilter(ANCHORS, tmp_path)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    good = file.read_bytes()
    assert Prefilter(ANCHORS, tmp_path).scan("a NEEDLE")
    for bad in (b"", good[:100], good[:-1] + b"\0", b"x" * len(good)):
        file.write_bytes(bad)
        assert Prefilter(ANCHORS, tmp_path).scan("a NEEDLE") == [(1, 8)]
        assert file.read_bytes() == good


@pytest.mark.parametrize("place", ["/proc/nowhere/cache"])
def test_cache_that_cannot_be_written_is_no_error(place: str) -> None:
    assert Prefilter(ANCHORS, Path(place)).scan("needle")
