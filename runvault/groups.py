"""What the analytics commands share: ask for groups, then print JSON, a table, or a line over time per group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from rich.table import Table

from runvault.client import ApiClient, Json, split_groups
from runvault.render import make_console, print_json
from runvault.render_series import render_series

MOST_MOMENTS = 5000


@dataclass(frozen=True, slots=True)
class Question:
    """One analytics route and how its answer is shown: as a table, or over time by the measure that matters most."""

    path: str
    render: Callable[[Json, Sequence[str], int], Table]
    title: str
    measure: str
    form: Callable[[float | None], str]
    nothing: str = "no runs"


def group_option(*groups: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add `--group-by` over these names."""
    return click.option(
        "--group-by", default="workflow,version", show_default=True, help=f"any of {', '.join(groups)}; '' for all"
    )


def show_groups(
    question: Question,
    client: ApiClient,
    as_json: bool,
    group_by: str,
    interval: str | None,
    filters: Mapping[str, Any],
) -> None:
    """Ask and print."""
    page = client.get_json(
        question.path,
        {"group_by": group_by, "interval": interval, "limit": MOST_MOMENTS if interval else None, **filters},
    )
    if as_json:
        print_json(page)
        return
    console, groups = make_console(), split_groups(group_by)
    if not page["items"]:
        console.print(question.nothing)
    elif interval:
        console.print(question.title, style="bold")
        console.print(render_series(page, groups, interval, console.width, question.measure, question.form))
    else:
        console.print(question.render(page, groups, console.width))
