"""A list of messages that grows: only what is new is looked through, and the result is that of the whole list."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redaction import job
from redaction.cache import ResultCache
from redaction.findings import Redaction
from redaction.messages import Cut, find_borders, find_cut, join_messages, split_messages
from redaction.redactor import Redactor
from tests.redaction.test_differential import PIECES

PLAIN = ("the order was delayed", "größer", 'she said "no"\n', "a/b \\ c", "of 日本", '},{"role":', "x")


def forget(redactor: Redactor) -> Redactor:
    """The same redactor, and it has seen nothing yet."""
    own = copy.copy(redactor)
    own.cache, own._places, own._spaces = ResultCache(1 << 20), {}, {}
    return own


def as_content(text: str) -> Any:
    return {"role": "user", "content": text}


def as_parts(text: str) -> Any:
    return {"role": "user", "parts": [{"type": "text", "content": text}]}


def as_two_parts(text: str) -> Any:
    return {"role": "user", "content": [{"type": "text", "text": text[:9]}, {"type": "text", "text": text[9:]}]}


def as_call(text: str) -> Any:
    arguments = json.dumps({"to": text, "password": "pw12"})
    return {"role": "assistant", "parts": [{"type": "tool_call", "id": "1", "arguments": arguments}]}


def as_nested(text: str) -> Any:
    return {"role": "user", "content": [{"role": "x", "text": text[:5]}, {"role": "y", "text": text[5:]}]}


def read_whole(redactor: Redactor, text: str) -> Redaction:
    """The result of a reading that knows of no lists and no requests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "find_cut", lambda _text: None)
        patch.setattr(job, "redact_request", lambda *_how: None)
        return forget(redactor).redact(text, "t")


SHAPES = (as_content, as_parts, as_two_parts, as_call, as_nested)
TEXTS = st.lists(st.sampled_from([*PIECES, *PLAIN]), min_size=1, max_size=4).map(" ".join)
MESSAGES = st.builds(lambda shape, text: shape(text), st.sampled_from(SHAPES), TEXTS)


TOOLS = [{"type": "function", "function": {"name": "mail", "description": "to bob@example.com"}}]
AROUND: list[dict[str, Any] | None] = [
    None,
    {},
    {"model": "gpt-x"},
    {"model": "gpt-x", "user": "ann@example.com", "tools": TOOLS},
    {"tools": TOOLS, "metadata": [{"messages": [{"role": "x"}]}], "password": "pw12"},
]
"""What stands behind the list of messages in a request to a model; None for the list alone."""


@given(
    messages=st.lists(MESSAGES, min_size=1, max_size=8),
    steps=st.lists(st.integers(1, 3), min_size=1, max_size=5),
    around=st.sampled_from(AROUND),
    tight=st.booleans(),
    ascii_only=st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_same_as_all_at_once(
    redactor: Redactor, messages: list[Any], steps: list[int], around: Any, tight: bool, ascii_only: bool
) -> None:
    own, end = forget(redactor), 0
    for step in steps:
        end += step
        said = messages[:end] if around is None else {"messages": messages[:end], **around}
        text = json.dumps(said, separators=(",", ":") if tight else None, ensure_ascii=ascii_only)
        result, alone = own.redact(text, "t"), forget(redactor).redact(text, "t")
        assert own.redact(text, "t") == result
        assert json.loads(result.text) == json.loads(alone.text)
        assert result.findings == alone.findings
        assert alone.findings == read_whole(redactor, text).findings
        assert json.loads(result.text) == json.loads(read_whole(redactor, text).text)
        # messages that cannot be told apart are written anew together, where characters stand as escapes
        assert result == alone or "\\u" in text


@pytest.mark.parametrize("shape", [as_content, as_parts, as_two_parts])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("around", [None, {"model": "gpt-x", "tools": [{"type": "function"}]}])
def test_only_new_messages_are_looked_through(
    redactor: Redactor, monkeypatch: pytest.MonkeyPatch, shape: Any, separators: tuple[str, str], around: Any
) -> None:
    own = forget(redactor)
    scanned: list[str] = []
    scan = redactor.scanner.scan_json

    def note(text: str, *rest: Any) -> Any:
        scanned.append(text)
        return scan(text, *rest)

    monkeypatch.setattr(redactor.scanner, "scan_json", note)
    messages = [shape(f"turn {turn}: write to ana{turn}@example.com, größer") for turn in range(12)]
    for end in (1, 2, 4, 7, 12):
        scanned.clear()
        said = messages[:end] if around is None else {"messages": messages[:end], **around}
        text = json.dumps(said, separators=separators, ensure_ascii=False)
        assert own.redact(text, "t").findings == {"EMAIL_ADDRESS": end}
        assert not any("turn 0:" in one for one in scanned) or end == 1
    assert [f"turn {turn}:" in "".join(scanned) for turn in range(12)] == [False] * 7 + [True] * 5
    scanned.clear()
    assert own.redact(text, "t").findings == {"EMAIL_ADDRESS": 12}
    assert scanned == []


def test_another_beginning_of_the_same_length_is_another_list(redactor: Redactor) -> None:
    own = forget(redactor)
    for word in ("first", "third"):
        first = [as_content(f"the {word} mail is {word}@example.com"), as_content("ok")]
        for messages in (first, [*first, as_content("thanks")]):
            text = json.dumps(messages)
            assert own.redact(text, "t").text == text.replace(
                f"{word}@example.com", own.redact(f"{word}@example.com", "t").text
            )


def test_tenants_do_not_share(redactor: Redactor) -> None:
    own = forget(redactor)
    text = json.dumps([as_content("mail ana@example.com"), as_content("ok")])
    assert own.redact(text, "one").text != own.redact(text, "two").text


def test_lengths_are_bounded() -> None:
    cache = ResultCache(1 << 20)
    for length in range(250_000):
        cache.add_length(length)
    assert len(cache.lengths) <= 100_000
    assert 249_999 in cache.lengths


def test_where_messages_end() -> None:
    text = '[{"role":"a","content":"},{\\"role\\":"},{"role":"b"}]'
    cut = find_cut(text)
    assert cut == Cut(",", '{"role":')
    borders = list(find_borders(text.encode(), cut, 9))
    assert [text[:border] for border in borders] == [text[:-1], '[{"role":"a","content":"},{\\"role\\":"}']
    lists = split_messages(text, cut)
    assert lists == ['[{"role":"a","content":"},{\\"role\\":"}]', '[{"role":"b"}]']
    assert join_messages(lists, cut) == text
    assert find_cut(json.dumps([{"role": "a"}, {"role": "b"}])) == Cut(", ", '{"role": ')
    assert find_cut('{"role":"a"}') is find_cut('[{"sku":1}]') is find_cut('[{"role":1}, 5]') is None


def test_what_is_no_json_is_read_whole(redactor: Redactor) -> None:
    own = forget(redactor)
    generator = random.Random(5)
    for number in range(40):
        text = json.dumps([as_content(f"mail a{number}@b.co"), as_content("x")] * 2)
        place = generator.randrange(1, len(text) - 2)
        broken = text[:place] + generator.choice('"{}[],') + text[place:]
        result = own.redact(broken, "t")
        assert result == forget(redactor).redact(broken, "t")
        assert f"a{number}@b.co" not in result.text


@pytest.mark.parametrize(
    "text",
    [
        '{"messages":[{"role":"user","content":"ann@example.com"}]',
        '{"messages":[{"role":"user","content":"ann@example.com"}],}',
        '{"messages":[{"role":"user","content":"ann@example.com"}]}]}',
        '{"messages":[{"role":"user"}],"x":"}],"},"y":"ann@example.com"}',
        '{"messages":[{"role":"user","content":"}]"}],"password":[{"role":"ann@example.com"}]}',
        '{"messages":[{"role":"ann@example.com"}],"messages":[{"role":"ann@example.com"}]}',
        '{"messages":[{"role":"x","content":"4111 1111"},{"role":"x","content":" 1111 1111"}],"n":[{}]}',
    ],
)
def test_what_is_no_plain_request_is_read_as_ever(redactor: Redactor, text: str) -> None:
    result = forget(redactor).redact(text, "t")
    assert result == read_whole(redactor, text)
    assert "ann@example.com" not in result.text
