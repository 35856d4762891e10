"""The prefilter misses nothing: beside it stands the slow, obvious way, every recogniser over the whole text."""

import random
from pathlib import Path

import pytest

from redaction.findings import Finding, merge_findings
from redaction.policy import Policy, default_policy, policy_from_mapping
from redaction.prefilter import Prefilter
from redaction.recognizers.kind import Anchor
from redaction.scanner import Scanner
from tests.redaction.test_personal_data import HITS, MISSES
from tests.redaction.test_secrets import CONTEXT, KEYS

PIECES = (
    [value for _, value in HITS if value.isascii()]
    + [text for _, text, _ in CONTEXT]
    + KEYS
    + MISSES
    + list("é日,.;:()[]=\n\t")
    + ["the order was delayed", "->", "=>", "==", "12", "2026", "a1", "::", "//", "\\n"]
)


def scan_slowly(scanner: Scanner, text: str) -> list[Finding]:
    """No prefilter and no windows."""
    found: list[Finding] = []
    for recognizer in scanner.recognizers:
        if not recognizer.kind.exact:
            found += scanner.find_in_window(recognizer, text, (0, len(text)))
    return merge_findings(found)


def covers(fast: list[Finding], slow: Finding) -> bool:
    return any(found.start <= slow.start and slow.end <= found.end for found in fast)


def test_fast_finds_all_that_slow_finds() -> None:
    scanner = Scanner(default_policy())
    generator = random.Random(20261121)
    differing = 0
    for _ in range(400):
        text = generator.choice([" ", " ", "\n", ", "]).join(generator.choices(PIECES, k=generator.randint(1, 12)))
        fast, slow = scanner.find(text), scan_slowly(scanner, text)
        missed = [found for found in slow if not covers(fast, found)]
        assert not missed, (text, missed)
        differing += len(fast) != len(slow)
    assert differing < 120  # IBANs are only found by the exact windows, and so is what hides behind an escape


def test_raw_json_hits_wherever_a_leaf_would() -> None:
    scanner = Scanner(default_policy())
    for _, value in HITS:
        if value.isascii():
            for frame in ('["x\\n{}\\n"]', '["{}"]', '["a {} b"]', '["[\\"x\\\\n{}\\"]"]'):
                assert scanner.may_find(frame.format(value)), value


def test_optional_entity_runs_over_presidio_patterns() -> None:
    policy = policy_from_mapping({"entities": {"URL": 0.5, "UK_NHS": True}}, "test")
    scanner = Scanner(policy)
    assert [found.entity for found in scanner.find("see https://example.com/x")] == ["URL"]
    assert [found.entity for found in scanner.find("nhs 943 476 5919")] == ["UK_NHS"]


def test_allow_list_and_threshold() -> None:
    allowed = Scanner(policy_from_mapping({"allow": ["Ops@example.com"]}, "test"))
    assert allowed.find("ops@example.com") == []
    assert len(allowed.find("ana@example.com")) == 1
    assert Scanner(Policy({"PHONE_NUMBER": 0.9})).find("212-555-0123") == []


def test_merge_names_the_longest_and_covers_all() -> None:
    found = [Finding(0, 4, "A", 0.5), Finding(2, 10, "B", 0.4), Finding(12, 14, "C", 1.0), Finding(12, 14, "D", 0.5)]
    assert merge_findings(found) == [Finding(0, 10, "B", 0.4), Finding(12, 14, "C", 1.0)]


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
