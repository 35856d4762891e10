"""A statement ends: by time, memory, rows, or because nobody waits for it. Each is written down and counted."""

import base64
import hashlib
import re
import socket
import time
from pathlib import Path

import pytest

from tests.sqldoor.conftest import House

pytestmark = pytest.mark.service

ENDLESS = "SELECT count() FROM numbers(10000000000000)"
COUNTER = re.compile(r'runvault_sql_statements_total\{result="(\w+)"\} (\d+)')


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def send(house: House, sql: str, **named: str) -> socket.socket:
    """A request that somebody else reads, or nobody."""
    connection = socket.create_connection(("127.0.0.1", house.port))
    auth = base64.b64encode(f"x:{house.acme}".encode()).decode()
    url = "/?" + "&".join(f"{name}={value}" for name, value in named.items())
    head = f"POST {url} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {auth}\r\nContent-Length: {len(sql)}\r\n\r\n"
    connection.sendall((head + sql).encode())
    return connection


def count(house: House) -> dict[str, int]:
    """How statements ended so far."""
    text = house.http.get(f"{house.service.api}/metrics", headers={"authorization": f"Bearer {house.acme}"}).text
    return {result: int(number) for result, number in COUNTER.findall(text)}


def test_a_long_query_is_cut(house: House) -> None:
    begin = time.monotonic()
    answer = house.ask(ENDLESS, max_execution_time="1")
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (408, "159")
    assert time.monotonic() - begin < 15


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_execution_time", "30"), ("max_memory_usage", "1000000000"), ("max_result_rows", "1000000")],
)
def test_no_request_has_more_than_the_limits(house: House, name: str, value: str) -> None:
    sql = f"SELECT value FROM system.settings WHERE name = '{name}'"
    for asked in ("600000000000", "0", "-1", "1e300"):
        assert house.read(sql, **{name: asked}) == [[value]]
    assert house.read(sql, **{name: "1"}) == [["1"]]
    assert house.read(f"{sql} SETTINGS {name} = 600000000000") == [[value]]


def test_memory_and_rows_are_cut(house: House) -> None:
    answer = house.ask("SELECT groupArray(number) FROM numbers(100000000)", max_memory_usage="50000000")
    assert answer.headers["x-clickhouse-exception-code"] == "241"
    answer = house.ask("SELECT number FROM numbers(1000001)", wait_end_of_query="1")
    assert (answer.status_code, answer.headers["x-clickhouse-exception-code"]) == (413, "396")


@pytest.mark.parametrize("named", [{}, {"wait_end_of_query": "1"}])
@pytest.mark.parametrize(
    "sql", [ENDLESS, f"{ENDLESS} FORMAT JSON", "SELECT number FROM numbers(10000000000000) WHERE number % 1000000 = 1"]
)
def test_who_goes_stops_the_query(house: House, sql: str, named: dict[str, str]) -> None:
    before = count(house).get("left", 0)
    connection = send(house, sql, **named)
    time.sleep(1)
    connection.close()
    deadline = time.monotonic() + 15
    while count(house).get("left", 0) == before:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(0.5)
    pid = house.service.process.pid
    begin, used = time.monotonic(), cpu_seconds(pid)
    time.sleep(2)
    assert (cpu_seconds(pid) - used) / (time.monotonic() - begin) < 0.5


def test_one_tenant_does_not_keep_out_another(house: House) -> None:
    taken = [send(house, ENDLESS, max_execution_time="8") for _ in range(6)]
    time.sleep(1)
    begin = time.monotonic()
    assert house.read("SELECT 1", house.globex) == [["1"]]
    assert time.monotonic() - begin < 6
    for connection in taken:
        connection.close()
    assert house.read("SELECT 1") == [["1"]]


def test_each_statement_is_in_the_audit_trail(house: House) -> None:
    sql = "SELECT InputMessages FROM span_payloads WHERE InputMessages = 'a needle'"
    assert house.read(sql.replace(" FROM", "  /* a comment */\nFROM"), house.production) == []
    assert house.ask("SELECT 1", house.ingest).status_code == 403
    entries = list_entries(house, "sql.read")
    found = [entry for entry in entries if entry["detail"] == "span_payloads"]
    assert hashlib.sha256(sql.encode()).hexdigest() in {entry["object"].removeprefix("sha256:") for entry in found}
    assert all("needle" not in str(entry) for entry in entries)
    assert "production" in {entry["environment"] for entry in found}
    assert {entry["object"] for entry in list_entries(house, "access.denied")} == {"SQL port"}


def list_entries(house: House, action: str) -> list[dict[str, str]]:
    """The newest entries of acme."""
    asked = {"action": action, "limit": "500"}
    answer = house.http.get(
        f"{house.service.api}/v1/audit", params=asked, headers={"authorization": f"Bearer {house.acme}"}
    )
    entries: list[dict[str, str]] = answer.json()["items"]
    return entries


def test_statements_are_counted(house: House) -> None:
    before = count(house)
    house.ask("SELECT 1")
    house.ask("SELECT * FROM audit_entries")
    after = count(house)
    assert after["answered"] == before.get("answered", 0) + 1
    assert after["refused"] == before.get("refused", 0) + 1
