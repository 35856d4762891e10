"""Changes give back the original to the byte, whatever the redactor did to it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.changes import find_changes
from redaction.redactor import Redactor
from schema.originals import Change, Original, checksum_text, decode_originals, encode_originals, restore_text


def restore(original: str, redacted: str) -> str | None:
    changes = find_changes(original, redacted)
    return restore_text(redacted, Original("Any", (), checksum_text(redacted), changes))


@pytest.mark.parametrize(
    ("original", "redacted", "changes"),
    [
        ("to ana@b.com now", "to <EMAIL_ADDRESS_bcdfghjklmnp> now", [(3, 28, "ana@b.com")]),
        ("ana@b.com", "<EMAIL_ADDRESS>", [(0, 15, "ana@b.com")]),
        ("a ana@b.com, or +1 212 555 0123.", "a <E>, or <P>.", [(2, 3, "ana@b.com"), (10, 3, "+1 212 555 0123")]),
        ("card 4111 1111 1111 1234!", "card **** **** **** 1234!", [(5, 4, "4111"), (10, 4, "1111"), (15, 4, "1111")]),
        ('{"card":4111111111111111}', '{"card":"<CREDIT_CARD>"}', [(8, 15, "4111111111111111")]),
        ("what a detector choked on", "<REDACTION_FAILED>", [(0, 18, "what a detector choked on")]),
        ("all the same", "all the same", []),
    ],
)  # fmt: skip
def test_values_are_told_apart(original: str, redacted: str, changes: list[tuple[int, int, str]]) -> None:
    assert find_changes(original, redacted) == tuple(Change(*change) for change in changes)
    assert restore(original, redacted) == original


@given(st.text(), st.text())
def test_any_text_comes_back_from_any_other(original: str, redacted: str) -> None:
    assert restore(original, redacted) == original


_PIECES = st.lists(
    st.sampled_from(
        ["<", ">", "*", "<A_b>", "<EMAIL_ADDRESS_bcdfghjklmnp>", "a", "ana@b.com", " ", ", ", "é", "x" * 40]
    ),
    max_size=30,
).map("".join)


@given(_PIECES, _PIECES)
def test_texts_full_of_markers_come_back(original: str, redacted: str) -> None:
    assert restore(original, redacted) == original


_SENTENCES = ["write to ana@example.com", "ring (212) 555-0123", "no value here", "Grüße", "Gr\\u00fc\\u00dfe"]


@given(st.lists(st.sampled_from(_SENTENCES), min_size=1, max_size=8), st.booleans())
def test_what_the_redactor_wrote_comes_back(redactor: Redactor, parts: list[str], as_json: bool) -> None:
    messages = ", ".join(f'{{"role": "user", "content": "{part}"}}' for part in parts)
    text = f"[{messages}]" if as_json else "; ".join(parts)
    for _ in range(2):  # the second time out of the cache
        assert restore(text, redactor.redact(text, "t").text) == text


def test_only_what_was_replaced_is_kept(redactor: Redactor) -> None:
    """Two values of 15 and 14 characters in 5 kB: the text around them is not sealed."""
    text = "plain words " * 200 + "ana@example.com" + " more words" * 200 + " call (212) 555-0123 today"
    kept = [change.original for change in find_changes(text, redactor.redact(text, "t").text)]
    assert kept == ["ana@example.com", "(212) 555-0123"]


def test_time_is_bounded_when_nothing_fits() -> None:
    redacted = "<A_bcdfghjklmnp> anchor that is nowhere " * 25_000
    started = time.process_time()
    assert restore("y" * 1_000_000, redacted) == "y" * 1_000_000
    assert time.process_time() - started < 2


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.none() | st.text(st.characters(codec="utf-8")))))
def test_originals_are_read_as_written(changes: list[tuple[int, int, str | None]]) -> None:
    written = [Original("Links.Attributes", (3, "key", None), 7, tuple(Change(*change) for change in changes))]
    assert decode_originals(encode_originals(written)) == written


def test_another_text_is_not_restored() -> None:
    redacted = "to <EMAIL_ADDRESS>"
    sealed = Original("Any", (), checksum_text(redacted), find_changes("to ana@b.com", redacted))
    assert restore_text("To <EMAIL_ADDRESS>", sealed) is None
    dropped = Original("Any", (), checksum_text(redacted), (Change(3, 15, None),))
    assert restore_text(redacted, dropped) == redacted
