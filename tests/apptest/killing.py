"""SIGKILL at random moments under load: one collector, the process that owns the store, all of them, or a start that is
not ready yet, while several senders send, and send again what was acknowledged already, over both protocols."""

import contextlib
import math
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx

from runvault.service import Service, launch_service, start_service
from tests.apptest.ledger import count_tokens, find_spans, list_spans, read_dump, settle, sum_up
from tests.apptest.load import run_load
from tests.apptest.test_bad_input import list_children

SENDERS = 4
HEADERS = {"content-type": "application/x-protobuf"}
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
OPTIONS = ("--workers", "2")
ANY = ("collector", "parent", "collector", "all", "start")
"""Kinds of victims: one collector, the process that owns the store alone, or the whole service; `start` is the whole
service, and then the start that follows."""
Tell = Callable[[int, Mapping[str, Any]], None]


def tell_nobody(_kills: int, _told: Mapping[str, Any]) -> None:
    """Keep it to oneself."""


@dataclass(slots=True)
class Senders:
    """Threads that send requests over and over until stopped; `service` is whoever answers now."""

    bodies: list[bytes]
    chance: random.Random
    service: Service
    acknowledged: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin; every second sender speaks gRPC."""
        for number in range(SENDERS):
            thread = threading.Thread(target=self._send_on, args=(number % 2 == 1,))
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Finish the requests at hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def count(self) -> dict[str, int]:
        """Requests so far."""
        with self._lock:
            return {"acknowledged": self.acknowledged.total(), "failed": self.refused}

    def _choose(self) -> int:
        """Mostly what nobody acknowledged yet; a fifth of the time what somebody did."""
        with self._lock:
            again = self.chance.random() < 0.2 or len(self.acknowledged) == len(self.bodies)
            if again and self.acknowledged:
                return self.chance.choice(list(self.acknowledged))
            return self.chance.choice([n for n in range(len(self.bodies)) if n not in self.acknowledged])

    def _send_on(self, over_grpc: bool) -> None:
        with open_client() as http:
            while not self._stop.is_set():
                number = self._choose()
                body = self.bodies[number]
                done = send_grpc(self.service, body) if over_grpc else send_http(http, self.service, body)
                with self._lock:
                    if done:
                        self.acknowledged[number] += 1
                    else:
                        self.refused += 1
                if not done:
                    time.sleep(0.1)


def open_client() -> httpx.Client:
    """One for many requests: making it costs 20 ms of CPU, which senders that are refused took from the service."""
    return httpx.Client(trust_env=False, timeout=20)


def send_http(http: httpx.Client, service: Service, body: bytes) -> bool:
    """Whether the request was acknowledged."""
    try:
        return http.post(f"{service.otlp_http}/v1/traces", content=body, headers=HEADERS).status_code == 200
    except httpx.HTTPError:
        return False


def send_grpc(service: Service, body: bytes) -> bool:
    """Whether the request was acknowledged."""
    with grpc.insecure_channel(service.otlp_grpc.removeprefix("http://")) as channel:
        export: Any = channel.unary_unary(EXPORT)
        try:
            export(body, timeout=20)
        except grpc.RpcError:
            return False
        return True


def choose_victims(kills: int, kinds: Sequence[str], chance: random.Random) -> list[str]:
    """Whom to kill, in random order: each of `kinds` as often as it stands there."""
    victims = [kinds[number % len(kinds)] for number in range(kills)]
    chance.shuffle(victims)
    return victims


def kill(service: Service, victim: str, chance: random.Random) -> None:
    """SIGKILL to one collector, the parent alone, or all."""
    if victim == "collector":
        children = list_children(service.process.pid)
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)
    elif victim == "parent":
        service.process.kill()
        service.process.wait(10)
        assert service.process.stdout is not None
        service.process.stdout.close()
    else:
        service.kill()


@dataclass(slots=True)
class Restarts:
    """Starts the service again after a kill, and kills some of the starts too."""

    directory: Path
    chance: random.Random
    longest_s: float = 5.0

    def start(self) -> Service:
        """A service that is ready; how long that took is what `kill_one` chooses its moment from."""
        began = time.monotonic()
        service = start_service(self.directory, options=OPTIONS)
        self.longest_s = time.monotonic() - began
        return service

    def kill_one(self) -> None:
        """Begin a start, and SIGKILL all of it at a random moment before or about when it would be ready."""
        process = launch_service(self.directory, options=OPTIONS)
        time.sleep(self.chance.uniform(0.0, self.longest_s))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def kill_on(
    directory: Path, kills: int, spans: int, seed: int, kinds: Sequence[str] = ANY, tell: Tell = tell_nobody,
    longest_s: float = math.inf,
) -> dict[str, Any]:  # fmt: skip
    """The whole trial; its figures. `tell` hears what was done so far after each kill and before each check. After
    `longest_s` nobody is killed any more, and what there is is checked.

    Raises AssertionError when a span is lost, doubled or a total is wrong.
    """
    dump = directory / "load.bin"
    run_load("--spans", str(spans), "--batch-spans", "12", "--dialect", "genai", "--text-bytes", "300",
             "--history-bytes", "1200", "--seed", f"kill {seed}", "--dump", str(dump))  # fmt: skip
    bodies = list(read_dump(dump))
    chance = random.Random(seed)
    started = time.monotonic()
    restarts = Restarts(directory / "data", chance)
    senders = Senders(bodies, random.Random(seed + 1), restarts.start())
    senders.start()
    killed: Counter[str] = Counter()
    try:
        for victim in choose_victims(kills, kinds, chance):
            if time.monotonic() - started > longest_s:
                break
            time.sleep(chance.uniform(0.0, 1.0))
            kill(senders.service, "all" if victim == "start" else victim, chance)
            if victim == "start":
                restarts.kill_one()
            if victim != "collector":
                senders.service = restarts.start()
            killed[victim] += 1
            tell(killed.total(), senders.count())
    finally:
        senders.stop()
    done = killed.total()
    figures = {"kills": done, "victims": dict(killed), "seconds": round(time.monotonic() - started, 1)}
    tell(done, {"checking": "what was acknowledged"})
    figures |= check_acknowledged(senders)
    tell(done, {"checking": "totals"})
    check_totals(senders.service, bodies, directory)
    return figures


def check_acknowledged(senders: Senders) -> dict[str, Any]:
    """Everything that was acknowledged is answered, once; before anything is sent again."""
    promised = {key for number in senders.acknowledged for key in list_spans(senders.bodies[number])}
    found: dict[tuple[str, str], int] = {}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = find_spans(senders.service)
        if not promised - set(found):
            break
        time.sleep(0.5)
    lost = promised - set(found)
    doubled = {key for key, times in found.items() if times != 1}
    assert (len(lost), len(doubled)) == (0, 0)
    return {
        "acknowledged_requests": sum(senders.acknowledged.values()),
        "acknowledged_spans": len(promised),
        "resent": sum(times - 1 for times in senders.acknowledged.values()),
        "failed_requests": senders.refused,
        "lost": len(lost),
        "doubled": len(doubled),
    }


def check_totals(service: Service, bodies: list[bytes], directory: Path) -> None:
    """With everything sent at last, the totals are the generator's, and those of a service that nobody killed."""
    with open_client() as http:
        assert all(send_http(http, service, body) for body in bodies)
    everything = {key for body in bodies for key in list_spans(body)}
    settle(service, len(everything))
    totals = sum_up(service)
    assert totals["runs"] == len({trace for trace, _span in everything})
    assert totals["tokens"] == count_tokens(bodies)
    with httpx.Client(trust_env=False, timeout=30) as http:
        assert http.get(f"{service.api}/metrics").status_code == 200
        assert http.get(f"{service.api}/readyz").status_code == 200
    assert service.stop() == 0
    untouched = start_service(directory / "reference")
    with open_client() as http:
        assert all(send_http(http, untouched, body) for body in bodies)
    settle(untouched, len(everything))
    assert sum_up(untouched) == totals
    assert untouched.stop() == 0
