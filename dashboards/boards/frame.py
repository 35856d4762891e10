"""What every board has: its id, variables, time range and the links to the others."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, QueryVariable, TextBoxVariable
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType

from dashboards.panels import Panel
from dashboards.variables import add_variables

TAG = "runvault"


def make_board(
    name: str,
    title: str,
    description: str,
    panels: Sequence[Panel],
    variables: Sequence[QueryVariable | TextBoxVariable] = (),
) -> Dashboard:
    """A board with uid `runvault-<name>`."""
    board = Dashboard(f"Runvault / {title}").uid(f"runvault-{name}").description(description).tags([TAG])
    board.time("now-24h", "now").refresh("1m").timezone("browser").readonly().tooltip(DashboardCursorSync.CROSSHAIR)
    board.link(
        DashboardLink("Runvault")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )
    add_variables(board, *variables)
    for panel in panels:
        board.with_panel(panel)
    return board
