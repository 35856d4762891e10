"""The embedded engine as a guest sees it: one statement, read-only, bound to a tenant, limited, and stopped when told.

The engine itself holds this: row policies (`schema/guest_policies.py`), `readonly = 1`, which nothing takes back, and
limits. What it does not hold (files by `INTO OUTFILE` and `file()`, `KILL`, several statements) is for
`sqldoor/statement.py`, which reads the engine's own syntax tree.
"""

import json
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb
from chdb import ChdbError
from clickhouse_connect.driver.binding import format_str

from schema.errors import StatementRefused, StoreError
from schema.guest_policies import BOUND, CLOSED, DATABASE

Json = dict[str, Any]

IN_BLOCKS = frozenset({"Native", "TabSeparated", "TSV", "CSV", "RowBinary", "JSONEachRow"})
"""Formats whose blocks, one after the other, are the whole: they leave the engine as they come. Others are built whole
within `max_result_bytes`."""

LIMITS: dict[str, int] = {
    "max_execution_time": 30,
    "max_memory_usage": 1_000_000_000,
    "max_result_rows": 1_000_000,
    "max_result_bytes": 256 << 20,
    "max_threads": 2,
}
_FIXED: dict[str, str] = {
    "do_not_merge_across_partitions_select_final": "1",
    "result_overflow_mode": "throw",
    "timeout_overflow_mode": "throw",
    "log_queries": "0",
    # a function on a block cannot be interrupted, so blocks are small and arrays bounded
    "max_block_size": "8192",
    "function_range_max_elements_in_block": "10000000",
    # how many rows were read tells of those that are not seen
    "output_format_write_statistics": "0",
    # nothing that one guest's statement left behind is used for another's
    "use_query_cache": "0",
    "use_query_condition_cache": "0",
    "use_query_condition_cache_for_top_k": "0",
}
_SHOWN = frozenset({42, 43, 46, 47, 60, 62, 115, 179, 184, 207, 215, 352, 386, 403, 456})
"""Errors that are about the statement alone: their text quotes it, and no value of a row."""
_ERROR = re.compile(r"Code: (\d+)\. DB::Exception: (.*?)(?:: In scope .*|\. In scope .*)?\s*\((\w+)\)\s*\Z", re.S)


@dataclass(frozen=True, slots=True)
class Binding:
    """Whose rows are seen; an empty environment is all of the tenant's."""

    tenant: str
    environment: str = ""


class Guests:
    """Lets guests into the engine that is open in a directory. Safe to use from several threads."""

    def __init__(self, location: str, engine_config: Path) -> None:
        self._address = f"{location}?config-file={engine_config}"
        self._own = self._connect()
        self._lock = threading.Lock()

    def _connect(self) -> Any:
        return chdb.connect(self._address)  # type: ignore[no-untyped-call]  # chdb's types are in name only

    def read(self, sql: str) -> list[Json]:
        """Rows of a question of ours about the engine."""
        with self._lock:
            answer = self._own.query(sql, "JSONEachRow").bytes() or b""
        return [json.loads(line) for line in answer.splitlines()]

    def check_bound(self) -> None:
        """Raises StoreError unless the policies are in force and know every table: else the port stays shut."""
        tables = self.read(f"SELECT name FROM system.tables WHERE database = '{DATABASE}' AND engine != 'View'")  # noqa: S608 - our own name
        unknown = {row["name"] for row in tables} - {*BOUND, *CLOSED}
        if unknown:
            raise StoreError(f"tables without a row policy: {', '.join(sorted(unknown))}")
        question = f"SELECT count() AS rows FROM {DATABASE}.schema_migrations"  # noqa: S608 - our own name
        nobody = self.receive(Binding(""), {})
        try:
            seen = b"".join(nobody.run(question, "TSV", {}))
        finally:
            nobody.close()
        if seen.strip() != b"0" or not int(self.read(question)[0]["rows"]):
            raise StoreError("row policies are not in force")

    def receive(self, binding: Binding, settings: Mapping[str, str], readonly: int = 1) -> "Guest":
        """A guest for one statement. `settings` are its own; the limits stand. Raises StatementRefused."""
        token = uuid.uuid4().hex
        comment = json.dumps({"tenant": binding.tenant, "environment": binding.environment, "token": token})
        handle = self._connect()
        try:
            if settings:
                _set(handle, settings)
            limits = {name: str(value) for name, value in LIMITS.items() if name not in settings}
            _set(handle, {**limits, **_FIXED, "log_comment": comment, "readonly": str(readonly)})
        except BaseException:
            handle.close()
            raise
        return Guest(handle, comment, self)

    def stop(self, comment: str) -> None:
        """Make the engine drop the statement of the guest with this comment. It may already be over."""
        with self._lock, suppress(ChdbError, RuntimeError):
            self._own.query(f"KILL QUERY WHERE Settings['log_comment'] = {format_str(comment)} ASYNC", "TSV")

    def close(self) -> None:
        """Let go of the engine."""
        self._own.close()


class Guest:
    """One statement of a guest, in one thread at a time; `stop` from any."""

    def __init__(self, handle: Any, comment: str, guests: Guests) -> None:
        self._handle = handle
        self._comment = comment
        self._guests = guests
        self._stopped = False

    def parse(self, sql: str) -> Json:
        """The statement's syntax tree, as the engine reads it. Raises StatementRefused."""
        tree: Json = json.loads(self._ask("SELECT parseQueryToJSON({text:String})", sql))
        return tree

    def format_tree(self, tree: Json) -> str:
        """The statement of a tree. Raises StatementRefused."""
        return self._ask("SELECT formatQueryFromJSON({text:String})", json.dumps(tree, ensure_ascii=False))

    def format(self, sql: str) -> str:
        """The statement as the engine writes it: no comments, one spelling. Raises StatementRefused."""
        return self._ask("SELECT formatQuery({text:String})", sql)

    def _ask(self, question: str, text: str) -> str:
        with _told():
            answer = self._handle.query(question, "TSVRaw", params={"text": escape(text)}).bytes()
        return str(answer.decode()).removesuffix("\n")

    def run(self, sql: str, form: str, parameters: Mapping[str, str], whole: bool = False) -> Iterator[bytes]:
        """The answer in a format, in pieces, or in one if it is to be `whole`. `parameters` by name, each as a field of
        TSV. Raises StatementRefused."""
        with _told():
            if whole or form not in IN_BLOCKS:
                yield self._handle.query(sql, form, params=dict(parameters)).bytes() or b""
                return
            stream = self._handle.send_query(sql, form, params=dict(parameters))
            try:
                while not self._stopped and (piece := stream.fetch()) is not None:
                    yield piece.bytes()
            finally:
                stream.close()

    def describe(self, sql: str, parameters: Mapping[str, str]) -> list[tuple[str, str]]:
        """Names and types of the columns of a SELECT, which is not run. Raises StatementRefused."""
        with _told():
            found = self._handle.query(f"DESCRIBE TABLE ({sql})", "JSONCompactEachRow", params=dict(parameters)).bytes()
        return [(name, kind) for name, kind, *_ in map(json.loads, found.splitlines())]

    def stop(self) -> None:
        """Stop the statement, soon."""
        self._stopped = True
        self._guests.stop(self._comment)

    def close(self) -> None:
        """Let go of the handle, and of all that was set in it."""
        self._handle.close()


def escape(text: str) -> str:
    """A text as the value of a parameter: the engine reads it as a field of TSV."""
    escaped = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return escaped.replace("\r", "\\r").replace("\0", "\\0")


def _set(handle: Any, settings: Mapping[str, str]) -> None:
    with _told():
        handle.query("SET " + ", ".join(f"{name} = {format_str(value)}" for name, value in settings.items()), "TSV")


class _told:  # noqa: N801 - reads as a word at its place
    """The engine's errors become ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ChdbError | RuntimeError):
            raise translate(str(error)) from None


def translate(text: str) -> StatementRefused:
    """Our error for the engine's. Its text stays only where it is about the statement alone."""
    found = _ERROR.search(text)
    if found is None:
        return StatementRefused("the engine refused the statement", 1002, "UNKNOWN_EXCEPTION")
    code, name = int(found[1]), found[3]
    message = found[2].partition(". Expected one of")[0] if code in _SHOWN else f"the statement ended with {name}"
    return StatementRefused(message, code, name)
