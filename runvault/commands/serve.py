"""`runvault serve`."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from runvault.check_host import check_host
from runvault.lean import import_late, leave_out_pandas
from runvault.lock import lock_directory
from runvault.options import read_options, serving_options


@click.command()
@serving_options
def command(config: Path | None, **options: Any) -> None:
    """Receive, store and answer, all on this machine. Prints one line when ready; SIGTERM drains and exits 0."""
    leave_out_pandas()
    settings = read_options(config, **options)
    check_host(settings)
    lock = lock_directory(settings.data_dir)
    try:
        prepare_metrics(settings.data_dir / "metrics")
        import_late("runvault.serve").serve(settings, config)
    finally:
        os.close(lock)


def prepare_metrics(directory: Path) -> None:
    """Let counters of all processes live in files: must be said before prometheus_client is imported. They are in a
    folder of this start's own, for collectors of a killed predecessor may go on counting for a moment."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, mode=0o700, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(dir=directory)
