"""`runvault health`: for health checks of containers, which have no curl."""

import http.client
from pathlib import Path
from typing import Any

import click

from collector.health import read_journal_health
from runvault.build_loader import journal_directory
from runvault.options import read_options, serving_options

TIMEOUT_S = 5


@click.command()
@click.argument("part", type=click.Choice(["collect", "load", "api"]))
@serving_options
@click.option("--within", default=600, show_default=True, help="load: the oldest segment may wait so long, in seconds")
def command(part: str, config: Path | None, within: int, **options: Any) -> None:
    """Whether this machine's collector, loader or API does its work: exit status 0 or 1, and why."""
    settings = read_options(config, **options)
    if part == "load":
        waited = read_journal_health(journal_directory(settings)).oldest_s
        problem = f"a segment has waited for {waited:.0f} s" if waited > within else ""
    elif part == "api":
        problem = _ask(settings["host"], settings["api_port"], "/readyz", 200)
    else:  # a collector takes spans only, and says so
        problem = _ask(settings["host"], settings["otlp_http_port"], "/v1/traces", 405)
    if problem:
        raise click.ClickException(problem)
    click.echo("well")


def _ask(host: str, port: int, path: str, expected: int) -> str:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - the address that stands for all
    connection = http.client.HTTPConnection(here, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except OSError as error:
        return f"{path} on port {port} does not answer: {type(error).__name__}"
    finally:
        connection.close()
    return "" if status == expected else f"{path} on port {port} answers {status}"
