"""clickhouse-connect's HTTP client, unmodified (issue 7, acceptance 3)."""

from collections.abc import Iterator
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from tests.api.rows import BASE
from tests.sqldoor.conftest import House

pytestmark = pytest.mark.service


def connect(house: House, key: str = "", **more: Any) -> Client:
    """A client, as a notebook makes one."""
    return clickhouse_connect.get_client(
        host="127.0.0.1", port=house.port, username="me", password=key or house.acme, **more
    )


@pytest.fixture(params=[False, "zstd", "gzip", "deflate", True], ids=str)
def client(house: House, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of each packing."""
    with connect(house, compress=request.param) as opened:
        yield opened


def test_queries_with_parameters(client: Client) -> None:
    sql = (
        "SELECT RunId, StartedAt, CostUsd, TraceIds, Findings FROM runs WHERE RunId = {run:String} AND Steps < {n:Int8}"
    )
    (row,) = client.query(sql, parameters={"run": "a-1", "n": 5}).result_rows
    assert row[0] == "a-1"
    assert row[1] == BASE.replace(tzinfo=None)
    assert (float(row[2]), len(row[3]), row[4]) == (1.0, 1, {})
    assert client.query("SELECT {names:Array(String)}", parameters={"names": ["a", "b'\n\t\\"]}).result_rows == [
        (["a", "b'\n\t\\"],)
    ]
    # the client's own substitution
    assert client.query("SELECT %(x)s", parameters={"x": "it's"}).result_rows == [("it's",)]


def test_empty_answers_have_columns(client: Client) -> None:
    for sql in ("SELECT RunId, Steps FROM runs WHERE 0", "SELECT RunId, Steps FROM runs LIMIT 0"):
        answer = client.query(sql)
        assert (answer.column_names, answer.result_rows) == (("RunId", "Steps"), [])


def test_streaming(client: Client) -> None:
    sql = "SELECT number, toString(number) FROM numbers(300000)"
    with client.query_row_block_stream(sql) as blocks:
        sizes = [len(block) for block in blocks]
    assert sum(sizes) == 300_000
    assert len(sizes) > 1
    with client.query_rows_stream(sql) as rows:
        assert next(iter(rows)) == (0, "0")  # and leaves the rest
    assert client.query("SELECT 1").result_rows == [(1,)]


def test_arrow_and_frames(client: Client) -> None:
    table = client.query_arrow("SELECT RunId, DurationMs FROM runs ORDER BY RunId")
    assert table.column("RunId").to_pylist() == ["a-1", "a-2"]
    with client.query_arrow_stream("SELECT number FROM numbers(150000)") as batches:
        assert sum(batch.num_rows for batch in batches) == 150_000
    assert client.query_df_arrow("SELECT RunId FROM runs", dataframe_library="polars").shape == (2, 1)


def test_raw_answers_and_commands(client: Client) -> None:
    assert client.raw_query("SELECT RunId FROM runs ORDER BY 1", fmt="CSV") == b'"a-1"\n"a-2"\n'
    assert client.raw_query("SELECT 1 AS a", fmt="Parquet")[:4] == b"PAR1"
    with client.raw_stream("SELECT number FROM numbers(3)", fmt="JSONEachRow") as stream:
        assert stream.read() == b'{"number":0}\n{"number":1}\n{"number":2}\n'
    assert client.command("SELECT count() FROM runs") == 2
    assert client.command("SHOW TABLES LIKE 'runs'") == "runs"
    assert client.ping()


def test_errors(client: Client) -> None:
    for sql, code in (
        ("SELECT nothing FROM runs", 47),
        ("SELEC 1 2", 62),
        ("SELECT * FROM audit_entries", 497),
        ("SELECT throwIf(number = 250000) FROM numbers(300000)", 395),
    ):
        with pytest.raises(DatabaseError) as error:
            client.query(sql)
        assert error.value.code == code, sql
    for write in ("INSERT INTO runs (RunId) VALUES ('x')", "SET readonly = 0"):
        with pytest.raises(DatabaseError) as error:
            client.command(write)
        assert error.value.code == 164


def test_an_error_in_the_middle_of_a_stream_is_told(client: Client) -> None:
    sql = "SELECT number, randomString(50), throwIf(number = 900000) FROM numbers(1000000)"
    with client.query_rows_stream(sql) as rows:
        assert next(iter(rows))[0] == 0
        with pytest.raises(ClickHouseError, match="395"):
            list(rows)


def test_settings_that_a_read_may_carry(house: House) -> None:
    with connect(house, settings={"max_threads": 1, "max_result_rows": 5}) as client:
        with pytest.raises(DatabaseError) as error:
            client.query("SELECT number FROM numbers(6)")
        assert error.value.code == 396
        assert client.query("SELECT 1", settings={"join_use_nulls": 1}).result_rows == [(1,)]
    with connect(house) as client:
        refused: tuple[dict[str, Any], ...]
        refused = ({"additional_table_filters": {}}, {"log_comment": "x"}, {"allow_ddl": 1})
        for settings in refused:
            with pytest.raises(DatabaseError) as error:
                client.query("SELECT 1", settings=settings)
            assert error.value.code == 164
        with pytest.raises(ClickHouseError):  # the client refuses by itself
            client.query("SELECT 1", settings={"readonly": 0})


def test_an_insert_is_refused(house: House) -> None:
    with connect(house) as client, pytest.raises(ClickHouseError):
        client.insert("runs", [["x"]], column_names=["RunId"], column_type_names=["String"])


def test_parameters_in_a_form(house: House) -> None:
    with connect(house, form_encode_query_params=True) as client:
        long = "x" * 100_000
        assert client.query("SELECT length({p:String})", parameters={"p": long}).result_rows == [(100_000,)]


def test_another_tenant_sees_its_own(house: House) -> None:
    with connect(house, house.globex) as client:
        assert client.query("SELECT RunId FROM runs ORDER BY RunId").result_rows == [("g-1",), ("g-2",)]
    with pytest.raises(DatabaseError) as error:
        connect(house, "wrong")
    assert error.value.code == 516
