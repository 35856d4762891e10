"""`runvault migrate`."""

import time
from pathlib import Path
from typing import Any

import click

from runvault.build_retention import open_engine
from runvault.options import read_options, serving_options
from schema.cluster import Cluster
from schema.errors import MigrationUnderWay
from schema.migrate import apply_migrations, list_migrations, render_all
from schema.store import Store


@click.command()
@serving_options
@click.option("--print", "shown", is_flag=True, help="print every statement from an empty store on, and run none")
def command(config: Path | None, shown: bool, **options: Any) -> None:
    """Bring the store's schema up to date; `serve` does this by itself."""
    settings = read_options(config, **options)
    if shown:
        click.echo(render_all(bool(settings["store.url"]), Cluster(settings["store.cluster"])), nl=False)
        return
    store = open_engine(settings)
    try:
        done = migrate_in_turn(store)
    finally:
        store.close()
    for name in done:
        click.echo(f"applied {name}")
    click.echo(f"schema is at {list_migrations()[-1].version:04d}, {len(done)} applied now")


def migrate_in_turn(store: Store) -> list[str]:
    """Migrate, or wait for another process that does: it ends, or is taken for dead. Names of what was applied here."""
    told = False
    while True:
        try:
            return apply_migrations(store)
        except MigrationUnderWay as error:
            if not told:
                click.echo(f"{error}; waiting for it", err=True)
            told = True
            time.sleep(1)  # a lease is a row that says when it ends; nobody calls back
