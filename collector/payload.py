"""What of a span is payload: texts that go with the payloads' lifetime, not with the span's.

Attributes that a dialect understood are columns already ("absorbed"); of the others, those that carry what was said by
their name, and any long one, go into `PayloadAttributes`. Events carry messages too (GenAI's conventions until 1.36,
Claude Code's tool output): their contents go there as `events.<number>.<key>`.
"""

from collections.abc import Sequence
from functools import lru_cache

import orjson

from collector.dialects.values import encode_bytes
from collector.spans import Attributes, Event, Value
from schema.batch import TextMap

LARGEST = 2**63 - 1
LONG_TEXT = 512
"""A longer attribute is payload, whatever its name: it stays out of the table that lists read."""
LONG_KEY = 200
"""A longer name is payload, too, and not remembered."""
PAYLOAD_KEYS = frozenset(
    {
        "input.value", "output.value", "gen_ai.input.messages", "gen_ai.output.messages",
        "gen_ai.system_instructions", "gen_ai.tool.definitions", "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result", "gen_ai.retrieval.documents", "gen_ai.retrieval.query.text", "gen_ai.prompt",
        "gen_ai.completion", "traceloop.entity.input", "traceloop.entity.output", "exception.stacktrace",
        "langfuse.trace.input", "langfuse.trace.output", "langfuse.observation.input", "langfuse.observation.output",
        "llm.invocation_parameters", "gen_ai.tool.args", "gen_ai.memory.query.text", "inputs", "output",
        "expected_output",
    }
)  # fmt: skip
PAYLOAD_PREFIXES = (
    "llm.input_messages.", "llm.output_messages.", "llm.prompts.", "llm.tools.", "retrieval.documents.",
    "reranker.", "gen_ai.prompt.", "gen_ai.completion.", "gen_ai.prompt.variable.", "llm.prompt_template.",
    "langfuse.experiment.item.",
)  # fmt: skip
TALKING_EVENTS = ("gen_ai.", "tool.output")
"""Events of these names tell what was said; of them only `FACTS` stay with the span."""
FACTS = frozenset(
    {
        "gen_ai.system", "gen_ai.provider.name", "gen_ai.evaluation.name", "gen_ai.evaluation.score.value",
        "gen_ai.evaluation.score.label", "error.type", "event.name", "finish_reason", "id", "index", "role",
    }
)  # fmt: skip


def split_attributes(attributes: Attributes, absorbed: set[str]) -> tuple[TextMap, TextMap]:
    """Attributes for the span's row, and payload attributes for the table apart; absorbed ones are in neither."""
    small: TextMap = {}
    payload: TextMap = {}
    for key, value in attributes.items():
        if key in absorbed:
            continue
        text = value if isinstance(value, str) else to_text(value)
        if len(text) > LONG_TEXT or len(key) > LONG_KEY or is_payload(key):
            payload[key] = text
        else:
            small[key] = text
    return small, payload


def list_events(events: Sequence[Event], payload: TextMap) -> tuple[object, ...]:
    """Times, names and attributes of events for the span's row; what they say goes into `payload`."""
    maps = []
    for number, event in enumerate(events):
        talks = event.name.startswith(TALKING_EVENTS)
        small: TextMap = {}
        for key, value in event.attributes.items():
            text = value if isinstance(value, str) else to_text(value)
            if len(text) > LONG_TEXT or len(key) > LONG_KEY or is_payload(key) or (talks and key not in FACTS):
                payload[f"events.{number}.{key}"] = text
            else:
                small[key] = text
        maps.append(small)
    return [min(event.time_ns, LARGEST) for event in events], [event.name for event in events], maps


@lru_cache(maxsize=4096)
def is_payload(key: str) -> bool:
    """Whether an attribute is payload by its name. Remembered: an agent's spans carry the same names over and over."""
    return key in PAYLOAD_KEYS or key.startswith(PAYLOAD_PREFIXES)


def to_text_map(attributes: Attributes) -> TextMap:
    """Attributes as the Collector's ClickHouse exporter writes them: all values as text."""
    return {key: value if isinstance(value, str) else to_text(value) for key, value in attributes.items()}


def to_text(value: Value) -> str:
    """A value as text: structures as JSON, bytes as a data URI, an unset value as nothing."""
    if isinstance(value, str):
        return value
    if type(value) is int:  # most of what is no text; and no bool
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return encode_bytes(value)
    if isinstance(value, list | dict):
        return orjson.dumps(value, default=encode_bytes, option=orjson.OPT_NON_STR_KEYS).decode()
    return repr(value)
