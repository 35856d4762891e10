"""`runvault serve`: everything on one machine.

    this process: the embedded engine, the loader (a thread), the API      ── owns the store (store_side.py)
    beside it:    N collectors (`runvault collect`), sharing two ports      ── own nothing but the journal

Start: lock the data directory, start the collectors, open the store meanwhile, print the ready line.
Stop (SIGTERM): collectors first (they finish what they took), then the loader empties the journal, then the store.
"""

import asyncio
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from collector.server import bind_port
from runvault.build_retention import check_retention
from runvault.check_host import check_sql
from runvault.lean import import_late
from runvault.settings import Settings
from runvault.workers import DRAIN_S, Workers
from schema.errors import ConfigError

if TYPE_CHECKING:
    from runvault.store_side import StoreSide

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
    side = await loop.run_in_executor(None, _open_side, settings, workers, stop.is_set)
    if side is None:
        await workers.stop(DRAIN_S)
        return
    await side.start(api, sql)
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
        await side.stop()


def _open_side(settings: Settings, workers: Workers, is_stopping: Callable[[], bool]) -> "StoreSide | None":
    side: StoreSide | None = import_late("runvault.store_side").open_store_side(settings, workers, is_stopping)
    return side


def _worker_arguments(settings: Settings, config: Path | None, http_port: int, grpc_port: int) -> list[str]:
    arguments = ["--data-dir", str(settings.data_dir), "--host", settings["host"]]
    arguments += ["--otlp-http-port", str(http_port), "--otlp-grpc-port", str(grpc_port)]
    arguments += ["--metrics-port", "0"]  # what they count is in this process's metrics
    return [*arguments, "--config", str(config)] if config else arguments
