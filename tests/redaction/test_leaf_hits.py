"""A text inside JSON gives what it gives alone: hits in raw JSON are those of the leaf."""

import json
import random

import pytest

from redaction.json_leaves import Leaf, hide_escapes
from redaction.leaf_hits import cut_leaf_hits
from redaction.redactor import Redactor
from tests.redaction.test_differential import PIECES

GLUE = (" ", "\n", "\t", ", ", '"', " \\ ", "é", "\r\n", "|", "", "的")


def make_text(generator: random.Random) -> str:
    glue = generator.choice(GLUE)
    return "x " + glue.join(generator.choices(PIECES, k=generator.randint(1, 10)))


@pytest.mark.parametrize("seed", range(8))
def test_same_in_json_as_alone(redactor: Redactor, seed: int) -> None:
    generator = random.Random(seed)
    for _ in range(150):
        text = make_text(generator)
        alone = redactor.redact(text, f"alone {seed}")
        for ascii_only in (False, True):
            inside = redactor.redact(json.dumps([text], ensure_ascii=ascii_only), f"json {seed}")
            assert inside.findings == alone.findings, text
        history = [{"role": "user", "content": text}, {"role": "assistant", "content": "ok"}]
        assert redactor.redact(json.dumps(history), f"list {seed}").findings == alone.findings, text
        nested = json.dumps({"n": 1, "arguments": json.dumps({"text": text})})
        assert redactor.redact(nested, f"nested {seed}").findings == alone.findings, text


def test_empty_texts_beside_values(redactor: Redactor) -> None:
    for piece in PIECES:
        for tree in ([piece, ""], {piece: ""}, {"password": "", "name": "", piece: [""]}, ["", piece, ""]):
            for separators in ((",", ":"), (", ", ": ")):
                assert redactor.redact(json.dumps(tree, separators=separators), "empty").failed == 0, piece


def test_offsets_behind_escapes() -> None:
    """Two characters are written for a quote, a newline and a backslash; a hit may end between them."""
    value = 'a"b\n\\c'
    text = json.dumps([value])  # ["a\"b\n\\c"]
    leaf = Leaf(1, len(text) - 1, value, None, False, False)
    ends = list(range(2, len(text)))
    hits = cut_leaf_hits(hide_escapes(text), [(0, end) for end in ends], ends, leaf)
    assert [end for _, end in hits] == [1, 2, 2, 3, 4, 4, 5, 5, 6, 6]
