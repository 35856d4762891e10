"""Panels with the house's defaults. Every panel has a title, a description, a unit and one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import common, heatmap, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, Threshold, ThresholdsMode

from dashboards.source import ClickHouseQuery, Form, QueryBuilder, refer_datasource

Panel = stat.Panel | timeseries.Panel | table.Panel | heatmap.Panel

REPLAY = "${runvault}/v1/runs/${__value.raw:percentencode}/replay"
RUN_BOARD = "/d/runvault-run?var-run=${__value.raw:percentencode}&${tenant:queryparam}&${datasource:queryparam}"


@dataclass(frozen=True, slots=True)
class About:
    """What a panel says of itself, and from where on its number is red."""

    title: str
    description: str
    unit: str
    width: int = 12
    height: int = 8
    least: float | None = None
    """Below this it is red."""
    most: float | None = None
    """From this on it is red."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Units of a table's columns that differ from `unit`."""


def make_stat(about: About, sql: str, text: bool = False) -> stat.Panel:
    """One number, or one word."""
    panel = stat.Panel().graph_mode(BigValueGraphMode.NONE).color_mode(BigValueColorMode.VALUE)
    panel.title(about.title).description(about.description).unit(about.unit).span(about.width).height(about.height)
    panel.datasource(refer_datasource()).thresholds(_limits(about)).no_value("no runs")
    # Grafana looks at numbers only, unless told otherwise
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/" if text else ""))
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TABLE)))


def make_series(about: About, sql: str) -> timeseries.Panel:
    """Lines over time, one per group: the statement's first column is `time`, ascending."""
    panel = timeseries.Panel().fill_opacity(5).line_width(2).span_nulls(False)
    panel.title(about.title).description(about.description).unit(about.unit).span(about.width).height(about.height)
    panel.datasource(refer_datasource()).thresholds(_limits(about)).min(0)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.TABLE)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
    )
    panel.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TIME_SERIES)))


def make_table(about: About, sql: str, runs: Sequence[str] = ("Run",)) -> table.Panel:
    """Rows. Columns named in `runs` hold run ids, and lead to the run."""
    panel = table.Panel().show_header(True)
    panel.title(about.title).description(about.description).unit(about.unit).span(about.width).height(about.height)
    panel.datasource(refer_datasource()).thresholds(_limits(about))
    for column, unit in about.columns.items():
        panel.override_by_name(column, [DynamicConfigValue(id_val="unit", value=unit)])
    links = [{"title": "Run", "url": RUN_BOARD}, {"title": "Replay", "url": REPLAY, "targetBlank": True}]
    for column in runs:
        panel.override_by_name(column, [DynamicConfigValue(id_val="links", value=links)])
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TABLE)))


def make_heatmap(about: About, sql: str) -> heatmap.Panel:
    """Counts by time and bucket: columns `time`, then one per upper bound, in order."""
    panel = heatmap.Panel().calculate(False).show_tooltip().show_y_histogram()
    panel.title(about.title).description(about.description).unit("short").span(about.width).height(about.height)
    panel.y_axis(heatmap.YAxisConfig().unit(about.unit)).datasource(refer_datasource())
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TIME_SERIES)))


def _limits(about: About) -> ThresholdsConfig:
    steps = [Threshold(color="green", value=None)]
    if about.least is not None:
        steps = [Threshold(color="red", value=None), Threshold(color="green", value=about.least)]
    elif about.most is not None:
        steps.append(Threshold(color="red", value=about.most))
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
