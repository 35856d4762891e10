"""Values spread over attributes that are the parts of one message."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redaction.findings import MARKER_FAILED
from redaction.flat_parts import find_runs
from redaction.redactor import Redactor
from redaction.walk import redact_spans
from tests.redaction.test_parts import CARD, VALUES, cut
from tests.redaction.test_walk import make_batch

# OpenInference, OpenLLMetry with lists as contents, a list of texts, brackets, what the collector makes of events
FORMS = (
    "llm.input_messages.3.message.contents.{}.message_content.text",
    "gen_ai.prompt.0.content.{}.text",
    "gen_ai.completion.1.parts.{}",
    "messages[0].content[{}].text",
    "chunks.{}",
    "events.{}.gen_ai.event.content",
)


def redact_fields(redactor: Redactor, fields: dict[str, str]) -> tuple[dict[str, str], dict[str, int]]:
    batch = redact_spans(make_batch(PayloadAttributes=fields), redactor)
    return dict(batch.table["PayloadAttributes"].to_pylist()[0]), batch.findings


@given(
    entity=st.sampled_from(sorted(VALUES)),
    form=st.sampled_from(FORMS),
    places=st.lists(st.integers(0, 200), min_size=1, max_size=12),
    first=st.sampled_from([0, 1, 9, 98]),
    seed=st.integers(0, 99),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_value_cut_anywhere_is_gone(
    redactor: Redactor, entity: str, form: str, places: list[int], first: int, seed: int
) -> None:
    parts = cut(f"use {VALUES[entity]} please", places)
    entries = [(form.format(number), part) for number, part in enumerate(parts, first)]
    keys = [key for key, _ in entries]
    entries += [("llm.model_name", "x-1"), ("llm.input_messages.3.message.role", "user")]
    random.Random(seed).shuffle(entries)  # a map has no order
    redacted, findings = redact_fields(redactor, dict(entries))
    whole = "".join(redacted[key] for key in keys)
    assert findings == {entity: 1}
    assert whole.startswith(f"use <{entity}_")
    assert whole.endswith("> please")
    assert list(redacted) == [key for key, _ in entries]


def test_token_stands_in_the_first_part(redactor: Redactor) -> None:
    form = FORMS[0]
    fields = {form.format(2): " 1111 1111", form.format(1): "my card is 4111 1111", form.format(3): " ok"}
    redacted, _ = redact_fields(redactor, fields)
    whole = redactor.redact(f"my card is {CARD}", "t").text
    assert redacted == {form.format(2): "", form.format(1): whole, form.format(3): " ok"}


@pytest.mark.parametrize(
    "keys",
    [
        ("llm.input_messages.0.message.content", "llm.input_messages.1.message.content"),  # two messages
        (FORMS[0].format(0), FORMS[0].format(2)),  # an image between them
        (FORMS[0].format(0), FORMS[0].format(1).replace("s.3.", "s.4.")),  # parts of two messages
        ("contents.0.message_content.text", "contents.1.message_content.id"),  # no text
        ("content_parts_0", "content_parts_1"),
        ("retrieval.documents.0.document.content", "retrieval.documents.1.document.content"),
        ("events.0.id", "events.1.id"),
    ],
)
def test_what_is_not_joined(redactor: Redactor, keys: tuple[str, str]) -> None:
    fields = dict(zip(keys, ("4111 1111", " 1111 1111"), strict=True))
    assert redact_fields(redactor, fields) == (fields, {})


def test_runs_are_sorted_by_their_number() -> None:
    keys = [f"a.content.{number}.text" for number in (10, 9, 2, 1, 11)] + ["a.content.12.image", "b.content.2"]
    assert find_runs(keys) == [
        ["a.content.1.text", "a.content.2.text"],
        ["a.content.9.text", "a.content.10.text", "a.content.11.text"],
    ]


def test_parts_that_cannot_be_read_go_whole(redactor: Redactor, monkeypatch: pytest.MonkeyPatch) -> None:
    find = redactor.scanner.find

    def broken(text: str, *rest: Any, **named: Any) -> Any:
        if "and another" in text:
            raise RuntimeError
        return find(text, *rest, **named)

    monkeypatch.setattr(redactor.scanner, "find", broken)
    fields = {"content.0": "a text and", "content.1": " another one", "n": "a text"}
    assert redact_fields(redactor, fields)[0] == {**dict.fromkeys(fields, MARKER_FAILED), "n": "a text"}


def test_many_parts_end_in_time(redactor: Redactor) -> None:
    """Linear: a value in every second border of 20,000 parts."""
    fields = {f"content.{number}.text": ("mail ana@exam", "ple.com; ")[number % 2] for number in range(20_000)}
    redacted, findings = redact_fields(redactor, fields)
    assert findings == {"EMAIL_ADDRESS": 10_000}
    assert not any("@" in text for text in redacted.values())
