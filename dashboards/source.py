"""The ClickHouse plugin's query, for which the SDK has no type, and the data source as a board variable.

Fields as in the plugin's src/types/sql.ts (v4): raw SQL, its query type, and the format of the frames that come back.
"""

from dataclasses import dataclass
from enum import Enum

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

PLUGIN = "grafana-clickhouse-datasource"
PLUGIN_VERSION = "4.0.6"
"""Of the query model that is written; later plugins migrate it."""


class Form(Enum):
    """How the plugin shapes an answer: its query type, and the format number of Grafana's SQL library."""

    TIME_SERIES = ("timeseries", 0)
    TABLE = ("table", 1)
    TRACE = ("traces", 3)


@dataclass(frozen=True, slots=True)
class ClickHouseQuery(Dataquery):
    """One statement. `uid` is a board's variable, or the uid of our own provisioned data source in an alert rule."""

    sql: str
    form: Form
    ref_id: str = "A"
    uid: str = "${datasource}"

    def to_json(self) -> dict[str, object]:
        """As the plugin stores it."""
        kind, number = self.form.value
        return {
            "datasource": {"type": PLUGIN, "uid": self.uid},
            "editorType": "sql",
            "format": number,
            "pluginVersion": PLUGIN_VERSION,
            "queryType": kind,
            "rawSql": self.sql,
            "refId": self.ref_id,
        }


@dataclass(frozen=True, slots=True)
class QueryBuilder(Builder[ClickHouseQuery]):
    """What the SDK's panels take: something that builds a query."""

    query: ClickHouseQuery

    def build(self) -> ClickHouseQuery:
        """The query."""
        return self.query


def refer_datasource() -> DataSourceRef:
    """The data source that the board's variable names."""
    return DataSourceRef(type_val=PLUGIN, uid="${datasource}")
