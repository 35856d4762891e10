"""Log records that tell something about a span: which dialect's, what of it, and of which span (dialects.md 2 and 3).

A record that names its span exactly needs no more. Claude Code names the interaction and Gemini CLI nothing at all:
their records say what kind of step they mean, and `collector/joining.py` finds it by call id or by counts and time.
"""

import re
from dataclasses import dataclass, field

from collector import steps
from collector.dialects import cli_records
from collector.dialects.event_content import DETAILS, EVALUATION
from collector.dialects.event_messages import CHOICE, ROLES, convert_event
from collector.dialects.genai import fill_said, read_score
from collector.dialects.messages import Message
from collector.dialects.usage import fill_usage
from collector.dialects.values import dump_json, parse_object, read_count, read_text
from collector.spans import LogRecord
from collector.steps import Step

MESSAGE, REPLY, DETAIL, SCORE, USAGE, ERROR = "message", "reply", "details", "evaluation", "usage", "error"
_EXCEPTION = "gen_ai.client.operation.exception"
_USAGE_TEXT = re.compile(r"\b(\w+)=(\d{1,15})\b")
_LONGEST_USAGE = 4096


@dataclass(slots=True)
class Supplement:
    """What one record tells: a partial step; `target` is the type of step it means, empty for the span it names."""

    kind: str
    dialect: str
    step: Step = field(default_factory=Step)
    target: str = ""
    position: int = 0


def read_record(record: LogRecord) -> Supplement | None:
    """What the record tells of a span; None for a record of no known dialect, which is refused."""
    name = record.name
    if name in ROLES or name == CHOICE:
        return _read_message(record)
    if name == DETAILS:
        supplement = Supplement(DETAIL, "otel-genai", position=record.position)
        fill_said(supplement.step, record.attributes)
        for field_name in ("input_messages", "output_messages", "system_instructions"):
            setattr(supplement.step, field_name, _strip_list(getattr(supplement.step, field_name)))
        return supplement
    if name == EVALUATION:
        supplement = Supplement(SCORE, "otel-genai")
        supplement.step.scores.append(read_score(record.attributes))
        return supplement
    if name == _EXCEPTION:
        supplement = Supplement(ERROR, "otel-genai")
        supplement.step.error_type = read_text(record.attributes.get("exception.type"))
        return supplement
    if record.scope.name.startswith("semantic_kernel.connectors."):
        return _read_printed_usage(record)
    told = cli_records.read_record(record)
    if told is None:
        return None
    return Supplement(told.kind, told.dialect, told.step, told.target, record.position)


def _strip_list(text: str) -> str:
    """The items of a JSON list without its brackets, as every content of a supplement is kept."""
    return text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text


def _read_message(record: LogRecord) -> Supplement | None:
    """One message; Semantic Kernel writes its body as JSON text, and says its place."""
    body: Message = dict(record.body) if isinstance(record.body, dict) else dict(parse_object(record.body, 1 << 24))
    message = convert_event(record.name, body)
    if message is None:
        return None
    index = read_count(record.attributes.get("CHAT_MESSAGE_INDEX"))
    reply = record.name == CHOICE
    position = record.position if index is None else index
    supplement = Supplement(REPLY if reply else MESSAGE, "otel-genai", position=position)
    text = dump_json(message)
    if reply:
        supplement.step.output_messages = text
    else:
        supplement.step.input_messages = text
    return supplement


def _read_printed_usage(record: LogRecord) -> Supplement | None:
    """Semantic Kernel prints OpenAI's usage object: `CompletionUsage(completion_tokens=25, …)`."""
    text = read_text(record.body)
    if "Usage(" not in text or len(text) > _LONGEST_USAGE:
        return None
    supplement = Supplement(USAGE, "agent-framework", target=steps.MODEL_CALL)
    counts: dict[str, object] = {}
    for name, digits in _USAGE_TEXT.findall(text):
        counts.setdefault(name, int(digits))
    counts["prompt_tokens_details"] = {"cached_tokens": counts.get("cached_tokens")}
    fill_usage(supplement.step, counts)
    return supplement
