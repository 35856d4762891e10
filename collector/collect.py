"""One collector process: receives, redacts, journals. It holds no database connection and no key but the redactor's."""

import asyncio
import gc
import logging
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.gate import Gate
from collector.journal import Journal, JournalSettings
from collector.metrics_page import serve_metrics
from collector.pipeline import Pipeline, PipelineSettings
from collector.receive_grpc import create_grpc_server
from collector.receive_http import create_http_app
from collector.receiver import Receiver, ReceiverSettings
from collector.room import Room, RoomSettings
from collector.seals import BatchSealer
from collector.server import QuietServer, bind_port
from redaction.modes import ModalRedactor
from redaction.policy import Policy
from redaction.redactor import Redactor
from redaction.tokens import load_or_create_key
from schema.lifetimes import Mode
from vault.key_file import KeyRing
from vault.limits import Limits
from vault.seal_keys import PublicKeys

log = logging.getLogger("runvault.collect")

BEAT_S = 5.0


@dataclass(frozen=True, slots=True)
class CollectSettings:
    """What one collector process needs."""

    host: str
    http_port: int
    grpc_port: int
    loopback: bool
    """Whether only the own machine can reach `host`: then no key is needed until one was made."""
    api_keys: Path
    key_file: Path
    cache_directory: Path
    policy: Policy
    journal: JournalSettings
    room: RoomSettings
    receiver: ReceiverSettings
    pipeline: PipelineSettings
    sealing_keys: Path
    drain_s: float = 10.0
    metrics_port: int = 0
    """0 is none: what the collectors of a `serve` count is in its own metrics."""


def build_pipeline(settings: CollectSettings) -> tuple[Pipeline, Journal]:
    """The stages, ready to take requests."""
    keys = PublicKeys(settings.sealing_keys)
    key = load_or_create_key(settings.key_file)
    redactor = Redactor(settings.policy, key, settings.cache_directory, seals=keys.is_set_up)
    journal = Journal(settings.journal, redactor.policy_version)
    modal = ModalRedactor(redactor, settings.pipeline.retention)
    retention = settings.pipeline.retention
    sealer = BatchSealer(keys, lambda tenant, environment: retention.mode(tenant, environment) is Mode.SEALED)
    pipeline = Pipeline(modal, journal, redactor.keyed_hash, settings.pipeline, sealer)
    return pipeline, journal


def tune_collector() -> None:
    """Let Python look for reference cycles less often: a batch makes tens of thousands of objects and no cycle, and
    looking cost a third of normalising. What is loaded by now stays for good and is not looked at again.
    """
    gc.collect()
    gc.freeze()
    # not rarer: cycles of refused requests hold their bodies, and at 200,000 memory grew by 9 MB/s under overload
    gc.set_threshold(20_000, 10, 10)


def collect(settings: CollectSettings, beats: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, then drain. Prints `ready` on stdout when both ports answer; with `beats` a line
    every few seconds after it, by which a parent sees that this process still turns.
    """
    pipeline, journal = build_pipeline(settings)
    tune_collector()
    gate = Gate(KeyRing(settings.api_keys, settings.loopback), Limits(settings.api_keys.parent / "limits"))
    receiver = Receiver(pipeline, Room(settings.room), gate, settings.receiver)
    try:
        with serve_metrics(settings.host, settings.metrics_port, KeyRing(settings.api_keys, settings.loopback)):
            asyncio.run(_serve(settings, receiver, beats))
    finally:
        receiver.close()
        journal.close()


async def _serve(settings: CollectSettings, receiver: Receiver, beats: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    grpc_server, grpc_port = create_grpc_server(receiver, f"{host}:{settings.grpc_port}")
    bound = bind_port(settings.host, settings.http_port)
    http_server = QuietServer(create_http_app(receiver), int(settings.drain_s), settings.receiver.header_timeout_s)
    await grpc_server.start()
    serving = await http_server.start(bound)
    print(f"ready otlp-http={bound.getsockname()[1]} otlp-grpc={grpc_port}", flush=True)
    waiting = asyncio.create_task(stop.wait())
    ended: set[asyncio.Task[Any]] = set()
    while not ended:
        ended, _ = await asyncio.wait({waiting, serving}, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
        if beats:
            print("alive", flush=True)
    http_server.stop()
    await grpc_server.stop(settings.drain_s)
    await serving
