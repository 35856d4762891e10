"""`runvault collect`."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import click

from collector.collect import collect
from runvault.build import build_collect_settings
from runvault.check_host import check_host
from runvault.lean import leave_out_pandas
from runvault.options import read_options, serving_options


@click.command()
@serving_options
@click.option("--with-parent", is_flag=True, help="stop when standard input ends: the parent is gone")
def command(config: Path | None, with_parent: bool, **options: Any) -> None:
    """Receive, redact and journal only: a loader beside it takes the journal to the store."""
    leave_out_pandas()
    settings = read_options(config, **options)
    check_host(settings)
    if with_parent:
        threading.Thread(target=_follow_parent, daemon=True).start()
    collect(build_collect_settings(settings), beats=with_parent)


def _follow_parent() -> None:
    while os.read(0, 1024):  # unbuffered: a lock held at exit would be a crash
        pass
    os.kill(os.getpid(), signal.SIGTERM)
