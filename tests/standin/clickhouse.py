"""A STAND-IN for a ClickHouse server: the part of its HTTP interface that clickhouse-connect uses, over the real
embedded engine in this process. python -m tests.standin.clickhouse DIRECTORY PORT FAULT_FILE

It runs what it is sent for real, so the client's HTTP path, errors, time-outs and half-written answers are exercised.
It does NOT prove: users, quotas, read-only users, compression of answers, Native protocol versions, replication,
Keeper, limits of a real server on URLs and forms (those are imitated: see MAX_URI and MAX_FIELD), nor its speed.

FAULT_FILE holds one word: `ok`, `error` (code 241), `broken` (execute, then answer with an error), `lost` (execute,
then close without an answer), `half` (half of the answer), `hang` (answer after a minute).
"""

import queue
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import clickhouse_connect
from clickhouse_connect.driver._backend.chdb_backend import CHDB_TRANSPORT_SETTINGS
from clickhouse_connect.driver._backend.models import QueryRuntime
from clickhouse_connect.driver.exceptions import ClickHouseError

# https://clickhouse.com/docs/operations/settings/settings: http_max_uri_size, http_max_field_value_size
MAX_URI = 1_048_576
MAX_FIELD = 131_072
NOT_PASSED_ON = ("default_format", "readonly")
"""readonly holds for one request of a server; the embedded engine could not take it back."""
INSERT = re.compile(rb"INSERT INTO (\S+) \((.*?)\) FORMAT (\w+)\n", re.S)


class Engine:
    """A few clients of the embedded engine."""

    def __init__(self, directory: str) -> None:
        self._clients: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(4):
            self._clients.put(clickhouse_connect.get_client(interface="chdb", path=directory))

    def run(self, sql: bytes, parameters: dict[str, str], settings: dict[str, str]) -> bytes:
        """Answer a statement in the format that it names, or take an insert with its data behind it."""
        client = self._clients.get()
        try:
            insert = INSERT.match(sql)
            if insert:
                columns = [name.strip(" `") for name in insert[2].decode().split(",")]
                table, fmt, block = insert[1].decode(), insert[3].decode(), sql[insert.end() :]
                client.raw_insert(table.replace("`", ""), columns, block, settings, fmt)
                return b""
            runtime = QueryRuntime(settings=settings)
            answer: bytes = client._backend.execute_raw_query(sql.decode(), parameters, None, runtime, None)
            return answer
        finally:
            self._clients.put(client)


def parse_form(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a multipart form."""
    boundary = b"--" + content_type.partition("boundary=")[2].encode()
    fields = {}
    for part in body.split(boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        assert name
        fields[name[1].decode()] = value.removesuffix(b"\r\n").decode()
    return fields


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    engine: Engine
    fault_file: Path

    def do_GET(self) -> None:
        """Commands and pings."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Everything else."""
        length = self.headers.get("content-length")
        self._answer(self.rfile.read(int(length)) if length else self._read_chunks())

    def _read_chunks(self) -> bytes:
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _answer(self, body: bytes) -> None:
        fault = self.fault_file.read_text().strip()
        named = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        fields: dict[str, str] = {}
        if self.headers.get("content-type", "").startswith("multipart/form-data"):
            fields, body = parse_form(body, self.headers["content-type"]), b""
        if len(self.path) > MAX_URI or any(len(value) > MAX_FIELD for value in fields.values()):
            self._send(400, b"Code: 1000. too long (POCO_EXCEPTION)\n", {"X-ClickHouse-Exception-Code": "1000"})
            return
        if fault == "error":
            self._fail(241, "MEMORY_LIMIT_EXCEEDED")
            return
        named |= fields
        query = named.pop("query", "").encode()
        sql = query + (b"\n" if query and body else b"") + body
        parameters = {name: value for name, value in named.items() if name.startswith("param_")}
        settings = {
            name: value
            for name, value in named.items()
            if name not in parameters and name not in CHDB_TRANSPORT_SETTINGS and name not in NOT_PASSED_ON
        }
        try:
            content = self.engine.run(sql, parameters, settings)
        except ClickHouseError as error:
            self._fail(getattr(error, "code", None) or 1002, getattr(error, "name", None) or "UNKNOWN_EXCEPTION")
            return
        self._deliver(fault, content)

    def _deliver(self, fault: str, content: bytes) -> None:
        if fault == "hang":
            time.sleep(60)
        if fault == "broken":
            self._fail(209, "SOCKET_TIMEOUT")
        elif fault == "lost":
            self.close_connection = True
        elif fault == "half":
            self.send_response(200)
            self.send_header("Content-Length", str(len(content) + 100))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        else:
            self._send(200, content, {"X-ClickHouse-Format": "TabSeparated"})

    def _fail(self, code: int, name: str) -> None:
        text = f"Code: {code}. DB::Exception: stand-in. ({name})\n".encode()
        self._send(500, text, {"X-ClickHouse-Exception-Code": str(code)})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002 - the name in the base class
        """Say nothing."""


def main(directory: str, port: str, fault_file: str) -> None:
    """Serve until killed."""
    Handler.engine = Engine(directory)
    Handler.fault_file = Path(fault_file)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.daemon_threads = True
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
