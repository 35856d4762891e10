"""Several processes' stores, whose questions and statements take turns in an order that a seed says: so every
interleaving can be had, and had again."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.schema.clustered import KeeperlessStore


class Turns:
    """Lets one of several threads go on at a time, as far as its next statement. In some orders they change at nearly
    every statement, in others one goes on for many while another stands still."""

    def __init__(self, seed: int, threads: int) -> None:
        self._rng = random.Random(seed)
        self._patience = self._rng.choice((0.0, 0.5, 0.8, 0.9, 0.96))
        self._changed = threading.Condition()
        self._there = threads
        self._waiting: set[int] = set()
        self._chosen: int | None = None

    def wait(self, number: int) -> None:
        """Block until it is this thread's turn."""
        with self._changed:
            self._waiting.add(number)
            self._choose()
            assert self._changed.wait_for(lambda: self._chosen == number, 60)
            self._waiting.discard(number)

    def leave(self) -> None:
        """The thread has nothing more to ask."""
        with self._changed:
            self._there -= 1
            self._choose()

    def _choose(self) -> None:
        if self._there and len(self._waiting) == self._there:
            if self._chosen not in self._waiting or self._rng.random() >= self._patience:
                self._chosen = self._rng.choice(sorted(self._waiting))
            self._changed.notify_all()


class TurnStore(KeeperlessStore):
    """A store of one process among several: nothing may be remembered, and each statement waits for its turn."""

    turns: Turns | None = None
    number = 0

    def _wait(self) -> None:
        if self.turns is not None:
            self.turns.wait(self.number)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None, *, tag: str) -> list[dict[str, Any]]:
        """After its turn has come."""
        self._wait()
        return super().query(sql, parameters, tag=tag)

    def query_arrow(self, sql: str, parameters: Mapping[str, Any] | None = None, *, tag: str) -> pa.Table:
        """After its turn has come."""
        self._wait()
        return super().query_arrow(sql, parameters, tag=tag)

    def command(
        self, sql: str, parameters: Mapping[str, Any] | None = None, *, tag: str = "test", spares_steps: bool = False
    ) -> None:
        """After its turn has come."""
        self._wait()
        super().command(sql, parameters, tag=tag, spares_steps=spares_steps)

    def insert(self, table: str, data: pa.Table, token: str) -> None:
        """After its turn has come."""
        self._wait()
        super().insert(table, data, token)


def open_turn_stores(path: Path, count: int, cluster: str, database: str = "") -> list[TurnStore]:
    """So many stores over one engine, as if it were a server's."""
    stores = []
    for number in range(count):
        opened = TurnStore.open(str(path), 1, 1, cluster=cluster, database=database)
        assert isinstance(opened, TurnStore)
        opened.number, opened.served = number, True
        stores.append(opened)
    return stores


def take_turns(stores: Sequence[TurnStore], seed: int, works: Sequence[Callable[[], object]]) -> None:
    """Do one work with each store, at the same time. Raises what one of them raised."""
    turns = Turns(seed, len(stores))
    failures: list[BaseException] = []

    def do(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - told below, in the thread of the test
            failures.append(failure)
        finally:
            turns.leave()

    for store in stores:
        store.turns = turns
    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for store in stores:
        store.turns = None
    if failures:
        raise failures[0]
