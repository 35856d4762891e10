"""`runvault load`."""

import contextlib
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.health import read_journal_health, render_service_metrics
from collector.load import Loader
from collector.metrics_page import serve_metrics
from runvault.build_journal import journal_directory
from runvault.build_loader import build_health_job, build_loader_settings
from runvault.build_retention import open_retention
from runvault.build_vault import build_key_ring, build_trail, keep_trail
from runvault.open_store import open_store
from runvault.options import read_options, serving_options
from runvault.retention_job import RetentionJob

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


@click.command()
@serving_options
@click.option("--once", is_flag=True, help="load what is there and stop")
def command(config: Path | None, once: bool, **options: Any) -> None:
    """Load finished journal segments into the store; they are deleted once the insert is confirmed."""
    settings = read_options(config, **options)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    store = open_store(settings, stopping.is_set)
    if store is None:
        return
    retention = open_retention(settings, store)
    keeping = keep_trail(settings, build_trail(settings), store)
    loading = contextlib.closing(Loader(store, build_loader_settings(settings, retention)))
    with contextlib.closing(store), keeping, loading as loader:
        if once:
            load_all(loader, journal_directory(settings), stopping)
            return
        threading.Thread(target=stop_with, args=(loader, stopping), daemon=True).start()
        job = RetentionJob(retention, journal_directory(settings), settings["retention.interval_minutes"] * 60)
        health = build_health_job(settings, store)
        job.start()
        health.start()
        render = partial(render_service_metrics, store, journal_directory(settings))
        with serve_metrics(settings["host"], settings["metrics_port"], build_key_ring(settings), render):
            loader.run()
        job.stop()
        health.stop()


def stop_with(loader: Loader, stopping: threading.Event) -> None:
    """Stop the loader when the signal comes."""
    stopping.wait()
    loader.stop()


def load_all(loader: Loader, directory: Path, stopping: threading.Event) -> None:
    """Load until nothing is left, or until told to stop; a bar shows how far it is when somebody looks on."""
    waiting = read_journal_health(directory).segments
    with Progress(*COLUMNS, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("segments", total=waiting)
        while not stopping.is_set() and (loaded := loader.load_steadily()):
            progress.update(task, advance=loaded)
