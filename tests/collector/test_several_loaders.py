"""Two loaders that get spans of the same trace, or of the same run, at the same moment, and an API that renews the run
meanwhile: the end is as if one process had done it all. Their statements take turns in any order."""

import os
import random
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from api.queries.reader import TenantReader
from schema.store import Store
from tests.collector.ingest import Ingest
from tests.collector.test_order import SPANS, START, read_all, send
from tests.conftest import CLUSTER
from tests.schema.turns import TurnStore, open_turn_stores, take_turns

pytestmark = pytest.mark.engine
TURNS = os.environ.get("TURNS")
ORDERS = range(int(TURNS)) if TURNS else (0, 6, 7, 10)
"""Orders that ended wrong when one or another part of `collector/agreement.py` was left out; `TURNS=200 pytest …` tries
as many others."""


@pytest.fixture
def three_stores(engine_path: Path, store: Store) -> Iterator[list[TurnStore]]:
    stores = open_turn_stores(engine_path, 3, CLUSTER)
    yield stores
    for opened in stores:
        opened.close()


def send_pieces(ingest: Ingest, pieces: list[list[int]]) -> None:
    for piece in pieces:
        send(ingest, [SPANS[number] for number in piece])


def say_outcome(store: Store, tenant: str, *traces: str) -> None:
    """What the API does when somebody says how the run ended, of which it knows these traces."""
    said = {"outcome_id": uuid.UUID(int=7), "status": "failure", "said": "", "reason": "charged back",
            "source": "finance", "at_micros": START // 1000 + 10**8, "value_usd": None,
            "recorded_micros": START // 1000 + 10**8}  # fmt: skip
    TenantReader(store, tenant).add_outcome("run-1", [trace * 32 for trace in traces], said)


@pytest.mark.parametrize("seed", ORDERS)
def test_it_ends_as_if_one_loader_had_them_all(
    store: Store, three_stores: list[TurnStore], tenant: str, tmp_path: Path, seed: int
) -> None:
    whole = Ingest(store, f"{tenant}-whole", tmp_path / "whole")
    send(whole, SPANS)
    rng = random.Random(seed)
    numbers = list(range(len(SPANS)))
    rng.shuffle(numbers)
    shares = [numbers[:5], numbers[5:] + rng.sample(numbers[:5], 1)]  # one span comes to both
    stores = three_stores[:2]
    works = [
        partial(send_pieces, Ingest(one, f"{tenant}-torn", tmp_path / f"torn-{one.number}"), [share[:2], share[2:]])
        for one, share in zip(stores, shares, strict=True)
    ]
    take_turns(stores, seed, works)
    assert read_all(Ingest(store, f"{tenant}-torn", tmp_path / "read")) == read_all(whole)


@pytest.mark.parametrize("seed", ORDERS)
def test_an_outcome_said_meanwhile_stands_over_all_steps(
    store: Store, three_stores: list[TurnStore], tenant: str, tmp_path: Path, seed: int
) -> None:
    whole = Ingest(store, f"{tenant}-whole", tmp_path / "whole")
    send(whole, SPANS)
    say_outcome(store, f"{tenant}-whole", "a", "b")
    begun = Ingest(store, f"{tenant}-torn", tmp_path / "begun")
    send(begun, SPANS[:1])  # there is a run to say something about
    halves = [[[3, 8], [1, 5]], [[6], [2, 4, 7, 9]]]
    works: list[Callable[[], object]] = [
        partial(send_pieces, Ingest(one, f"{tenant}-torn", tmp_path / f"torn-{one.number}"), half)
        for one, half in zip(three_stores[:2], halves, strict=True)
    ]
    take_turns(three_stores, seed, [*works, partial(say_outcome, three_stores[2], f"{tenant}-torn", "a")])
    assert read_all(begun) == read_all(whole)
