"""The only door to clickhouse-connect: the embedded engine (a directory) or a ClickHouse server (a URL).

Settings are named by purpose, and each purpose has its own clients.
"""

import queue
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.binding import format_str, quote_identifier
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schema.cluster import CLUSTERED, Cluster
from schema.codes import RETRYABLE_CODES, ROW_CODES
from schema.disk import clear_incoming, sync_file_system
from schema.engine import BASE
from schema.errors import ConfigError, RowsRefused, StoreError, StoreUnavailable

# A plain FINAL merges all partitions with each other; our keys never cross one (tombstones see to runs), and
# leaving that out was 0.07 s against 0.6 s on five million rows.
READ: dict[str, Any] = {
    "readonly": 2,
    "max_execution_time": 30,
    "max_memory_usage": 2_000_000_000,
    "max_result_rows": 1_000_000,
    "do_not_merge_across_partitions_select_final": 1,
}
WRITE: dict[str, Any] = {
    "max_execution_time": 600,
    "do_not_merge_across_partitions_select_final": 1,
    # a batch may carry late spans of very many days
    "max_partitions_per_insert_block": 0,
    # the engine would sort out repeated rows of one insert at once, and copy every text for it; reading with FINAL does
    "optimize_on_insert": 0,
    # the token must also hold for what a materialised view writes
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "flatten_nested": 1,
    # a day of payloads may be larger than the 50 GB that a drop is refused at
    "max_partition_size_to_drop": 0,
}

ANSWER_TIMEOUT_S = 300
"""A server that is silent for so long is given up; `?timeout_s=` in the URL says otherwise."""


class Pool:
    """Clients of one purpose. A client runs one query at a time; the embedded engine runs those of several side by
    side. Settings are given once per client: on the embedded engine, settings of a single call cost extra statements.
    """

    def __init__(self, arguments: Mapping[str, Any], settings: Mapping[str, Any], size: int) -> None:
        self.served = arguments["interface"] != "chdb"
        self._clients = [clickhouse_connect.get_client(**arguments, settings=dict(settings)) for _ in range(size)]
        self._idle: queue.SimpleQueue[Client] = queue.SimpleQueue()
        for client in self._clients:
            self._idle.put(client)

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Borrow a client. Errors of the driver become ours."""
        client = self._idle.get()
        try:
            yield client
        except ClickHouseError as error:
            raise _translate(error) from error
        except OSError as error:
            raise StoreUnavailable(f"the store is not reachable: {type(error).__name__}") from error
        finally:
            self._idle.put(client)

    @contextmanager
    def reader(self) -> Iterator[Client]:
        """Borrow a client to read. Over HTTP, an answer that cannot be understood is one that was cut off."""
        try:
            with self.client() as client:
                yield client
        except StoreError:
            raise
        except Exception as error:  # half an answer shows as whatever its parser stumbles over
            if not self.served:
                raise
            raise StoreUnavailable(f"the store's answer cannot be read: {type(error).__name__}") from error

    def close(self) -> None:
        """Close every client."""
        for client in self._clients:
            client.close()


class Store:
    """One ClickHouse, embedded or served. Safe to use from several threads.

    `assembling` is held by whoever reads steps or runs to write them again, so that nobody works from what another is
    about to replace. `rewrites` counts what took steps away or wrote them anew through this Store: who remembers steps
    looks whether it moved.
    """

    cluster = Cluster()

    def __init__(
        self,
        location: str,
        reading: Pool,
        writing: Pool,
        incoming: Path | None = None,
        cluster: Cluster = Cluster(),  # noqa: B008 - it cannot change
    ) -> None:
        self.location = location
        self.cluster = cluster
        self.served = "://" in location
        self._incoming = incoming
        self._reading = reading
        self._writing = writing
        self._clock = 0
        self._clock_lock = threading.Lock()
        self.assembling = threading.Lock()
        self.rewrites = 0

    @classmethod
    def open(
        cls,
        location: str,
        readers: int = 4,
        writers: int = 2,
        database: str = "",
        engine_config: Path | None = None,
        password: str = "",
        cluster: str = "",
    ) -> "Store":
        """Open the embedded engine in a directory, or connect to `http[s]://user:password@host:port/database`.

        `database` names another than the default one; it is made if it is not there. `engine_config` is another
        configuration file for the embedded engine than that of every store (schema/engine.py). `password` stands in
        place of one in the URL. `cluster` names the cluster that the server is a node of.

        Raises StoreUnavailable when it cannot be opened, ConfigError when `location` is neither.
        """
        arguments = _connection_arguments(location)
        if password:
            arguments["password"] = password
        group, more = Cluster(cluster), CLUSTERED if cluster else {}
        if arguments["interface"] == "chdb":
            arguments["chdb_options"] = {"config-file": str(engine_config or BASE)}
        try:
            if database:
                with clickhouse_connect.get_client(**arguments) as client:
                    client.command("CREATE DATABASE IF NOT EXISTS {name:Identifier}", parameters={"name": database})
                arguments["database"] = database
            incoming = clear_incoming(Path(arguments["path"])) if arguments["interface"] == "chdb" else None
            reading, writing = Pool(arguments, READ | more, readers), Pool(arguments, WRITE | more, writers)
            return cls(location, reading, writing, incoming, group)
        except ClickHouseError as error:
            raise StoreUnavailable(f"cannot open the store: {type(error).__name__}", _code(error)) from error

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None, *, tag: str) -> list[dict[str, Any]]:
        """Rows of a read as dictionaries. Parameters are bound by the server: `{name:String}`."""
        with self._reading.reader() as client:
            return list(client.query(_tagged(sql, tag), parameters=dict(parameters or {})).named_results())

    def query_arrow(self, sql: str, parameters: Mapping[str, Any] | None = None, *, tag: str) -> pa.Table:
        """The result of a read as an Arrow table, text as strings."""
        with self._reading.reader() as client:
            return client.query_arrow(_tagged(sql, tag), parameters=dict(parameters or {}), use_strings=True)

    def command(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, tag: str = "runvault.command",
        spares_steps: bool = False,
    ) -> None:  # fmt: skip
        """Run a statement that writes; `spares_steps` says that it leaves `steps` alone."""
        if not spares_steps:
            self.note_rewrite()
        try:
            with self._writing.client() as client:
                if self._writing.served:  # a command's parameters travel in the URL, a raw query's in a form
                    client.raw_query(_tagged(sql, tag), parameters=dict(parameters or {}))
                else:
                    client.command(_tagged(sql, tag), parameters=dict(parameters or {}))
        finally:
            if not spares_steps:  # also after it: who read in between may have read what has gone
                self.note_rewrite()

    def note_rewrite(self) -> int:
        """Count that steps are not what they were; how often that was."""
        with self._clock_lock:
            self.rewrites += 1
            return self.rewrites

    def insert(self, table: str, data: pa.Table, token: str) -> None:
        """Insert a table; the same token again inserts nothing (`insert_deduplication_token`)."""
        with self._writing.client() as client:
            if self._incoming is None:
                client.insert_arrow(table, data, settings={"insert_deduplication_token": token})
            else:
                _insert_file(client, table, data, token, self._incoming)

    def sync(self) -> None:
        """Make what was inserted outlive a power cut: until then it may be in the system's memory only.

        On the embedded engine one syncfs(2) of the store's file system, instead of a sync per file of each part (some
        seventy for a batch). On a server the tables sync their own parts (`schema/migrate.py`). Raises OSError.
        """
        if self._incoming is not None:
            sync_file_system(self._incoming)

    def advance_clock(self, now: int, read_latest: Callable[[], int]) -> int:
        """`now`, or what follows the greatest number given so far; `read_latest` says where to begin."""
        with self._clock_lock:
            if not self._clock:
                self._clock = read_latest()
            self._clock = max(now, self._clock + 1)
            return self._clock

    def ping(self) -> None:
        """Raise StoreUnavailable unless the store answers."""
        self.query("SELECT 1", tag="runvault.ping")

    def close(self) -> None:
        """Close every client. The embedded engine writes out what it holds in memory."""
        self._reading.close()
        self._writing.close()


def _insert_file(client: Client, table: str, data: pa.Table, token: str, incoming: Path) -> None:
    """Hand a table to the embedded engine in a file of our own. The client's own way copies it twice more, and a kill
    in the middle leaves its file in the system's temporary folder, out of reach of every lifetime and erasure."""
    with tempfile.NamedTemporaryFile(dir=incoming, suffix=".arrow") as file:
        with pa.OSFile(file.name, "wb") as sink, pa.ipc.new_file(sink, data.schema) as writer:
            writer.write_table(data)
        columns = ", ".join(quote_identifier(name) for name in data.column_names)
        client.command(
            f"INSERT INTO {quote_identifier(table)} ({columns}) FROM INFILE {format_str(file.name)}"
            f" SETTINGS insert_deduplication_token = {format_str(token)} FORMAT Arrow"
        )


def _tagged(sql: str, tag: str) -> str:
    """The statement with its maker's name in front, for the query log: a slow query names its maker."""
    return f"/* {tag} */ {sql}"


def _connection_arguments(location: str) -> dict[str, Any]:
    if "://" not in location:
        path = Path(location)
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return {"interface": "chdb", "path": str(path)}
    url = urlsplit(location)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ConfigError("store.url: expected a directory or http[s]://user:password@host:port/database")
    timeout = parse_qs(url.query).get("timeout_s", [str(ANSWER_TIMEOUT_S)])[0]
    if not timeout.isdigit():
        raise ConfigError("store.url: timeout_s must be a whole number of seconds")
    return {
        "interface": url.scheme,
        "send_receive_timeout": int(timeout),
        "host": url.hostname,
        "port": url.port or (8443 if url.scheme == "https" else 8123),
        "username": unquote(url.username or "default"),
        "password": unquote(url.password or ""),
        "database": url.path.strip("/") or "default",
        "autogenerate_session_id": False,
    }


def _code(error: ClickHouseError) -> int:
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else 0


def _translate(error: ClickHouseError) -> StoreError:
    """Our error for ClickHouse's: by its code, never by its text. The text may quote a value, so it stays out."""
    code = _code(error)
    name = getattr(error, "name", None) or type(error).__name__
    if code in RETRYABLE_CODES or code == 0:
        return StoreUnavailable(f"the store cannot answer now: {name}", code)
    if code in ROW_CODES:
        return RowsRefused(f"the store refused the rows: {name}", code)
    return StoreError(f"the store refused the statement: {name}", code)
