"""Options that the serving commands share, and the settings they give."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from runvault.settings import Settings, load_settings

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--config", "config", type=click.Path(path_type=Path, dir_okay=False), help="settings file"),
    click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="journal, keys, embedded store"),
    click.option("--host", help="address to listen on"),
    click.option("--otlp-http-port", type=int, help="0 picks a free one"),
    click.option("--otlp-grpc-port", type=int, help="0 picks a free one"),
    click.option("--api-port", type=int, help="0 picks a free one"),
    click.option("--sql-port", type=int, help="read-only SQL for Grafana and notebooks; 0 is off"),
    click.option("--metrics-port", type=int, help="Prometheus text of a collect or load that runs apart; 0 is off"),
    click.option("--workers", type=int, help="collector processes"),
)

_LIFETIME = re.compile(r"([1-9]\d{0,5})([mhdw])")
_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}


def serving_options(function: Function) -> Function:
    """Add the options of `serve` to a command; it is called with them as keyword arguments."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


class Lifetime(click.ParamType[int]):
    """How long: `90d`, `24h`, `30m`; in seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Seconds. Fails for anything else."""
        if isinstance(value, int):
            return value
        found = _LIFETIME.fullmatch(str(value).strip())
        if found is None:
            self.fail("expected a time such as 90d, 24h or 30m", param, ctx)
        return int(found[1]) * _UNIT_SECONDS[found[2]]


def data_options(function: Function) -> Function:
    """Add `--config` and `--data-dir`, for commands that work on the data directory itself."""
    for option in reversed(_OPTIONS[:2]):
        function = option(function)
    return function


def read_options(config: Path | None, **options: Any) -> Settings:
    """Settings from file, environment and options; sets up logging. Raises ConfigError."""
    settings = load_settings(config, options)
    level = logging.getLevelNamesMapping().get(str(settings["log_level"]).upper(), logging.WARNING)
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return settings
