"""The part of `runvault serve` that owns the store: the loader, what is done now and then, the API and the SQL port.

Its libraries (engine, frames, web framework) are half of a start, so it is imported while the collectors start.
"""

import asyncio
import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
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
from collector.server import QuietServer
from runvault.build_glass import build_glass
from runvault.build_journal import build_price_file, build_room_settings, journal_directory
from runvault.build_loader import build_health_job, build_loader_settings
from runvault.build_retention import open_retention
from runvault.build_sql import build_door
from runvault.build_vault import build_keeper, build_key_ring, build_trail
from runvault.journal_files import JournalFiles
from runvault.late_redactor import LateRedactor
from runvault.open_store import open_store
from runvault.pressure import Pressure
from runvault.retention_job import RetentionJob
from runvault.settings import Settings
from runvault.workers import DRAIN_S, Workers
from schema.retention import Retention
from schema.store import Store
from vault.audit import AuditTrail
from vault.audit_keeper import AuditKeeper

log = logging.getLogger("runvault.serve")


def open_store_side(settings: Settings, workers: Workers, is_stopping: Callable[[], bool]) -> "StoreSide | None":
    """With the store open and up to date; None when `is_stopping` said so before. Raises StoreError, ConfigError."""
    store = open_store(settings, is_stopping)
    return StoreSide(settings, store, workers) if store is not None else None


class StoreSide:
    """Everything in this process that works with the store; `workers` are the collectors beside it."""

    def __init__(self, settings: Settings, store: Store, workers: Workers) -> None:
        self._settings, self._store = settings, store
        retention = open_retention(settings, store)
        self._loader = Loader(store, build_loader_settings(settings, retention, Pressure(workers.list_pids).measure))
        self._job = RetentionJob(retention, journal_directory(settings), settings["retention.interval_minutes"] * 60)
        self._loading = threading.Thread(target=self._loader.run, name="loader", daemon=True)
        self._health = build_health_job(settings, store)
        self._trail = build_trail(settings)
        self._keeper = build_keeper(settings, self._trail, store)
        self._checks = {
            "loader": lambda: _check_loader(self._loader, self._loading),
            "collectors": workers.find_problem,
            "audit": self._keeper.find_problem,
        }
        self._retention = retention
        self._door = build_door(settings, self._trail) if settings["sql_port"] else None
        self._servers: list[QuietServer] = []
        self._answering: list[asyncio.Task[None]] = []

    async def start(self, api: socket.socket, sql: socket.socket | None) -> None:
        """Load and answer. Returns once both ports accept connections."""
        app = _build_app(
            self._settings, api.getsockname()[1], self._store, self._checks, self._trail, self._keeper, self._retention
        )
        self._loading.start()
        self._keeper.start()
        self._job.start()
        self._health.start()
        await self._serve(app, api)
        if sql is not None:
            await self._serve(self._door, sql)

    async def _serve(self, app: object, bound: socket.socket) -> None:
        server = QuietServer(app)
        self._servers.append(server)
        self._answering.append(await server.start(bound))

    async def stop(self) -> None:
        """Once the collectors have ended: load what they left, answer what was asked, close the store."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._job.stop)
        self._loader.stop()
        await loop.run_in_executor(None, _finish_loading, self._loader, self._loading)
        await loop.run_in_executor(None, self._health.stop)
        for server in self._servers:
            server.stop()
        for answering in self._answering:
            await answering
        if self._door is not None:
            with contextlib.suppress(TimeoutError):  # what the engine does not let go of must not keep us
                await asyncio.wait_for(loop.run_in_executor(None, self._door.close), DRAIN_S)
        await loop.run_in_executor(None, self._keeper.stop)
        self._loader.close()
        self._store.close()


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


def _check_journal(directory: Path) -> str | None:
    return None if os.access(directory, os.W_OK | os.X_OK) else "the journal is not writable"
