"""Panels with the house's defaults. Every panel has a title, a description, a unit and one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import common, dashboard, heatmap, stat, table, timeseries
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

Panel = stat.Panel | timeseries.Panel | table.Panel | heatmap.Panel | dashboard.Panel

REPLAY = "${runvault}/runs/${__value.raw:percentencode}"
KEPT = ("datasource", "tenant", "environment", "workflow", "version", "model", "runvault")
"""Variables that a link to another board takes along, with the time range."""


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
    """Units of columns that differ from `unit`."""
    nothing: str = "no runs"
    """What a single number says when there is none."""
    colours: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Colours of a table's words, by column."""


def link_board(name: str, variable: str, among: Sequence[str] = KEPT) -> str:
    """Address of another board with `variable` set to the value that was clicked, all else as it is here."""
    kept = "&".join(f"${{{one}:queryparam}}" for one in among if one != variable)
    return f"/d/runvault-{name}?var-{variable}=${{__value.raw:percentencode}}&{kept}&${{__url_time_range}}"


def make_stat(about: About, sql: str, text: bool = False) -> stat.Panel:
    """One number, or one word."""
    panel = stat.Panel().graph_mode(BigValueGraphMode.NONE).color_mode(BigValueColorMode.VALUE)
    panel.title(about.title).description(about.description).unit(about.unit).span(about.width).height(about.height)
    panel.datasource(refer_datasource()).thresholds(_limits(about)).no_value(about.nothing)
    # Grafana looks at numbers only, unless told otherwise
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/" if text else ""))
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TABLE)))


def make_series(about: About, sql: str) -> timeseries.Panel:
    """Lines over time, one per group: the statement's first column is `time`, ascending. `about.columns` are lines of
    another unit."""
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
    for line, unit in about.columns.items():
        panel.override_by_name(line, [DynamicConfigValue(id_val="unit", value=unit)])
    panel.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TIME_SERIES)))


def make_table(about: About, sql: str, runs: Sequence[str] = ("Run",), tenants: Sequence[str] = ()) -> table.Panel:
    """Rows. Columns named in `runs` hold run ids and lead to the run, those in `tenants` to the tenant's costs."""
    panel = table.Panel().show_header(True)
    panel.title(about.title).description(about.description).unit(about.unit).span(about.width).height(about.height)
    panel.datasource(refer_datasource()).thresholds(_limits(about))
    for column, unit in about.columns.items():
        panel.override_by_name(column, [DynamicConfigValue(id_val="unit", value=unit)])
    for column, colours in about.colours.items():
        panel.override_by_name(column, _colour_words(colours))
    to_run = [
        {"title": "Run", "url": link_board("run", "run")},
        {"title": "Replay", "url": REPLAY, "targetBlank": True},
    ]
    to_tenant = [{"title": "Cost of this tenant", "url": link_board("cost", "tenant")}]
    for column, links in [*((name, to_run) for name in runs), *((name, to_tenant) for name in tenants)]:
        panel.override_by_name(column, [DynamicConfigValue(id_val="links", value=links)])
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TABLE)))


def make_trace(about: About, sql: str) -> dashboard.Panel:
    """Spans as a trace, in the columns that Grafana's trace view knows; the SDK has no builder for its panel."""
    panel = dashboard.Panel().type("traces").options({})
    panel.title(about.title).description(about.description).unit(about.unit).span(about.width).height(about.height)
    panel.datasource(refer_datasource()).thresholds(_limits(about))
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TRACE)))


def make_heatmap(about: About, sql: str) -> heatmap.Panel:
    """Counts by time and bucket: columns `time`, then one per upper bound, in order."""
    panel = heatmap.Panel().calculate(False).show_tooltip().show_y_histogram()
    panel.title(about.title).description(about.description).unit("short").span(about.width).height(about.height)
    panel.y_axis(heatmap.YAxisConfig().unit(about.unit)).datasource(refer_datasource())
    return panel.with_target(QueryBuilder(ClickHouseQuery(sql, Form.TIME_SERIES)))


def _colour_words(colours: Mapping[str, str]) -> list[DynamicConfigValue]:
    options = {
        word: {"text": word, "color": colour, "index": place} for place, (word, colour) in enumerate(colours.items())
    }
    return [
        DynamicConfigValue(id_val="mappings", value=[{"type": "value", "options": options}]),
        DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
    ]


def _limits(about: About) -> ThresholdsConfig:
    steps = [Threshold(color="green", value=None)]
    if about.least is not None:
        steps = [Threshold(color="red", value=None), Threshold(color="green", value=about.least)]
    elif about.most is not None:
        steps.append(Threshold(color="red", value=about.most))
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
