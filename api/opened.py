"""The replay of a run with originals in their places: seals of its spans and log records opened, and laid in."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.answers import Json
from api.causal import SpanKey
from api.queries.builder import build_records_query, build_seals_query
from api.queries.reader import Row, TenantReader
from api.reading import ReplayRows, build_whole
from schema.errors import SealError
from schema.originals import Original, restore_text
from vault.opener import SealPlace, open_seal
from vault.opener_file import UnlockedOpener

FIELDS = {
    "InputMessages": "input_messages", "OutputMessages": "output_messages", "SystemInstructions": "system_instructions",
    "ToolArguments": "input", "ToolResult": "output", "Documents": "documents", "SpanAttributes": "attributes",
    "PayloadAttributes": "attributes", "StatusMessage": "status_message",
}  # fmt: skip
"""Column → where the replay shows it, if under another name."""


@dataclass(slots=True)
class Opening:
    """What came of opening the seals of a run: originals by span, and what could not be opened, and why."""

    seals: int = 0
    marks: dict[SpanKey, list[Json]] = field(default_factory=lambda: defaultdict(list))
    failures: list[tuple[SpanKey, SealError]] = field(default_factory=list)


def read_seals(reader: TenantReader, rows: ReplayRows) -> tuple[list[Row], dict[str, Row]]:
    """The seals of a run, and its log records by id."""
    traces = rows.run["TraceIds"]
    records = {row["RecordId"]: row for row in reader.read_rows(build_records_query(traces))}
    return reader.read_rows(build_seals_query(traces, list(records))), records


def lay_originals(rows: ReplayRows, seals: Sequence[Row], records: dict[str, Row], opener: UnlockedOpener) -> Opening:
    """Open the seals and put what they hold into `rows`, in place. A seal that does not open leaves its places as
    they are."""
    opening = Opening(len(seals))
    steps = {step.key: step.row for step in rows.found.steps}
    tenant = rows.run["Tenant"]
    for seal in seals:
        place = SealPlace(tenant, seal["TraceId"], seal["SpanId"], seal["RecordId"])
        record = records.get(seal["RecordId"])
        key = (record["JoinTraceId"], record["JoinSpanId"]) if record else (seal["TraceId"], seal["SpanId"])
        try:
            originals = open_seal(b64decode(seal["Sealed"]), place, opener)
        except SealError as error:
            opening.failures.append((key, error))
            continue
        targets = [one for one in (steps.get(key), rows.said.get(key), rows.spans.get(key)) if one]
        for original in sorted(originals, key=_is_key):
            opening.marks[key] += _lay_record(record, targets, original) if record else _lay_span(targets, original)
    return opening


def build_opened(rows: ReplayRows, opening: Opening) -> Json:
    """The replay of these rows: each step says what in it is an original."""
    replay = build_whole(rows)
    failed = {key: str(error) for key, error in opening.failures}
    for step in replay["steps"]:
        key = (step["trace_id"], step["span_id"])
        step["originals"] = opening.marks.get(key, [])
        step["originals_error"] = failed.get(key)
    return replay


def _is_key(original: Original) -> bool:
    """Keys of maps come last: values are found by the redacted key."""
    return original.path[-1:] == (None,)


def _lay_span(targets: Sequence[Row], original: Original) -> list[Json]:
    for row in targets:
        if original.column in row:
            text = _read_place(row, original)
            restored = None if text is None else restore_text(text, original)
            if text is not None and restored is not None:
                _write_place(row, original, restored)
                return _mark(original, text)
    return _mark(original, None)


def _lay_record(record: Row, targets: Sequence[Row], original: Original) -> list[Json]:
    """A log record's text stands in a longer one, among those of other records of the span."""
    text = record.get(original.column)
    restored = restore_text(text, original) if isinstance(text, str) else None
    for row in targets:
        shown = row.get(original.column)
        if text and restored is not None and isinstance(shown, str) and text in shown:
            row[original.column] = shown.replace(text, restored, 1)
            return _mark(original, text)
    return _mark(original, None)


def _read_place(row: Row, original: Original) -> str | None:
    """The redacted text that the original belongs to, if it is in this row."""
    found = row[original.column]
    match original.path:
        case ():
            pass
        case (int(number),) if isinstance(found, list) and number < len(found):
            found = found[number]
        case (str(key), None) if isinstance(found, dict) and key in found:
            found = key
        case (str(key),) if isinstance(found, dict):
            found = found.get(key)
        case _:
            return None
    return found if isinstance(found, str) else None


def _write_place(row: Row, original: Original, restored: str) -> None:
    found = row[original.column]
    match original.path:
        case ():
            row[original.column] = restored
        case (str(key), None):
            row[original.column] = {restored if name == key else name: value for name, value in found.items()}
        case (place,):
            found[place] = restored


def _mark(original: Original, redacted: str | None) -> list[Json]:
    """What of a place is an original; `redacted` is its text before, None when it is not shown in the replay."""
    return [
        {
            "field": FIELDS.get(original.column, original.column),
            "path": list(original.path),
            "redacted": None if redacted is None else redacted[change.start : change.start + change.length],
            "original": change.original,
            "in_place": redacted is not None,
        }
        for change in original.changes
    ]
