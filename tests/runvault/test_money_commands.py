"""`cost reprice`, `score` and `diff` against a served API over a real store."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from collector.pipeline import PipelineSettings
from collector.pricing import PriceBook
from collector.repricing import Repricer
from runvault.cli import cli
from schema.store import Store
from tests.api.served import serve_app
from tests.collector.ingest import Ingest
from tests.collector.otlp_requests import make_id, make_request
from tests.collector.test_repricing import FIRST, RUN_A, RUN_B, SECOND
from vault.audit import AuditTrail

pytestmark = pytest.mark.engine
A, B = make_id("a", 32), make_id("b", 32)


@pytest.fixture
def url(store: Store, tenant: str, tmp_path: Path) -> Iterator[str]:
    """Address of an API over two runs priced by the first list, that has the second one."""
    ingest = Ingest(store, tenant, tmp_path, settings=PipelineSettings(price_file=FIRST))
    ingest.send("traces", make_request(*RUN_A, *RUN_B))
    ingest.close()
    services = Services(
        redact=lambda _tenant, text: text,
        trail=AuditTrail(tmp_path / "audit"),
        repricing=Repricer(store, PriceBook(SECOND)),
    )
    app = create_app(store, ApiSettings(default_tenant=tenant), services)
    with serve_app(app) as address:
        yield address


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env={"COLUMNS": "100"})


def test_reprice_tells_first_and_writes_when_asked(url: str) -> None:
    since = ("--since", "2026-11-01", "--url", url)
    told = call("cost", "reprice", *since)
    assert told.exit_code == 0, told.output
    # 3500 tokens at 1 and then at 3 dollars a million, and 100 that had no price, at 5
    assert "5 calls of 2 runs would change; add --apply to write it: $0.0035 → $0.0110" in told.output
    assert "unpriced" in told.output
    done = call("cost", "reprice", *since, "--apply")
    assert "5 calls of 2 runs priced anew: $0.0035 → $0.0110" in done.output
    assert "nothing changes" in call("cost", "reprice", *since, "--apply").output
    as_json = json.loads(call("cost", "reprice", *since, "--json").output)
    assert as_json == {"runs": 0, "calls": 0, "usd_before": 0, "usd": 0, "changes": [], "applied": False}
    record = json.loads(call("replay", B, "--url", url, "--json").output)["run"]
    (repriced,) = record["cost"]["repriced"]
    assert repriced.pop("at")
    assert repriced == {"calls": 1, "usd_before": 0.0005, "usd": 0.0015, "price_list_before": FIRST.name,
                        "price_list": SECOND.name}  # fmt: skip
    assert "$0.0005 → $0.0015" in call("replay", B, "--url", url).output


def test_reprice_needs_a_time_and_a_service_that_can(url: str, store: Store, tenant: str) -> None:
    assert call("cost", "reprice", "--url", url).exit_code == 2
    assert call("cost", "reprice", "--since", "yesterday", "--url", url).exit_code == 2
    assert call("cost", "reprice", "--since", "2026-12-01", "--url", url).output.startswith("nothing changes")
    assert call("cost", "--group-by", "", "--url", url).exit_code == 0


def test_a_score_is_shown(url: str) -> None:
    result = call("score", A, "tone", "--value", "0.5", "--explanation", "calm", "--url", url)
    assert result.exit_code == 0, result.output
    assert result.output == "tone 0.5 calm (by cli)\n"
    assert "tone 0.5 calm (by cli)" in call("replay", A, "--url", url).output
    assert call("score", A, "tone", "--url", url).exit_code == 2
    assert call("score", "nobody", "tone", "--value", "1", "--url", url).exit_code == 1


def test_diff_says_where_they_part(url: str) -> None:
    result = call("diff", A, B, "--url", url)
    assert result.exit_code == 0, result.output
    assert "they part at step 1 of a: agent root, only in a" in result.output
    assert "the runs do the same" in call("diff", A, A, "--url", url).output
    assert json.loads(call("diff", A, A, "--url", url, "--json").output)["first_divergence"] is None
    assert call("diff", A, "nobody", "--url", url).exit_code == 1
