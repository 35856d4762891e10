"""What the loader remembers of traces is what the store holds, and is forgotten when somebody else wrote."""

import itertools
import random
import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.known import FIELDS, read_steps
from collector.memory import Memory
from collector.pricing import PriceBook
from collector.repricing import Repricer
from schema.columns import STEPS
from schema.erasure import erase, find_target
from schema.expiry import expire, find_due
from schema.lifetimes import Horizon, RetentionPolicy
from schema.statements import read_query
from schema.store import Store
from tests.collector.facts import DAY, assemble, make_fact
from tests.collector.test_repricing import SECOND
from tests.collector.test_traces import make_run

pytestmark = pytest.mark.engine
_numbers = itertools.count(1)
LAST_NS = 2**63 - 1


def recall(store: Store, memory: Memory, tenant: str, trace_ids: list[str]) -> pa.Table | None:
    """Steps of these traces; None when not all of them are remembered."""
    with store.assembling:
        steps, missing = memory.recall(tenant, trace_ids)
    return None if missing else steps


def list_rows(steps: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = steps.select([field.name for field in FIELDS]).to_pylist()
    return sorted(rows, key=lambda row: (row["TraceId"], row["SpanId"]))


def read_rows(store: Store, tenant: str, trace_ids: list[str]) -> list[dict[str, Any]]:
    return list_rows(read_steps(store, tenant, trace_ids)[0])


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_remembered_is_what_the_store_holds(store: Store, data: st.DataObject) -> None:
    """Spans of two traces of one run, and of a stranger's, in any order, batches and repetitions."""
    tenant = f"memory-{next(_numbers)}"
    chance = random.Random(data.draw(st.integers(0, 10**6)))
    rows = [*make_run(tenant), make_fact("alone", TraceId="t3", Tenant=tenant, UserId="u2")]
    rows += chance.sample(rows, 3)
    chance.shuffle(rows)
    memory = Memory(store)
    while rows:
        size = chance.randint(1, 4)
        batch, rows = rows[:size], rows[size:]
        assemble(store, memory, batch, f"memory-{next(_numbers)}")
        for trace in sorted({row["TraceId"] for row in batch}):
            steps = recall(store, memory, tenant, [trace])
            assert steps is not None
            # a run's traces come together: the agent's two, or the stranger's one
            shared = {step["TraceId"] for step in list_rows(steps)}
            assert trace in shared
            assert shared <= ({"t3"} if trace == "t3" else {"t1", "t2"})
            assert list_rows(steps) == read_rows(store, tenant, sorted(shared))


def test_traces_of_one_run_are_recalled_together(store: Store, tenant: str) -> None:
    memory = Memory(store)
    rows = [make_fact("a", TraceId="t1", Tenant=tenant), make_fact("b", TraceId="t2", OwnRunId="t1", Tenant=tenant)]
    assemble(store, memory, [*rows, make_fact("c", TraceId="t3", Tenant=tenant)], f"{tenant}-1")
    for trace, others in (("t1", ["t1", "t2"]), ("t2", ["t1", "t2"]), ("t3", ["t3"])):
        steps, missing = memory.recall(tenant, [trace])
        assert (sorted(steps["TraceId"].to_pylist()), missing) == (others, [])
    assert memory.recall(tenant, ["t1", "t9"], but={"t2"})[0]["TraceId"].to_pylist() == ["t1"]


def test_a_trace_that_was_not_touched_is_not_known(store: Store, tenant: str) -> None:
    memory = Memory(store)
    assemble(store, memory, [make_fact("a", TraceId="t1", Tenant=tenant)], f"{tenant}-1")
    assert memory.recall(tenant, ["t2", "t1"])[1] == ["t2"]
    assert memory.recall("another", ["t1"])[1] == ["t1"]


def reprice(store: Store, tenant: str) -> None:
    assert Repricer(store, PriceBook(SECOND)).reprice(tenant, "", (0, LAST_NS), 0, 1, apply=True)["calls"] == 1


def erase_run(store: Store, tenant: str) -> None:
    erase(store, find_target(store, tenant, "", "t1", ""))


def let_go(store: Store, tenant: str) -> None:
    for due in list(find_due(store, Horizon((RetentionPolicy(),)), DAY.replace(year=2100))):
        expire(store, due)


def load_elsewhere(store: Store, tenant: str) -> None:
    """Another loader of the same store."""
    assemble(store, Memory(store), [make_fact("b", "a", TraceId="t1", Tenant=tenant)], "elsewhere")


@pytest.mark.parametrize("write", [reprice, erase_run, let_go, load_elsewhere])
def test_what_others_wrote_is_read_again(own_store: Store, write: Callable[[Store, str], None]) -> None:
    memory = Memory(own_store)
    call = make_fact("a", "", "model_call", TraceId="t1", Tenant="t", Provider="openai", Model="house-llm",
                     InputTokens=1000, PriceStatus="unpriced")  # fmt: skip
    assemble(own_store, memory, [call], "first")
    assert recall(own_store, memory, "t", ["t1"]) is not None
    before = read_rows(own_store, "t", ["t1"])
    write(own_store, "t")
    assert read_rows(own_store, "t", ["t1"]) != before
    assert recall(own_store, memory, "t", ["t1"]) is None


def test_a_write_in_the_middle_of_a_batch_is_noticed(store: Store, tenant: str) -> None:
    memory = Memory(store)
    assert recall(store, memory, tenant, ["t1"]) is None
    store.note_rewrite()  # as a partition that is dropped meanwhile
    memory.keep(tenant, read_steps(store, tenant, [])[0])
    assemble(store, memory, [make_fact("a", TraceId="t1", Tenant=tenant)], f"{tenant}-1")
    assert recall(store, memory, tenant, ["t1"]) is not None
    store.note_rewrite()
    memory.keep(tenant, read_steps(store, tenant, ["t1"])[0])
    assert recall(store, memory, tenant, ["t1"]) is None


SPARING = ("add_score", "add_outcome", "add_break_glass_event", "renew_outcome", "retire_runs")


@pytest.mark.parametrize("name", SPARING)
def test_statements_that_spare_the_steps_write_elsewhere(name: str) -> None:
    (target,) = re.findall(r"^INSERT INTO (\w+)", read_query(name), re.MULTILINE)
    assert target != STEPS
    assert not re.search("ALTER|DELETE|DROP", read_query(name))


def test_the_oldest_traces_go_whole(store: Store, tenant: str) -> None:
    memory = Memory(store, most_rows=5)
    for trace in ("t1", "t2", "t3"):
        rows = [make_fact(f"{trace}{number}", TraceId=trace, Tenant=tenant) for number in range(2)]
        assemble(store, memory, rows, f"{tenant}-{trace}")
    assert recall(store, memory, tenant, ["t1"]) is None
    kept = recall(store, memory, tenant, ["t2", "t3"])
    assert kept is not None
    assert kept.num_rows == 4
    assemble(store, memory, [make_fact("x", TraceId="t9", Tenant=f"{tenant}-b")] * 2, f"{tenant}-b")
    assert recall(store, memory, f"{tenant}-b", ["t9"]) is not None
    assemble(store, memory, [make_fact(f"y{n}", TraceId="t8", Tenant=f"{tenant}-b") for n in range(4)], f"{tenant}-c")
    assert recall(store, memory, tenant, ["t2"]) is None
