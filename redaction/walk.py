"""The one walker that knows every place where a sender's text can hide: every column of a batch, as it declares.

SpanBatch (Python columns) ─▶ each column by its `scan` kind ─▶ RedactedBatch (Arrow, JOURNAL_SCHEMA)
"""

from collections.abc import Callable, Container, Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from redaction.cache import SHORT
from redaction.findings import Redaction, count_findings
from redaction.flat_parts import find_runs
from redaction.originals import OriginalsCollector, OriginalsSealer
from redaction.parts import is_chunk_key
from redaction.redactor import PlaceRedactor, TextRedactor
from schema.batch import Columns, RedactedBatch, SpanBatch, TextMap
from schema.columns import COLUMNS, JOURNAL_SCHEMA, MONEY, TEXT_MAP, Column, Scan
from schema.errors import RedactionError

_CENT = Decimal(1).scaleb(-MONEY.scale)


class _Walk:
    """One walk over one batch; keeps what was found per span."""

    def __init__(self, tenants: list[str], environments: list[str], redactor: TextRedactor) -> None:
        self.owners = list(zip(tenants, environments, strict=True))
        self._distinct = set(self.owners)
        self._redactor = redactor
        self._places: list[PlaceRedactor] = []
        self.findings: list[dict[str, int]] = [{} for _ in tenants]
        self.failed = [0] * len(tenants)
        self.scanned: npt.NDArray[np.uint64] = np.zeros(len(tenants), dtype=np.uint64)

    def walk(self, column: Column, values: list[Any]) -> list[Any]:
        """A column, by what it holds."""
        if column.scan is Scan.NONE:
            return values
        of_owner = {owner: self._redactor.at(*owner, column.name) for owner in self._distinct}
        self._places = [of_owner[owner] for owner in self.owners]
        if column.scan is Scan.TEXT:
            return self._walk_texts(values)
        return _METHODS[column.scan](self, values)

    def _walk_texts(self, values: list[str]) -> list[str]:
        """A column of texts. When all were seen before and clean, that is one look at the distinct ones. Long texts are
        never remembered as they are: looking for them would read all of them once more."""
        self.scanned += _byte_lengths(values)
        places = self._places
        if len(self._distinct) == 1 and max(map(len, values), default=0) < SHORT:
            known = places[0].known_clean
            if all(value in known for value in set(values)):
                return values
        return [
            value
            if len(value) < SHORT and value in places[row].known_clean
            else self._note(row, places[row].redact(value))
            for row, value in enumerate(values)
        ]

    def walk_lists(self, values: list[list[str]]) -> list[list[str]]:
        """A column of lists of texts."""
        return [self._list(row, texts) if texts else texts for row, texts in enumerate(values)]

    def walk_maps(self, values: list[TextMap]) -> list[TextMap]:
        """A column of maps, keys and values. Spans of one resource share a map, and so one result."""
        done: dict[tuple[int, int], tuple[TextMap, int]] = {}
        redacted = []
        for row, fields in enumerate(values):
            if not fields:
                redacted.append(fields)
                continue
            identity = (id(fields), id(self._places[row]))
            known = done.get(identity)
            if known is None:
                before = int(self.scanned[row])
                result = self._map(row, fields)
                if result is fields:
                    done[identity] = result, int(self.scanned[row]) - before
                redacted.append(result)
            else:
                self.scanned[row] += known[1]
                redacted.append(known[0])
        return redacted

    def walk_map_lists(self, values: list[list[TextMap]]) -> list[list[TextMap]]:
        """A column of lists of maps: the attributes of events, of which several may be the chunks of one text."""
        return [
            [self._map(row, fields) for fields in self._join_chunks(row, maps)] if maps else maps
            for row, maps in enumerate(values)
        ]

    def _join_chunks(self, row: int, maps: list[TextMap]) -> list[TextMap]:
        """The maps without values that cross from one event's chunk into that of the next."""
        joined = maps
        for key in {key for fields in maps for key in fields if is_chunk_key(key)} if len(maps) > 1 else ():
            run: list[int] = []
            for number, fields in enumerate([*joined, {}]):
                if key in fields:
                    run.append(number)
                    continue
                if len(run) > 1:
                    joined = self._redact_run(row, key, joined, run)
                run = []
        return joined

    def _redact_run(self, row: int, key: str, maps: list[TextMap], run: list[int]) -> list[TextMap]:
        changed = list(maps)
        texts = self._redact_parts(row, key, [maps[number][key] for number in run])
        for number, text in zip(run, texts, strict=True):
            if text is not maps[number][key]:
                changed[number] = {**maps[number], key: text}
        return changed

    def _join_parts(self, row: int, fields: TextMap) -> TextMap:
        """The map without values that cross from one part of a message into the next; itself when there are none."""
        joined = fields
        for run in find_runs(fields):
            texts = self._redact_parts(row, run[0], [fields[key] for key in run])
            if any(text is not fields[key] for key, text in zip(run, texts, strict=True)):
                joined = joined | dict(zip(run, texts, strict=True))
        return joined

    def _redact_parts(self, row: int, key: str, texts: list[str]) -> list[str]:
        parts = self._places[row].redact_parts(key, texts)
        count_findings(self.findings[row], parts.findings)
        self.failed[row] += parts.failed
        return [old if old == new else new for old, new in zip(texts, parts.texts, strict=True)]

    def _note(self, row: int, result: Redaction) -> str:
        if result.findings:
            count_findings(self.findings[row], result.findings)
        self.failed[row] += result.failed
        return result.text

    def _list(self, row: int, texts: list[str]) -> list[str]:
        self.scanned[row] += sum(map(_byte_length, texts))
        place = self._places[row]
        known = place.known_clean
        return [text if len(text) < SHORT and text in known else self._note(row, place.redact(text)) for text in texts]

    def _map(self, row: int, fields: TextMap) -> TextMap:
        self.scanned[row] += sum(map(_byte_length, fields)) + sum(map(_byte_length, fields.values()))
        place = self._places[row]
        known, matters = place.known_clean, place.key_matters
        fields = self._join_parts(row, fields)
        redacted: TextMap = {}
        same = True
        for key, value in fields.items():
            new_key = key if len(key) < SHORT and key in known else self._note(row, place.redact(key))
            if matters(key):
                new = self._note(row, place.redact_value(key, value))
            else:
                new = value if len(value) < SHORT and value in known else self._note(row, place.redact(value))
            same = same and new is value and new_key is key
            redacted[free_key(new_key, redacted) if new_key in redacted else new_key] = new
        return fields if same else redacted


_METHODS: dict[Scan, Callable[[_Walk, list[Any]], list[Any]]] = {
    Scan.TEXTS: _Walk.walk_lists,
    Scan.MAP: _Walk.walk_maps,
    Scan.MAPS: _Walk.walk_map_lists,
}


def free_key(key: str, taken: Container[str]) -> str:
    """`key`, or `key#2`, `key#3` … when two keys have become equal: no value may be lost by redaction."""
    number, candidate = 1, key
    while candidate in taken:
        number += 1
        candidate = f"{key}#{number}"
    return candidate


def redact_spans(batch: SpanBatch, redactor: TextRedactor, sealer: OriginalsSealer | None = None) -> RedactedBatch:
    """Redact every place of a batch that holds a sender's text and build the table that may be written.

    `sealer` gets the originals of all that was replaced, where it wants them; what it makes of them is written too.

    Raises RedactionError, without any value in it, when the columns do not fit their declared types.
    """
    columns = batch.columns
    walk = _Walk(columns["Tenant"], columns["Environment"], redactor)
    originals = OriginalsCollector(walk.owners, sealer) if sealer else None
    redacted: Columns = {}
    for column in COLUMNS:
        if column.name in columns:
            redacted[column.name] = walk.walk(column, columns[column.name])
            if originals is not None and column.scan is not Scan.NONE:
                originals.note_column(column, columns[column.name], redacted[column.name])
    redacted["RedactionFindings"] = walk.findings
    redacted["RedactionFailed"] = walk.failed
    redacted["RedactionBytes"] = walk.scanned.tolist()
    redacted["PolicyVersion"] = [redactor.policy_version] * len(batch)
    redacted["Sealed"] = originals.seal(columns) if originals else [b""] * len(batch)
    totals: dict[str, int] = {}
    for findings in walk.findings:
        if findings:
            count_findings(totals, findings)
    table = to_table(redacted)
    return RedactedBatch(table, totals, sum(walk.failed), int(walk.scanned.sum()))


def to_table(columns: Columns) -> pa.Table:
    """Columns of Python values → Arrow in JOURNAL_SCHEMA. Times are integers in the column's unit, money is Decimal.

    Raises RedactionError naming the column, never a value of it, when one does not fit.
    """
    arrays = []
    for column in COLUMNS:
        try:
            arrays.append(_to_array(column, columns[column.name]))
        # Arrow's message quotes the value that did not fit, so it goes no further than here.
        except (KeyError, pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError):
            raise RedactionError(f"column {column.name} does not fit its declared type") from None
    return pa.Table.from_arrays(arrays, schema=JOURNAL_SCHEMA)


def _to_array(column: Column, values: list[Any]) -> pa.Array:
    if column.arrow == TEXT_MAP:
        return _map_array(values)
    if column.arrow == MONEY:
        return pa.array([_round_money(value) for value in values], MONEY)
    try:
        return pa.array(
            [list(value.items()) for value in values] if pa.types.is_map(column.arrow) else values, column.arrow
        )
    except UnicodeEncodeError:
        return pa.array([_encodable(value) for value in values], column.arrow)


def _map_array(maps: list[TextMap]) -> pa.MapArray:
    """Built flat: keys and values of all maps one after the other, and where each map begins."""
    offsets = np.zeros(len(maps) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, maps), np.int32, len(maps)), out=offsets[1:])
    keys = [key for fields in maps for key in fields]
    values = [value for fields in maps for value in fields.values()]
    return pa.MapArray.from_arrays(pa.array(offsets), pa.array(keys, pa.string()), pa.array(values, pa.string()))


def _round_money(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    return value.quantize(_CENT) if isinstance(exponent, int) and -exponent > MONEY.scale else value


def _encodable(value: Any) -> Any:
    return value if not isinstance(value, str) else value.encode("utf-8", "replace").decode()


def _byte_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _byte_lengths(values: Iterable[str]) -> npt.NDArray[np.uint64]:
    texts = list(values)
    lengths = map(len, texts) if all(map(str.isascii, texts)) else map(_byte_length, texts)
    return np.fromiter(lengths, np.uint64, len(texts))
