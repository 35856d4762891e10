"""`runvault load`."""

import signal
from pathlib import Path
from typing import Any

import click

from collector.load import Loader
from runvault.build_loader import build_loader_settings
from runvault.options import read_options, serving_options
from schema.migrate import apply_migrations
from schema.store import Store


@click.command()
@serving_options
@click.option("--once", is_flag=True, help="load what is there and stop")
def command(config: Path | None, once: bool, **options: Any) -> None:
    """Load finished journal segments into the store; they are deleted once the insert is confirmed."""
    settings = read_options(config, **options)
    store = Store.open(settings.store_location)
    try:
        apply_migrations(store)
        loader = Loader(store, build_loader_settings(settings))
        if once:
            loader.drain()
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loader.stop())
        loader.run()
    finally:
        store.close()
