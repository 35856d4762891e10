"""Which span a log record belongs to, and what it adds to it.

    exactly named ──▶ the span with that id, if it is of the type the record means
    call id       ──▶ the tool call of that id in the trace (or in the session, where records name no trace)
    counts, time  ──▶ the nearest model call with the same tokens that no record of the kind has taken yet

Works on all records and all steps of the traces at hand, in the records' own order: so it does not matter which came
first. A record fills what a span leaves empty; a few know better and stand above it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Row = dict[str, Any]

FILLED = (
    "ErrorType", "SaysFailed", "UserId", "Provider", "Model", "RequestModel", "ResponseId", "FinishReason",
    "InputTokens", "OutputTokens", "CacheReadTokens", "CacheWriteTokens", "ReasoningTokens", "AudioInputTokens",
    "AudioOutputTokens", "FirstTokenMs", "ToolName", "ToolCallId", "ApprovalType", "ApprovalRequired",
    "ApprovalApproved", "ApprovalApprover",
)  # fmt: skip
COUNTS = frozenset(
    {"Provider", "Model", "RequestModel", "InputTokens", "OutputTokens", "CacheReadTokens", "CacheWriteTokens"}
)
"""What a price depends on."""
FINDINGS = "RedactionFindings"
FAILED_CLOSED = "RedactionFailed"
SCORES = ("Scores.Name", "Scores.Value", "Scores.Label", "Scores.Explanation")
STANDS_ABOVE: dict[str, frozenset[str]] = {
    "tool_decision": frozenset({"ApprovalRequired", "ApprovalApproved", "ApprovalApprover"}),
    # Gemini's spans leave thinking out of the output
    "api_response": frozenset({"OutputTokens"}),
}
_MODEL, _TOOL, _APPROVAL, _AGENT = "model_call", "tool_call", "approval", "agent"


class Steps:
    """Steps of some traces, looked up as records need them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_span = {(row["TraceId"], row["SpanId"]): row for row in rows}
        self._ordered = sorted(self._by_span.values(), key=lambda row: (row["Timestamp"], row["SpanId"]))
        self._taken: set[tuple[str, str, str]] = set()

    def find(self, record: Row) -> Row | None:
        """The step that this record tells of; None while it has not come."""
        target = record["RecordTarget"]
        named: Row | None = self._by_span.get((record["TraceId"], record["SpanId"]))
        if named is not None and target in ("", named["StepType"]):
            return named
        if not target:
            return None
        if target == _MODEL:
            return self._find_call(record)
        if target == _AGENT:
            return next((row for row in self._within(record) if row["StepType"] == _AGENT), None)
        tool = self._find_tool(record)
        if target == _APPROVAL and tool is not None:
            below = (tool["TraceId"], tool["SpanId"])
            return next((row for row in self._of_type(record, _APPROVAL) if _parent(row) == below), tool)
        return tool

    def walk_up(self, row: Row) -> Iterator[Row]:
        """The spans above one, the nearest first; a ring of parents ends."""
        seen = {row["SpanId"]}
        above = self._by_span.get(_parent(row))
        while above is not None and above["SpanId"] not in seen:
            yield above
            seen.add(above["SpanId"])
            above = self._by_span.get(_parent(above))

    def _within(self, record: Row) -> Iterable[Row]:
        """Steps of the record's trace, or of its session."""
        if record["TraceId"]:
            return (row for row in self._ordered if row["TraceId"] == record["TraceId"])
        return (row for row in self._ordered if record["SessionId"] and row["SessionId"] == record["SessionId"])

    def _of_type(self, record: Row, step_type: str) -> Iterable[Row]:
        return (row for row in self._within(record) if row["StepType"] == step_type)

    def _find_tool(self, record: Row) -> Row | None:
        if not record["ToolCallId"]:
            return None
        return next((r for r in self._of_type(record, _TOOL) if r["ToolCallId"] == record["ToolCallId"]), None)

    def _find_call(self, record: Row) -> Row | None:
        """The nearest call in time with the same counts, each taken by one record of a kind."""
        kind, at = record["RecordKind"], record["Timestamp"]
        found = [
            row
            for row in self._of_type(record, _MODEL)
            if (kind, row["TraceId"], row["SpanId"]) not in self._taken and _has_counts(row, record)
        ]
        if not found:
            return None
        best = min(found, key=lambda row: (abs(row["Timestamp"] + row["Duration"] - at), row["SpanId"]))
        self._taken.add((kind, best["TraceId"], best["SpanId"]))
        return best


def _add_findings(row: Row, records: Sequence[Row]) -> None:
    """What the redactor took out of a record was said at this step."""
    found = Counter(dict(row[FINDINGS]))
    for record in records:
        found.update(dict(record[FINDINGS]))
        row[FAILED_CLOSED] += record[FAILED_CLOSED]
    row[FINDINGS] = sorted(found.items())


def _parent(row: Row) -> tuple[str, str]:
    return row["TraceId"], row["ParentSpanId"]


def _has_counts(row: Row, record: Row) -> bool:
    """The span has the record's counts, or (in Gemini's spans) all but the thinking, or none at all."""
    if row["InputTokens"] == 0 and row["OutputTokens"] == 0:
        return (row["StatusCode"] == "Error") is (record["OutputTokens"] == 0)
    said = int(record["OutputTokens"])
    return bool(row["InputTokens"] == record["InputTokens"]) and row["OutputTokens"] in (
        said,
        said - record["ReasoningTokens"],
    )


def restore(row: Row) -> None:
    """Take back what earlier joining laid over the span's own facts."""
    for name, (own, _new) in json.loads(row["Overlaid"] or "{}").items():
        if name in SCORES:
            row[name] = row[name][:own]
        elif name == FINDINGS:
            row[name] = [(entity, count) for entity, count in own]
        elif name in FILLED or name == FAILED_CLOSED:
            row[name] = own
    row["Overlaid"] = ""


def overlay(row: Row, records: Sequence[Row]) -> None:
    """Lay what the records say over the row, in their order, and note what stood there."""
    before = {name: row[name] for name in (*FILLED, FINDINGS, FAILED_CLOSED)}
    scores = len(row["Scores.Name"])
    for record in records:
        above = STANDS_ABOVE.get(record["RecordKind"], frozenset())
        for name in FILLED:
            if record[name] and (not row[name] or (name in above and before[name] == row[name])):
                row[name] = record[name]
        for name in SCORES:
            row[name] = [*row[name], *record[name]]
    _add_findings(row, records)
    changed: dict[str, list[Any]] = {name: [own, row[name]] for name, own in before.items() if row[name] != own}
    if len(row["Scores.Name"]) > scores:
        changed |= {name: [scores, len(row[name])] for name in SCORES}
    # an empty object says that there are records, though they changed no fact: what was said is looked up then
    row["Overlaid"] = json.dumps(changed, sort_keys=True)
