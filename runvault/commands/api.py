"""`runvault api`."""

from pathlib import Path
from typing import Any

import click
import uvicorn

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from collector.metrics import render_metrics
from runvault.build import build_text_redactor
from runvault.build_vault import build_glass, build_key_ring, check_host
from runvault.open_store import open_store
from runvault.options import read_options, serving_options
from vault.audit import AuditTrail, audit_directory


@click.command()
@serving_options
def command(config: Path | None, **options: Any) -> None:
    """Answer only. With the embedded engine use `serve`: one process owns the store."""
    settings = read_options(config, **options)
    check_host(settings)
    store = open_store(settings, lambda: False)
    assert store is not None
    try:
        trail = AuditTrail(audit_directory(settings.data_dir))
        services = Services(
            {}, render_metrics, build_text_redactor(settings), build_key_ring(settings), trail, build_glass(settings)
        )
        app = create_app(store, ApiSettings(host=settings["host"], port=settings["api_port"]), services)
        uvicorn.run(app, host=settings["host"], port=settings["api_port"], log_config=None, access_log=False)
    finally:
        store.close()
