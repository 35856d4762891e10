"""Folding: every character by itself and at its place, however many of them there are."""

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from redaction.fold import blank_unspaced, fold_text

SIGNS = st.sampled_from(
    "aé1 \u2014\u2019\u00a0\uff11\u0661\u200b\u2011\u65e5\u0e01\u4e2d\ud800-\uff0d\u06f3\u3000\u202f"
)


def test_fold_is_worked_out_by_hand() -> None:
    assert fold_text("a\u2014b\u00a0\uff11\u0661\u200bé\u2019") == "a-b 11-é\u2019"
    assert blank_unspaced("\u65e5a\u2014\u0e01") == " a\u2014 "


def test_every_digit_of_every_script_is_its_ascii_digit() -> None:
    digits = [char for char in map(chr, range(0x80, sys.maxunicode + 1)) if unicodedata.category(char) == "Nd"]
    assert len(digits) > 600
    assert fold_text("".join(digits)) == "".join(str(unicodedata.digit(char)) for char in digits)


@given(st.one_of(st.text(SIGNS), st.text()))
def test_each_character_by_itself(text: str) -> None:
    assert fold_text(text) == "".join(map(fold_text, text))
    assert blank_unspaced(text) == "".join(map(blank_unspaced, text))
