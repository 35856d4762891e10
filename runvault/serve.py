"""`runvault serve`: everything on one machine.

    this process: the embedded engine, the loader (a thread), the API      ── owns the store
    beside it:    N collectors (`runvault collect`), sharing two ports      ── own nothing but the journal

Start: lock the data directory, start the collectors, open the store meanwhile, print the ready line.
Stop (SIGTERM): collectors first (they finish what they took), then the loader empties the journal, then the store.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from api.app import create_app
from api.services import ReadinessCheck, Services
from api.settings import ApiSettings
from collector.health import render_service_metrics
from collector.load import Loader, describe_failure
from collector.pricing import PriceBook
from collector.repricing import Repricer
from collector.room import Room
from collector.rules import parse_statuses
from collector.server import QuietServer, bind_port
from runvault.build_glass import build_glass
from runvault.build_journal import build_price_file, build_room_settings, journal_directory
from runvault.build_loader import build_health_job, build_loader_settings
from runvault.build_retention import check_retention, open_retention
from runvault.build_sql import build_door, check_sql
from runvault.build_vault import build_keeper, build_key_ring, build_trail
from runvault.journal_files import JournalFiles
from runvault.late_redactor import LateRedactor
from runvault.open_store import open_store
from runvault.pressure import Pressure
from runvault.retention_job import RetentionJob
from runvault.settings import Settings
from runvault.workers import Workers
from schema.errors import ConfigError
from schema.retention import Retention
from schema.store import Store
from vault.audit import AuditTrail
from vault.audit_keeper import AuditKeeper

log = logging.getLogger("runvault.serve")

DRAIN_S = 15.0
PREDECESSOR_S = 25.0
"""Collectors of a killed predecessor notice it, and finish what they took, before they let go of a port."""


def serve(settings: Settings, config: Path | None) -> None:
    """Run until SIGTERM or SIGINT; the caller holds the data directory's lock. Raises ConfigError."""
    asyncio.run(_serve(settings, config))


def reserve_port(host: str, port: int, name: str) -> socket.socket:
    """Hold a port for our processes alone. Raises ConfigError when somebody else listens there.

    The second bind shares the port among our own; the first, without sharing, fails when a stranger has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    patience = time.monotonic() + PREDECESSOR_S
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                break
            except OSError as error:
                if time.monotonic() > patience:
                    raise ConfigError(f"{name}: port {port} cannot be used: {error.strerror}") from error
        time.sleep(0.1)
    return bind_port(host, port)


async def _serve(settings: Settings, config: Path | None) -> None:
    check_retention(settings)
    check_sql(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    host = settings["host"]
    http = reserve_port(host, settings["otlp_http_port"], "otlp_http_port")
    grpc = reserve_port(host, settings["otlp_grpc_port"], "otlp_grpc_port")
    api = reserve_port(host, settings["api_port"], "api_port")
    sql = reserve_port(host, settings["sql_port"], "sql_port") if settings["sql_port"] else None
    http_port, grpc_port, api_port = (held.getsockname()[1] for held in (http, grpc, api))
    workers = Workers(_worker_arguments(settings, config, http_port, grpc_port), settings.worker_count)
    starting = asyncio.create_task(workers.start())
    store = await loop.run_in_executor(None, open_store, settings, stop.is_set)
    if store is None:
        await workers.stop(DRAIN_S)
        return
    retention = open_retention(settings, store)
    loader = Loader(store, build_loader_settings(settings, retention, Pressure(workers.list_pids).measure))
    job = RetentionJob(retention, journal_directory(settings), settings["retention.interval_minutes"] * 60)
    loading = threading.Thread(target=loader.run, name="loader", daemon=True)
    health = build_health_job(settings, store)
    trail = build_trail(settings)
    keeper = build_keeper(settings, trail, store)
    checks = {
        "loader": lambda: _check_loader(loader, loading),
        "collectors": workers.find_problem,
        "audit": keeper.find_problem,
    }
    server = QuietServer(_build_app(settings, api_port, store, checks, trail, keeper, retention))
    loading.start()
    keeper.start()
    job.start()
    health.start()
    answering = asyncio.create_task(server.serve(sockets=[api]))
    door = build_door(settings, trail) if sql else None
    sql_server = QuietServer(door)
    answering_sql = asyncio.create_task(sql_server.serve(sockets=[sql])) if sql else None
    try:
        await starting
        shown = f"[{host}]" if ":" in host else host
        print(
            f"runvault ready otlp-http=http://{shown}:{http_port} otlp-grpc=http://{shown}:{grpc_port}"
            f" api=http://{shown}:{api_port}" + (f" sql=http://{shown}:{sql.getsockname()[1]}" if sql else ""),
            flush=True,
        )
        await stop.wait()
    finally:
        await workers.stop(DRAIN_S)
        await loop.run_in_executor(None, job.stop)
        loader.stop()
        await loop.run_in_executor(None, _finish_loading, loader, loading)
        await loop.run_in_executor(None, health.stop)
        server.stop()
        sql_server.stop()
        await answering
        if door is not None and answering_sql is not None:
            await answering_sql
            with contextlib.suppress(TimeoutError):  # what the engine does not let go of must not keep us
                await asyncio.wait_for(loop.run_in_executor(None, door.close), DRAIN_S)
        await loop.run_in_executor(None, keeper.stop)
        loader.close()
        store.close()


def _build_app(
    settings: Settings,
    port: int,
    store: Store,
    checks: Mapping[str, ReadinessCheck],
    trail: AuditTrail,
    keeper: AuditKeeper,
    retention: Retention,
) -> FastAPI:
    directory = journal_directory(settings)
    room = Room(build_room_settings(settings))
    services = Services(
        {"journal": lambda: _check_journal(directory) or room.find_problem(), **checks},
        lambda: render_service_metrics(store, directory),
        LateRedactor(settings),
        build_key_ring(settings),
        trail,
        keeper,
        retention,
        JournalFiles(directory, retention),
        build_glass(settings),
        Repricer(store, PriceBook(build_price_file(settings))),
        parse_statuses(settings.rules, settings.source),
    )
    return create_app(store, ApiSettings(host=settings["host"], port=port), services)


def _check_loader(loader: Loader, loading: threading.Thread) -> str | None:
    return loader.problem if loading.is_alive() else "the loader has stopped; restart the service"


def _finish_loading(loader: Loader, loading: threading.Thread) -> None:
    """Empty the journal, in bounded time: what is left is loaded at the next start."""
    loading.join(DRAIN_S)
    deadline = time.monotonic() + DRAIN_S
    try:
        while not loading.is_alive() and time.monotonic() < deadline and loader.load_once():
            pass
    except Exception as error:  # noqa: BLE001 - whatever it is, the store must still be closed
        log.warning("the journal is not empty, the next start loads it error=%s", describe_failure(error))


def _worker_arguments(settings: Settings, config: Path | None, http_port: int, grpc_port: int) -> list[str]:
    arguments = ["--data-dir", str(settings.data_dir), "--host", settings["host"]]
    arguments += ["--otlp-http-port", str(http_port), "--otlp-grpc-port", str(grpc_port)]
    arguments += ["--metrics-port", "0"]  # what they count is in this process's metrics
    return [*arguments, "--config", str(config)] if config else arguments


def _check_journal(directory: Path) -> str | None:
    return None if os.access(directory, os.W_OK | os.X_OK) else "the journal is not writable"
