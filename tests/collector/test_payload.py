"""What was said stands in the payload's table alone, so that it goes with the payload's lifetime."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from collector.normalise import normalise_spans
from collector.payload import list_events
from collector.spans import Event
from tests.collector.batches import make_context
from tests.collector.otlp_json import GOLDEN, load_sample

SAMPLES = sorted(
    path.stem for path in GOLDEN.glob("*.json") if path.stem != "expected" and not path.stem.endswith(".logs")
)
SAID = ("InputMessages", "OutputMessages", "SystemInstructions", "ToolArguments", "ToolResult", "Documents")
NAMES = frozenset({"agent.name", "graph.node.id", "graph.node.parent_id"})
"""Names that happen to stand in a text too."""


def list_sentences(value: str) -> Iterator[str]:
    """Texts in a JSON value that are long enough to be no name."""
    try:
        waiting = [json.loads(value)]
    except ValueError:
        waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if len(item) >= 12 and " " in item:
                yield item
        else:
            waiting += item if isinstance(item, list) else item.values() if isinstance(item, dict) else []


@pytest.mark.parametrize("name", SAMPLES)
def test_no_sentence_of_a_message_stands_with_the_span(name: str) -> None:
    columns = normalise_spans(load_sample(name), make_context()).columns
    said = {text for column in SAID for value in columns[column] for text in list_sentences(value)}
    places: list[tuple[str, str]] = [
        pair
        for row, attributes in enumerate(columns["SpanAttributes"])
        for fields in (attributes, *columns["Events.Attributes"][row])
        for pair in fields.items()
    ]
    found = {key for key, value in places if any(text in value for text in said)}
    assert not found - NAMES - {"exception.message"}


@pytest.mark.parametrize(
    ("name", "attributes", "kept"),
    [
        ("gen_ai.user.message", {"content": "hello", "gen_ai.system": "openai"}, {"gen_ai.system": "openai"}),
        ("tool.output", {"output": "rm"}, {}),
        ("exception", {"exception.type": "E", "exception.stacktrace": "at x"}, {"exception.type": "E"}),
        ("retry", {"after": "x" * 512}, {"after": "x" * 512}),
        ("retry", {"after": "x" * 513}, {}),
    ],
)
def test_what_events_say_goes_with_the_payload(name: str, attributes: dict[str, Any], kept: dict[str, str]) -> None:
    payload: dict[str, str] = {}
    times, names, maps = list_events([Event(5, "first", {}), Event(7, name, attributes)], payload)
    assert (times, names, maps) == ([5, 7], ["first", name], [{}, kept])
    assert payload == {f"events.1.{key}": value for key, value in attributes.items() if key not in kept}
