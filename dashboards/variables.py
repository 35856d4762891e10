"""Variables that every board has: the data source, whose runs, and which of them."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, QueryVariable, TextBoxVariable
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from dashboards.source import PLUGIN, refer_datasource
from dashboards.sql import TENANT, choose

RUNVAULT_URL = "http://127.0.0.1:8420"
_BEFORE = ("environment", "workflow", "version")
"""Each variable lists what the tenant's runs have that those before it choose."""


def add_variables(board: Dashboard, *more: QueryVariable | TextBoxVariable) -> Dashboard:
    """The variables, in the order in which they depend on each other."""
    board.with_variable(DatasourceVariable("datasource").label("Data source").type(PLUGIN))
    board.with_variable(_list_tenants())
    for place, name in enumerate(_BEFORE):
        board.with_variable(_list_names(name, list_seen(name.capitalize(), _BEFORE[:place])))
    board.with_variable(_list_names("model", list_seen("Model", _BEFORE, "arrayJoin(Models)")))
    for variable in more:
        board.with_variable(variable)
    return board.with_variable(
        TextBoxVariable("runvault")
        .label("Runvault")
        .description("Address of Runvault's API")
        .default_value(RUNVAULT_URL)
    )


def choose_version(name: str, label: str) -> QueryVariable:
    """One version, for a comparison."""
    return _query(name, label, list_seen("Version", ("environment", "workflow")))


def list_seen(column: str, before: Sequence[str], expression: str = "") -> str:
    """What there is in a column of the tenant's runs, narrowed by the variables before it."""
    conditions = [f"Tenant = {TENANT}", f"{column} != ''"]
    conditions += [choose(f"{name.capitalize()} IN (${{{name}:sqlstring}})", name) for name in before]
    selected = f"{expression} AS {column}" if expression else column
    return f"SELECT DISTINCT {selected} FROM runs WHERE {' AND '.join(conditions)} ORDER BY {column}"


def name_run() -> TextBoxVariable:
    """The run that a board is about."""
    return TextBoxVariable("run").label("Run id").description("run id, as other boards and the command line show it")


def _list_tenants() -> QueryVariable:
    sql = "SELECT DISTINCT Tenant FROM runs ORDER BY Tenant"
    default = VariableOption(text="default", value="default", selected=True)
    return _query("tenant", "Tenant", sql).current(default)


def _list_names(name: str, sql: str) -> QueryVariable:
    everything = VariableOption(text=["All"], value=["$__all"], selected=True)
    return _query(name, name.capitalize(), sql).multi(True).include_all(True).current(everything)


def _query(name: str, label: str, sql: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(label)
        .datasource(refer_datasource())
        .query(sql)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
