"""Values spread over the parts of one message: gone from all of them, counted once, everything else as it was."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redaction.findings import MARKER_FAILED, Finding
from redaction.parts import find_crossing, find_parts, may_hold_parts, names_parts, write_crossing
from redaction.policy_file import policy_from_mapping
from redaction.redactor import Redactor
from redaction.walk import redact_spans
from tests.redaction.conftest import build_redactor
from tests.redaction.test_walk import make_batch

CARD = "4111 1111 1111 1111"
VALUES = {
    "CREDIT_CARD": CARD,
    "EMAIL_ADDRESS": "ana.silva@example.com",
    "PHONE_NUMBER": "+1 212-555-0123",
    "IBAN_CODE": "DE89370400440532013000",
    "IP_ADDRESS": "203.0.113.77",
    "API_KEY": "sk-proj-9fK2mQ7xT4bV1nZ8",
}


def as_texts(parts: list[str]) -> Any:
    return {"role": "user", "content": parts}


def as_objects(parts: list[str]) -> Any:
    return {"role": "user", "content": [{"type": "text", "text": part} for part in parts]}


def as_otel(parts: list[str]) -> Any:
    return [{"role": "user", "parts": [{"type": "text", "content": part} for part in parts]}]


def as_history(parts: list[str]) -> Any:
    return [{"role": "system", "content": "be brief"}, as_objects(parts), {"role": "assistant", "content": "hi"}]


def as_tool_result(parts: list[str]) -> Any:
    return {"content": [{"type": "tool_result", "content": [{"text": part, "type": "text"} for part in parts]}]}


def as_parts_with_roles(parts: list[str]) -> Any:
    """What stands between these parts looks like what stands between messages."""
    return [{"role": "user", "content": [{"role": "x", "text": part} for part in parts]}]


SHAPES = (as_texts, as_objects, as_otel, as_history, as_tool_result, as_parts_with_roles)


def read_parts(tree: Any) -> list[str]:
    """Every text under `content`, `parts` or `text`, in order."""
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, list):
        return [text for item in tree for text in read_parts(item)]
    inner = [tree[key] for key in ("content", "parts", "text") if key in tree] if isinstance(tree, dict) else []
    return [text for item in inner for text in read_parts(item)]


def cut(text: str, places: list[int]) -> list[str]:
    """The text in pieces."""
    borders = [0, *sorted(place % len(text) for place in places), len(text)]
    return [text[start:stop] for start, stop in pairwise(borders)]


@given(
    entity=st.sampled_from(sorted(VALUES)),
    shape=st.sampled_from(SHAPES),
    places=st.lists(st.integers(0, 200), min_size=1, max_size=8),
    ascii_only=st.booleans(),
    tight=st.booleans(),
    before=st.sampled_from(["use ", "größer: ", "line\n", '"quoted" ']),
    after=st.sampled_from([" please", ", thanks", "\n"]),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_value_cut_anywhere_is_gone(
    redactor: Redactor,
    entity: str,
    shape: Any,
    places: list[int],
    ascii_only: bool,
    tight: bool,
    before: str,
    after: str,
) -> None:
    parts = cut(f"{before}{VALUES[entity]}{after}", places)
    separators = (",", ":") if tight else None
    result = redactor.redact(json.dumps(shape(parts), ensure_ascii=ascii_only, separators=separators), "t")
    texts = read_parts(json.loads(result.text))
    texts = texts[1:-1] if shape is as_history else texts
    assert len(texts) == len(parts)
    whole = "".join(texts)
    assert whole.startswith(f"{before}<{entity}_")
    assert whole.endswith(f">{after}")
    assert result.findings == {entity: 1}
    assert redactor.redact(result.text, "t").text == result.text


def test_token_stands_in_the_first_part(redactor: Redactor) -> None:
    result = redactor.redact(json.dumps(as_texts(["my card is 4111 1111", " 1111 1111", " ok"])), "t")
    first, second, third = json.loads(result.text)["content"]
    assert first == redactor.redact(f"my card is {CARD}", "t").text
    assert (second, third) == ("", " ok")


@pytest.mark.parametrize(
    "tree",
    [
        {"ids": ["4111 1111", " 1111 1111"]},  # no parts of a message
        {"content": ["4111 1111", {"type": "image"}, " 1111 1111"]},  # no neighbours
        [{"role": "user", "content": "4111 1111"}, {"role": "user", "content": " 1111 1111"}],  # two messages
    ],
)
def test_what_is_not_joined(redactor: Redactor, tree: Any) -> None:
    text = json.dumps(tree)
    assert redactor.redact(text, "t").text is text


def test_where_parts_stand() -> None:
    text = '{"content": ["a", "b", {"type": "x"}, "c", {"text": "d", "n": 1}, 5, "e"], "parts": ["only one"]}'
    assert [[text[slice(*span)] for span in group] for group in find_parts(text)] == [
        ['"a"', '"b"'],
        ['"c"', '"d"', '"e"'],
    ]


NODES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(["a", "x}", '"', "},", 1, None, {}]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["content", "parts", "text", "type"]), inner, max_size=3)
    ),
    max_leaves=14,
)


@given(tree=NODES, indent=st.sampled_from([None, 1]), tight=st.booleans())
@settings(max_examples=400, deadline=None)
def test_quick_look_overlooks_no_parts(tree: Any, indent: int | None, tight: bool) -> None:
    text = json.dumps({"content": tree}, indent=indent, separators=(",", ":") if tight else None)
    assert not find_parts(text) or (names_parts(text) and may_hold_parts(text, json.loads(text)))


@pytest.mark.parametrize(
    "text",
    [
        '{"content":["4111 1111"," 1111 1111"],"content":[]}',
        '{"content":["4111 1111"," 1111 1111"],"content":"ok"}',
        '[{"content":["4111 1111"," 1111 1111"],"content":[]},{"cont\\u0065nt":[]}]',
        '{"parts":[{"text":"4111 1111","text":0},{"text":" 1111 1111","text":0}]}',
        '{"parts":[{"text":"4111 1111","text":0},{"text":" 1111 1111"}],"x":{"t\\u0065xt":0}}',
    ],
)
def test_a_key_that_comes_twice_hides_no_parts(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text, "t").findings == {"CREDIT_CARD": 1}


def test_quick_look_passes_a_text_beside_a_call() -> None:
    for parts, may in (
        ([{"text": "a"}, {"type": "tool_call", "arguments": {}}], False),
        (["a", 7, {"text": "b"}], True),
    ):
        tree = [{"role": "assistant", "parts": parts}]
        assert may_hold_parts(json.dumps(tree), tree) is may


def test_crossing_values_are_written_once() -> None:
    parts = ["ab", "cd", "", "ef", "gh"]
    found = [Finding(1, 5, "X", 1.0), Finding(5, 7, "Y", 1.0)]
    assert find_crossing(parts, [Finding(0, 2, "X", 1.0), Finding(2, 4, "X", 1.0), *found]) == found
    assert write_crossing(parts, found, ["<X>", "<Y>"]) == ["a<X>", "", "", "<Y>", "h"]


def test_chunks_of_a_stream_in_events(redactor: Redactor) -> None:
    events = [{"content": "my card is 4111 ", "n": "1"}, {"content": "1111 1111 11"}, {"content": "11 ok"}, {"x": "y"}]
    batch = redact_spans(make_batch(Events__Attributes=[*events, {"content": CARD[:9]}]), redactor)
    rows = [dict(fields) for fields in batch.table["Events.Attributes"].to_pylist()[0]]
    assert [row.get("content") for row in rows] == [
        redactor.redact(f"my card is {CARD}", "t").text, "", " ok", None, CARD[:9]
    ]  # fmt: skip
    assert batch.findings == {"CREDIT_CARD": 1}
    assert rows[0]["n"] == "1"


def test_chunks_fail_closed(redactor: Redactor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    own = build_redactor(policy_from_mapping({}, "test"))
    monkeypatch.setattr(own.scanner, "find", broken)
    assert own.at("t").redact_parts("content", ["a secret", "text"]) == ([MARKER_FAILED] * 2, {}, 2)


def test_parts_of_a_kept_entity_stay() -> None:
    own = build_redactor(policy_from_mapping({"entities": {"CREDIT_CARD": "keep"}}, "test"))
    text = json.dumps(as_texts(["my card is 4111 1111", " 1111 1111"]))
    assert own.redact(text, "t").text is text
