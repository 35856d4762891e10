"""Options that the serving commands share, and the settings they give."""

import logging
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
    click.option("--workers", type=int, help="collector processes"),
)


def serving_options(function: Function) -> Function:
    """Add the options of `serve` to a command; it is called with them as keyword arguments."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def read_options(config: Path | None, **options: Any) -> Settings:
    """Settings from file, environment and options; sets up logging. Raises ConfigError."""
    settings = load_settings(config, options)
    level = logging.getLevelNamesMapping().get(str(settings["log_level"]).upper(), logging.WARNING)
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return settings
