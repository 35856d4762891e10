"""The table of figures that a person reads."""

from collections.abc import Sequence

from rich.table import Table

from tests.bench.machine import Figure


def make_table(figures: Sequence[Figure]) -> Table:
    """One line a figure, with its goal and whether it was missed."""
    table = Table("case", "what")
    for heading in ("measured", "goal"):
        table.add_column(heading, justify="right")
    table.add_column("unit")
    for figure in figures:
        missed = figure.goal is not None and figure.value > figure.goal
        goal = "" if figure.goal is None else f"≤ {figure.goal:g}" + (" MISSED" if missed else "")
        table.add_row(figure.case, figure.name, f"{figure.value:,.3f}", goal, figure.unit)
    return table
