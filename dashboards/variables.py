"""Variables that every board has: the data source, whose runs, and which of them."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, QueryVariable, TextBoxVariable
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from dashboards.source import PLUGIN, refer_datasource

RUNVAULT_URL = "http://127.0.0.1:8420"
_SEEN = "SELECT DISTINCT {column} FROM runs WHERE Tenant = ${{tenant:sqlstring}} AND {column} != '' ORDER BY {column}"
_MODELS = "SELECT DISTINCT arrayJoin(Models) AS Model FROM runs WHERE Tenant = ${tenant:sqlstring} ORDER BY Model"


def add_variables(board: Dashboard, *more: QueryVariable | TextBoxVariable) -> Dashboard:
    """The variables, in the order in which they depend on each other."""
    board.with_variable(DatasourceVariable("datasource").label("Data source").type(PLUGIN))
    board.with_variable(_list_tenants())
    for name in ("environment", "workflow", "version"):
        board.with_variable(_list_names(name, _SEEN.format(column=name.capitalize())))
    board.with_variable(_list_names("model", _MODELS))
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
    return _query(name, label, _SEEN.format(column="Version"))


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
