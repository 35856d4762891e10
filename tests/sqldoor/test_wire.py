"""Requests as clickhouse-go over HTTP makes them for Grafana's plugin, by its source (conn_http.go, conn_http_query.go,
lib/proto/block.go). Neither was run here: there is no Go on the machine."""

import base64
import gzip
import json
from typing import Any

import httpx
import pytest

from tests.sqldoor.conftest import House

pytestmark = pytest.mark.service

URL = {"database": "default", "default_format": "Native", "client_protocol_version": "54460"}
PACKED = {"enable_http_compression": "1"}


def ask(house: House, sql: str, **more: str) -> httpx.Response:
    """POST, the statement as the body, the rest in the URL; user and password of the URL become Basic."""
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"grafana:{house.acme}".encode()).decode(),
        "User-Agent": "grafana/12.0.0 clickhouse-datasource/4.10.0 clickhouse-go/2.40.0 (lv:go/1.24.0; os:linux)",
        "Accept-Encoding": "gzip",
    }
    request = house.http.build_request(
        "POST", house.service.sql, params={**URL, **PACKED, **more}, headers=headers, content=sql.encode()
    )
    return house.http.send(request)


def read_blocks(data: bytes) -> list[tuple[list[str], list[tuple[Any, ...]]]]:
    """Column names and rows of each block, as Block.Decode reads them at a revision of 54454 or later."""
    blocks, place = [], 0

    def take(size: int) -> bytes:
        nonlocal place
        place += size
        assert place <= len(data)
        return data[place - size : place]

    def take_number() -> int:
        number = shift = 0
        while (byte := take(1)[0]) & 0x80:
            number, shift = number | (byte & 0x7F) << shift, shift + 7
        return number | byte << shift

    def take_text() -> str:
        return take(take_number()).decode()

    while place < len(data):
        assert (take_number(), take(1), take_number(), take(4), take_number()) == (1, b"\0", 2, b"\xff" * 4, 0)
        columns, rows = take_number(), take_number()
        names, values = [], []
        for _ in range(columns):
            names.append(take_text())
            kind = take_text()
            assert take(1) == b"\0"  # "custom serialization is not supported"
            sizes = {"UInt8": 1, "UInt32": 4, "UInt64": 8}
            values.append(
                [take_text() if kind == "String" else int.from_bytes(take(sizes[kind]), "little") for _ in range(rows)]
            )
        blocks.append((names, list(zip(*values, strict=True))))
    return blocks


def test_hello(house: House) -> None:
    answer = ask(house, "SELECT displayName(), version(), revision(), timezone()")
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-clickhouse-format"] == "Native"
    ((_names, ((host, version, revision, zone),)),) = read_blocks(answer.content)
    assert host == "runvault"  # and not the machine's name
    assert int(version.split(".")[0]) >= 26
    assert revision >= 54_460
    assert zone == answer.headers["x-clickhouse-timezone"]


def test_ping_is_a_statement_with_a_column_named_1(house: House) -> None:
    assert read_blocks(ask(house, "SELECT 1").content) == [(["1"], [(1,)])]


def test_rows_and_none(house: House) -> None:
    answer = ask(house, "SELECT RunId, toUInt64(1) AS n FROM runs ORDER BY RunId", query_id="q-1", quota_key="x")
    assert answer.headers["x-clickhouse-query-id"] == "q-1"
    assert read_blocks(answer.content) == [(["RunId", "n"], [("a-1", 1), ("a-2", 1)])]
    # a table's columns are shown even when it is empty
    assert read_blocks(ask(house, "SELECT RunId, toUInt64(1) AS n FROM runs WHERE 0").content) == [(["RunId", "n"], [])]


def test_many_blocks(house: House) -> None:
    blocks = read_blocks(ask(house, "SELECT number, toString(number) AS t FROM numbers(200000)").content)
    assert len(blocks) > 1
    assert [row for _names, rows in blocks for row in rows] == [(n, str(n)) for n in range(200_000)]


def test_parameters_and_settings_in_the_url(house: House) -> None:
    answer = ask(house, "SELECT {a:String} AS a, {b:UInt64} AS b", param_a="x", param_b="2", max_execution_time="60")
    assert read_blocks(answer.content) == [(["a", "b"], [("x", 2)])]
    # the plugin's row limit is the setting `limit`
    assert len(read_blocks(ask(house, "SELECT number FROM numbers(9)", limit="3").content)[0][1]) == 3


def test_errors_are_read_from_status_and_body(house: House) -> None:
    answer = ask(house, "SELECT nothing")
    assert answer.status_code == 404
    assert answer.text.startswith("Code: 47. DB::Exception: ")
    assert "UNKNOWN_IDENTIFIER" in answer.text


def test_lz4_of_clickhouse_itself_is_told_to_be_unknown(house: House) -> None:
    answer = ask(house, "SELECT 1", compress="1")
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (501, "48")
    assert "gzip" in answer.text


def test_external_tables_are_refused(house: House) -> None:
    form = [("query", (None, b"SELECT * FROM x")), ("x", ("x", b"1"))]
    answer = house.http.post(house.service.sql, files=form, params={"x_structure": "a Int8"}, auth=("a", house.acme))
    assert answer.headers["x-clickhouse-exception-code"] in ("48", "164")


def test_the_statement_may_stand_in_the_url(house: House) -> None:
    auth = ("any", house.acme)
    assert house.http.get(house.service.sql, params={"query": "SELECT 1"}, auth=auth).text == "1\n"
    both = house.http.post(house.service.sql, params={"query": "SELECT 1"}, content=b"FORMAT JSON", auth=auth)
    assert both.json()["rows"] == 1
    assert house.http.put(house.service.sql, content=b"SELECT 1", auth=auth).status_code == 404
    assert house.http.post(f"{house.service.sql}/other", content=b"SELECT 1", auth=auth).status_code == 404
    keyed = {"X-ClickHouse-User": "any", "X-ClickHouse-Key": house.acme}
    assert house.http.post(house.service.sql, content=b"SELECT 1", headers=keyed).text == "1\n"


def test_a_packed_statement_is_unpacked_within_bounds(house: House) -> None:
    headers, auth = {"content-encoding": "gzip"}, ("any", house.acme)
    small, large = gzip.compress(b"SELECT 1"), gzip.compress(b"SELECT 1 --" + b" " * 50_000_000)
    assert house.http.post(house.service.sql, content=small, headers=headers, auth=auth).text == "1\n"
    assert house.http.post(house.service.sql, content=large, headers=headers, auth=auth).status_code == 413
    assert house.http.post(house.service.sql, content=b"x", headers=headers, auth=auth).status_code == 400
    assert house.http.post(house.service.sql, content=b" " * 2_000_000, auth=auth).status_code == 413


def test_ping_needs_no_key(house: House) -> None:
    for path in ("/ping", "/", "/replicas_status"):
        assert house.http.get(house.service.sql + path).text == "Ok.\n"


def test_json_as_browsers_ask_for_it(house: House) -> None:
    answer = house.ask("SELECT 1 AS a", default_format="JSONCompact")
    assert json.loads(answer.text)["data"] == [[1]]
    assert answer.headers["content-type"].startswith("application/json")
    assert house.ask("SELECT 1", default_format="Template").status_code == 400


def test_a_query_id_that_cannot_stand_in_a_header_is_not_put_there(house: House) -> None:
    answer = house.ask("SELECT 1", query_id="x\r\nSet-Cookie: a=b")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
