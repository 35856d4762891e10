"""A price list that changed: nothing flips by itself, what changes is told first, the past stays visible."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.pipeline import PipelineSettings
from collector.price_files import PriceFile, parse_prices
from collector.pricing import PriceBook
from collector.repricing import Repricer
from schema.store import Store
from tests.collector.ingest import Ingest
from tests.collector.otlp_requests import NOON_NS, SpanOf, make_logs, make_request

pytestmark = pytest.mark.engine
HOUR_NS = 3600 * 10**9
LAST = 2**63 - 1
BUNDLED = PriceBook().price_list


def chat(trace: str, name: str, model: str, tokens: int, **more: Any) -> SpanOf:
    usage = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.response.model": model,
             "gen_ai.usage.input_tokens": tokens, "gen_ai.usage.output_tokens": 0}  # fmt: skip
    return SpanOf(trace, name, {**usage, **more.pop("attributes", {})}, **more)


def make_prices(**dollars: str) -> PriceFile:
    """A price file: USD per million tokens of input, by model."""
    entries = [{"model": model.replace("_", "-"), "input": Decimal(rate)} for model, rate in dollars.items()]
    return parse_prices({"price": entries}, "prices.toml " + "-".join(dollars.values()), "test")


FIRST, SECOND = make_prices(house_llm="1"), make_prices(house_llm="3", other_llm="5")
OLD, NEW = FIRST.name, SECOND.name
# run a: 1000 + 2000 tokens of house-llm (0.003), 100 of an unpriced model; b: 500 tokens, an hour later (0.0005)
RUN_A = (
    SpanOf("a", "root", {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "x",
                         "gen_ai.provider.name": "openai", "gen_ai.request.model": "house-llm",
                         "gen_ai.usage.input_tokens": 3000}, seconds=30),
    chat("a", "one", "house-llm", 1000, parent="root", start=1),
    chat("a", "two", "house-llm", 2000, parent="root", start=2),
    chat("a", "three", "other-llm", 100, parent="root", start=3),
)  # fmt: skip
RUN_B = (chat("b", "one", "house-llm", 500, start=3600),)


@pytest.fixture
def old(store: Store, tenant: str, tmp_path: Path) -> Ingest:
    """Both runs, priced by the first list."""
    ingest = Ingest(store, tenant, tmp_path, settings=PipelineSettings(price_file=FIRST))
    ingest.send("traces", make_request(*RUN_A, *RUN_B))
    ingest.close()
    return ingest


def reprice(ingest: Ingest, apply: bool, prices: PriceFile = SECOND, since: int = 0, parts: int = 1) -> dict[str, Any]:
    repricer = Repricer(ingest.store, PriceBook(prices))
    answers = [repricer.reprice(ingest.tenant, "", (since, LAST), part, parts, apply) for part in range(parts)]
    sums = {name: sum(answer[name] for answer in answers) for name in ("runs", "calls", "usd_before", "usd")}
    return {**sums, "changes": [change for answer in answers for change in answer["changes"]]}


def read_costs(ingest: Ingest) -> dict[str, tuple[str, list[str], list[str]]]:
    """Trace's first letter → cost, lists, models without a price."""
    names = {span.key[0]: span.trace for span in (*RUN_A, *RUN_B)}
    return {
        names[run["RunId"]]: (f"{run['CostUsd']:.4f}", run["PriceLists"], run["UnpricedModels"])
        for run in ingest.read_runs()
    }


def read_repricings(ingest: Ingest) -> list[tuple[int, str, str, list[str], list[str]]]:
    rows = ingest.query("SELECT * FROM repricings FINAL WHERE Tenant = {tenant:String} ORDER BY At, OldCostUsd DESC")
    return [
        (row["Calls"], f"{row['OldCostUsd']:.4f}", f"{row['NewCostUsd']:.4f}", row["OldPriceLists"],
         row["NewPriceLists"])
        for row in rows
    ]  # fmt: skip


Costs = dict[str, tuple[str, list[str], list[str]]]
BEFORE: Costs = {"a": ("0.0030", [OLD], ["other-llm"]), "b": ("0.0005", [OLD], [])}
# 3000 * 3 + 100 * 5 = 9500 per million; 500 * 3 = 1500
AFTER: Costs = {"a": ("0.0095", [NEW], []), "b": ("0.0015", [NEW], [])}


def test_a_dry_run_says_what_would_change_and_writes_nothing(old: Ingest) -> None:
    assert read_costs(old) == BEFORE
    said = reprice(old, apply=False)
    # five calls: the root's sum is priced too, but counts in nobody's cost
    assert (said["runs"], said["calls"]) == (2, 5)
    assert (said["usd_before"], said["usd"]) == (Decimal("0.0035"), Decimal("0.011"))
    changes = {
        (change["model"], change["price_list_before"]): (change["calls"], change["usd_before"], change["usd"])
        for change in said["changes"]
    }
    assert changes == {
        ("house-llm", OLD): (4, Decimal("0.0035"), Decimal("0.0105")),
        ("other-llm", "unpriced"): (1, Decimal(0), Decimal("0.0005")),
    }
    assert read_costs(old) == BEFORE
    assert read_repricings(old) == []


@pytest.mark.parametrize("parts", [1, 3])
def test_applied_once_it_stands_and_the_past_is_visible(old: Ingest, parts: int) -> None:
    reprice(old, apply=True, parts=parts)
    assert read_costs(old) == AFTER
    history = [(4, "0.0030", "0.0095", [OLD], [NEW]), (1, "0.0005", "0.0015", [OLD], [NEW])]
    assert sorted(read_repricings(old)) == sorted(history)
    # again: nothing to do
    assert reprice(old, apply=True)["calls"] == 0
    assert sorted(read_repricings(old)) == sorted(history)


def test_only_calls_since_then(old: Ingest) -> None:
    said = reprice(old, apply=True, since=NOON_NS + HOUR_NS)
    assert said["runs"] == 1
    assert read_costs(old) == {"a": BEFORE["a"], "b": AFTER["b"]}


@pytest.mark.parametrize("repriced", [False, True])
def test_what_comes_again_flips_nothing(old: Ingest, tmp_path: Path, repriced: bool) -> None:
    """Neither an old collector's price over a new one, nor a new one's over what was booked."""
    if repriced:
        reprice(old, apply=True)
    expected = AFTER if repriced else BEFORE
    for prices in (FIRST, SECOND, None):
        again = Ingest(old.store, old.tenant, tmp_path / "again", settings=PipelineSettings(price_file=prices))
        again.send("traces", make_request(*RUN_A[1:]))
        again.send("traces", make_request(*RUN_B))
        again.close()
        assert read_costs(old) == expected
    # more of the trace: assembled anew, and only the new call has the collector's price. 200 tokens at 1
    late = Ingest(old.store, old.tenant, tmp_path / "late", settings=PipelineSettings(price_file=FIRST))
    late.send("traces", make_request(chat("a", "four", "house-llm", 200, parent="root", start=4)))
    late.close()
    assert read_costs(old)["a"][0] == ("0.0097" if repriced else "0.0032")


def test_a_call_that_tells_otherwise_is_priced_as_it_comes(old: Ingest, tmp_path: Path) -> None:
    reprice(old, apply=True)
    ingest = Ingest(old.store, old.tenant, tmp_path / "corrected", settings=PipelineSettings(price_file=SECOND))
    ingest.send("traces", make_request(chat("b", "one", "house-llm", 700, start=3600)))
    assert read_costs(old)["b"] == ("0.0021", [NEW], [])


def test_a_change_back_is_one_more_entry(old: Ingest) -> None:
    reprice(old, apply=True)
    back = make_prices(house_llm="1", other_llm="5")
    reprice(old, apply=True, prices=back)
    reprice(old, apply=True)
    assert read_costs(old) == AFTER
    of_b = [entry[1:3] for entry in read_repricings(old) if entry[0] == 1]
    assert of_b == [("0.0005", "0.0015"), ("0.0015", "0.0005"), ("0.0005", "0.0015")]


def test_a_list_that_forgets_a_model_takes_no_price_away(old: Ingest) -> None:
    assert reprice(old, apply=True, prices=make_prices(nobodys="1"))["calls"] == 0
    assert read_costs(old) == BEFORE


def test_what_a_record_laid_over_a_call_stays_priced_anew(store: Store, tenant: str, tmp_path: Path) -> None:
    """The record corrects the counts; assembling again takes it back and lays it on anew, at the price that stands."""
    ingest = Ingest(store, tenant, tmp_path, settings=PipelineSettings(price_file=make_prices(gemini_2_5_flash="1")))
    span = SpanOf("g", "llm_call", {"gen_ai.operation.name": "llm_call", "gen_ai.request.model": "gemini-2-5-flash",
                                    "gen_ai.conversation.id": "s", "gen_ai.usage.input_tokens": 1000,
                                    "gen_ai.usage.output_tokens": 0}, scope="gemini-cli")  # fmt: skip
    record = make_logs(
        "gemini-cli",
        (span, 1, {"event.name": "gemini_cli.api_response", "session.id": "s", "model": "gemini-2-5-flash",
                   "input_token_count": 1000, "output_token_count": 0, "cached_content_token_count": 400}),
    )  # fmt: skip
    ingest.send("traces", make_request(span))
    ingest.send("logs", record)
    assert [f"{run['CostUsd']:.4f}" for run in ingest.read_runs()] == ["0.0010"]
    assert [step["CacheReadTokens"] for step in ingest.read_steps()] == [400]
    reprice(ingest, apply=True, prices=make_prices(gemini_2_5_flash="2"))
    assert [f"{run['CostUsd']:.4f}" for run in ingest.read_runs()] == ["0.0020"]
    ingest.send("logs", record)
    ingest.send("traces", make_request(span))
    assert [f"{run['CostUsd']:.4f}" for run in ingest.read_runs()] == ["0.0020"]


@pytest.mark.parametrize("table", ["repricings", "runs", "steps"])
def test_cut_off_anywhere_it_is_finished_by_the_next(old: Ingest, tenant: str, table: str) -> None:
    class Cut(Exception):
        pass

    class CutStore(Store):
        def insert(self, name: str, data: Any, token: str) -> None:
            if name == table:
                raise Cut
            super().insert(name, data, token)

    cut = CutStore(old.store.location, old.store._reading, old.store._writing)
    with pytest.raises(Cut):
        Repricer(cut, PriceBook(SECOND)).reprice(tenant, "", (0, LAST), 0, 1, True)
    reprice(old, apply=True)
    assert read_costs(old) == AFTER
    assert sorted(read_repricings(old)) == sorted(
        [(4, "0.0030", "0.0095", [OLD], [NEW]), (1, "0.0005", "0.0015", [OLD], [NEW])]
    )


def test_a_key_of_one_environment_prices_only_that(store: Store, tenant: str, tmp_path: Path) -> None:
    ingest = Ingest(store, tenant, tmp_path, settings=PipelineSettings(price_file=FIRST))
    ingest.send("traces", make_request(*RUN_A, resource={"deployment.environment.name": "staging"}))
    ingest.send("traces", make_request(*RUN_B, resource={"deployment.environment.name": "production"}))
    repricer = Repricer(store, PriceBook(SECOND))
    assert repricer.count(tenant, "", (0, LAST))[0] == 5
    assert repricer.count(tenant, "production", (0, LAST))[0] == 1
    assert repricer.reprice(tenant, "production", (0, LAST), 0, 1, True)["runs"] == 1
    assert read_costs(ingest) == {"a": BEFORE["a"], "b": AFTER["b"]}
    rows = ingest.query("SELECT Environment FROM repricings FINAL WHERE Tenant = {tenant:String}")
    assert [row["Environment"] for row in rows] == ["production"]


@pytest.mark.one_machine
def test_a_run_of_which_steps_have_gone_stands_as_it_is(old: Ingest) -> None:
    old.store.command(
        "ALTER TABLE steps DELETE WHERE Tenant = {tenant:String} AND SpanName = 'two' SETTINGS mutations_sync = 2",
        {"tenant": old.tenant},
    )
    old.store.command(
        "INSERT INTO trace_days SELECT Tenant, cityHash64(TraceId), toDate('2026-10-30') FROM steps"
        " WHERE Tenant = {tenant:String} AND SpanName = 'root'",
        {"tenant": old.tenant},
    )
    reprice(old, apply=True)
    assert read_costs(old) == {"a": BEFORE["a"], "b": AFTER["b"]}
    assert [entry[1:3] for entry in read_repricings(old)] == [("0.0005", "0.0015")]
