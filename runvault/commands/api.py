"""`runvault api`."""

from pathlib import Path
from typing import Any

import click
import uvicorn

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from collector.metrics import render_metrics
from collector.pricing import PriceBook
from collector.repricing import Repricer
from collector.rules import parse_statuses
from runvault.build import build_text_redactor
from runvault.build_glass import build_glass
from runvault.build_journal import build_price_file, journal_directory
from runvault.build_retention import open_retention
from runvault.build_vault import build_key_ring, build_trail, keep_trail
from runvault.check_host import check_host
from runvault.journal_files import JournalFiles
from runvault.open_store import open_store
from runvault.options import read_options, serving_options


@click.command()
@serving_options
def command(config: Path | None, **options: Any) -> None:
    """Answer only. With the embedded engine use `serve`: one process owns the store."""
    settings = read_options(config, **options)
    check_host(settings)
    store = open_store(settings, lambda: False)
    assert store is not None
    try:
        trail, retention = build_trail(settings), open_retention(settings, store)
        with keep_trail(settings, trail, store) as keeper:
            services = Services(
                {"audit": keeper.find_problem},
                render_metrics,
                build_text_redactor(settings),
                build_key_ring(settings),
                trail,
                keeper,
                retention,
                JournalFiles(journal_directory(settings), retention),
                build_glass(settings),
                Repricer(store, PriceBook(build_price_file(settings))),
                parse_statuses(settings.rules, settings.source),
            )
            app = create_app(store, ApiSettings(host=settings["host"], port=settings["api_port"]), services)
            uvicorn.run(app, host=settings["host"], port=settings["api_port"], log_config=None, access_log=False)
    finally:
        store.close()
