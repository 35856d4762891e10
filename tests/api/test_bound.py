"""No question can go round the binding to the caller's tenant: read from the code, and from each statement."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.queries.builder import RunPlace, build_payloads_query, build_spans_query, build_steps_query
from api.queries.reader import OF_ENVIRONMENT, OF_TENANT, TenantReader
from api.queries.sql import Query
from schema.migrate import list_migrations
from schema.store import Store
from tests.api.rows import BASE_NS, insert_rows, make_payload, make_run, make_step, trace_id
from tests.api.test_builder import QUERIES

API = Path(__file__).resolve().parents[2] / "api"
READER = "queries/reader.py"
ASKING = {"query", "query_arrow", "command", "insert"}
"""Methods of `schema.store.Store` that reach data."""
MAY_NAME_THE_STORE = {
    READER: "binds it",
    "app.py": "keeps it for the reader",
    "routes/context.py": "hands it to the reader",
    "routes/health.py": "pings it",
}
TABLES = {
    name
    for migration in list_migrations()
    for name in re.findall(r"CREATE (?:OR REPLACE )?(?:TABLE|VIEW)(?: IF NOT EXISTS)? (\w+)", migration.text)
}


def read_nodes(path: Path) -> Iterator[ast.AST]:
    """All of a file's syntax."""
    return ast.walk(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", sorted(API.rglob("*.py")), ids=lambda path: str(path.relative_to(API)))
def test_only_the_reader_asks_the_store(path: Path) -> None:
    name = str(path.relative_to(API))
    for node in read_nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING:
            assert name == READER, f"{name}:{node.lineno} asks the store past the reader"
        names_it = (isinstance(node, ast.Attribute) and node.attr in ("store", "_store")) or (
            isinstance(node, ast.ImportFrom) and node.module in ("schema.store", "schema.rollup")
        )
        assert name in MAY_NAME_THE_STORE or not names_it, f"{name} holds the store: {ast.dump(node)}"
    assert all((API / known).exists() for known in MAY_NAME_THE_STORE)


def test_a_route_has_the_reader_and_not_the_store() -> None:
    context = (API / "routes/context.py").read_text("utf-8")
    assert re.findall(r"[^\s(]*\bstore\b[^\s)]*", context.split('"""', 2)[2]) == ["state.store,"]
    assert "TenantReader(state.store, caller.tenant, caller.environment)" in context
    assert re.findall(r"\.store\b\S*", (API / "routes/health.py").read_text("utf-8")) == [".store.ping()"]


def split_selects(sql: str) -> list[str]:
    """The text of each SELECT at its own depth of parentheses, what stands deeper left out."""
    blocks: dict[int, str] = {0: ""}
    done: list[str] = []
    depth = 0
    for char in re.sub(r"--[^\n]*", "", sql):
        if char == "(":
            depth += 1
            blocks[depth] = ""
        elif char == ")":
            text = blocks.pop(depth)
            depth -= 1
            if "FROM" in text:
                done.append(text)
            blocks[depth] += "()" if "FROM" in text else f"({text})"
        else:
            blocks[depth] += char
    return [*done, blocks[0]]


def list_loose(sql: str) -> list[str]:
    """Tables that a statement reads without being bound to a tenant."""
    return [
        table
        for block in split_selects(sql)
        for table in re.findall(r"(?:FROM|JOIN)\s+(\w+)", block)
        if table in TABLES and OF_TENANT not in block
    ]


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_each_table_of_each_statement_is_bound(name: str) -> None:
    assert list_loose(QUERIES[name].sql) == []


def test_a_loose_table_is_seen() -> None:
    assert {"runs", "steps", "runs_current"} <= TABLES
    bound = f"SELECT 1 FROM runs FINAL WHERE {OF_TENANT}"
    assert list_loose(bound) == []
    assert list_loose(f"{bound} AND RunId IN (SELECT RunId FROM steps)") == ["steps"]
    assert list_loose(f"SELECT * FROM steps WHERE RunId IN ({bound})") == ["steps"]
    assert list_loose(f"SELECT * FROM ({bound}) JOIN runs_current USING (RunId)") == ["runs_current"]


@pytest.mark.engine
@pytest.mark.parametrize("name", sorted(QUERIES))
def test_the_engine_understands_it_for_one_environment(name: str, store: Store) -> None:
    TenantReader(store, "nobody", "production").read_rows(QUERIES[name])


@pytest.mark.engine
def test_an_environment_binds_every_mention_of_the_tenant(store: Store, tenant: str) -> None:
    runs = [make_run(tenant, f"run-{place}", Environment=place) for place in ("production", "staging", "")]
    insert_rows(store, "runs", runs)
    query = Query("names", f"SELECT RunId FROM runs FINAL WHERE {OF_TENANT} ORDER BY RunId")

    def read(environment: str) -> list[str]:
        return [row["RunId"] for row in TenantReader(store, tenant, environment).read_rows(query)]

    assert read("") == ["run-", "run-production", "run-staging"]
    assert read("production") == ["run-production"]
    assert read("none' OR '1'='1") == []
    assert OF_TENANT in OF_ENVIRONMENT


@pytest.mark.engine
def test_an_environment_reads_no_older_version_of_what_is_now_anothers(store: Store, tenant: str) -> None:
    """PREWHERE comes before FINAL: it must not choose among versions."""
    place = RunPlace("r", [trace_id("r")], BASE_NS, BASE_NS)
    asked = {
        "steps": (make_step, build_steps_query(place, 10)),
        "span_payloads": (make_payload, build_payloads_query(place)),
        "otel_traces": (make_payload, build_spans_query(place)),
    }
    for table, (make, query) in asked.items():
        insert_rows(store, table, [make(tenant, "r", 1)])
        insert_rows(store, table, [make(tenant, "r", 1, Environment="staging")])
        assert TenantReader(store, tenant, "production").read_rows(query) == []
        assert len(TenantReader(store, tenant, "staging").read_rows(query)) == 1
