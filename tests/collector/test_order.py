"""A run over two traces, with roll-ups, a call told twice and a retry, in pieces and in any order (acceptance 3)."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from schema.store import Store
from tests.collector.ingest import Ingest

pytestmark = pytest.mark.engine
START = 1_793_534_400_000_000_000


def span(trace: str, name: str, parent: str = "", status: int = 0, **attributes: Any) -> dict[str, Any]:
    at = START + len(name) * 1000 + (10**9 if trace == "b" else 0)
    return {
        "traceId": trace * 32, "spanId": name.ljust(16, "0"), "parentSpanId": parent.ljust(16, "0") if parent else "",
        "name": name, "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 500), "status": {"code": status},
        "attributes": [
            {"key": key.replace("__", "."), "value": {"intValue": value} if isinstance(value, int) else
             {"stringValue": value}} for key, value in attributes.items()
        ],
    }  # fmt: skip


def chat(trace: str, name: str, parent: str, tokens: int, response: str) -> dict[str, Any]:
    return span(
        trace, name, parent, gen_ai__operation__name="chat", gen_ai__provider__name="openai",
        gen_ai__response__model="gpt-4o-mini", gen_ai__response__id=response, gen_ai__usage__input_tokens=tokens,
        gen_ai__usage__output_tokens=10,
    )  # fmt: skip


def tool(trace: str, name: str, parent: str, status: int) -> dict[str, Any]:
    return span(trace, name, parent, status, gen_ai__operation__name="execute_tool", gen_ai__tool__name="pay",
                gen_ai__tool__call__arguments='{"sum": 5}')  # fmt: skip


RUN: dict[str, Any] = {
    "runvault__run__id": "run-1",
    "runvault__workflow__name": "refunds",
    "runvault__budget__usd": "0.00001",
    "runvault__budget__steps": 6,
    "runvault__budget__tool_calls": 2,
    "runvault__budget__tokens": 200,
}
SPANS = [
    # the agent repeats the sum of its calls; one call is told by a framework and by its client
    span("a", "a1", gen_ai__operation__name="invoke_agent", gen_ai__usage__input_tokens=300,
         gen_ai__usage__output_tokens=20, **RUN),
    chat("a", "a22", "a1", 100, "r1"), chat("a", "a333", "a22", 100, "r1"), chat("a", "a4444", "a1", 200, "r2"),
    tool("a", "a55555", "a1", 2), tool("a", "a666666", "a1", 0),
    # the same run goes on in another trace
    span("b", "b1", gen_ai__operation__name="invoke_agent", gen_ai__usage__input_tokens=50, **RUN),
    chat("b", "b22", "b1", 50, "r3"), tool("b", "b333", "b1", 0),
    span("b", "b4444", "b1", runvault__outcome__status="success"),
]  # fmt: skip


def send(ingest: Ingest, spans: list[dict[str, Any]]) -> None:
    ingest.send("traces", json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode())


def read_all(ingest: Ingest) -> list[dict[str, Any]]:
    rows = [*ingest.read_steps(), *ingest.read_runs()]
    for row in rows:
        for name in ("Tenant", "LateSpans", "InputHash"):
            row.pop(name, None)
    return rows


@pytest.mark.parametrize("seed", range(8))
def test_any_order_any_pieces_any_number_of_times(store: Store, tenant: str, tmp_path: Path, seed: int) -> None:
    whole = Ingest(store, f"{tenant}-whole", tmp_path / "whole")
    send(whole, SPANS)
    rng = random.Random(seed)
    pieces = [*SPANS, *rng.sample(SPANS, 4)]
    rng.shuffle(pieces)
    torn = Ingest(store, f"{tenant}-torn", tmp_path / "torn")
    while pieces:
        count = rng.randint(1, 5)
        send(torn, pieces[:count])
        pieces = pieces[count:]
    assert read_all(torn) == read_all(whole)


def test_the_numbers(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path)
    send(ingest, SPANS)
    (run,) = ingest.read_runs()
    # three calls: 100 + 200 + 50 in, 10 each out; 350 * 0.15 + 30 * 0.60 = 52.5 + 18 = 70.5 per million
    assert {key: run[key] for key in ("ModelCalls", "InputTokens", "OutputTokens", "ToolCalls", "Retries")} == {
        "ModelCalls": 3, "InputTokens": 350, "OutputTokens": 30, "ToolCalls": 3, "Retries": 1,
    }  # fmt: skip
    assert (str(run["ModelCostUsd"]), run["BudgetBreached"], run["OutcomeStatus"]) == ("0.000070500000", 1, "success")
    assert run["TraceIds"] == ["a" * 32, "b" * 32]
    # all end 500 ns after they begin, in the order of their names' lengths: a1 (2) a22 (3) a333 (4) a4444 (5) … b4444
    # the money is passed with r1's call (100 * 0.15 + 10 * 0.60 = 21 millionths of a dollar over 10), the tokens with
    # r2's (110 + 210 = 320 over 200), the tool calls with the third, in the second trace, the steps with the seventh
    passed = dict(zip(run["Breaches.Limit"], run["Breaches.SpanId"], strict=True))
    assert {limit: name.rstrip("0") for limit, name in passed.items()} == {
        "usd": "a333", "tokens": "a4444", "tool_calls": "b333", "steps": "b1",
    }  # fmt: skip
