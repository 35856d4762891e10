"""Tables for people: reliability, coverage, and both sides of a comparison."""

from collections.abc import Callable, Sequence

from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING, format_ms, format_usd
from runvault.render import (
    WIDE,
    Json,
    add_names,
    add_numbers,
    clean_text,
    fit_table,
    format_count,
    name_cells,
    new_table,
)

VERDICT_STYLES = {"better": "green", "worse": "bold red", "same": "", "too_few": "dim"}


def format_rate(value: float | None) -> str:
    """A share in percent, with a place more where hundredths matter."""
    if value is None:
        return NOTHING
    return f"{value:.0%}" if value in (0, 1) else f"{value:.1%}"


def format_mean(value: float | None) -> str:
    """A mean of counts."""
    return NOTHING if value is None else f"{value:,.2f}"


def render_reliability(page: Json, groups: Sequence[str], width: int) -> Table:
    """Reliability by group; what breaks the usual limits is coloured."""
    table, wide = new_table(), width >= WIDE
    add_names(table, groups)
    names = ["runs", "known", "complete", "silent", "tool err"]
    extra = ["escal.", "retries", "steps", "tools", "tools p95", "wait", "denied ‰", "wrong wr."]
    add_numbers(table, *names, *(extra if wide else ["tools p95", "denied ‰"]))
    for item in page["items"]:
        tools = item["tool_calls_per_run"]
        cells = [
            *name_cells(item, groups),
            Text(format_count(item["runs"])),
            Text(format_count(item["known_outcomes"])),
        ]
        cells.append(_limit(format_rate(item["completion_rate"]), item["completion_rate"], least=0.95))
        cells.append(_limit(format_rate(item["silent_failure_rate"]), item["silent_failure_rate"], most=0))
        cells.append(Text(format_rate(item["tool_error_rate"])))
        if wide:
            cells.append(Text(format_rate(item["escalation_rate"])))
            cells += [Text(format_mean(item["retries_per_run"])), Text(format_mean(item["steps_per_run"]["mean"]))]
            cells.append(_limit(format_mean(tools["mean"]), tools["mean"], most=8))
        cells.append(_limit(NOTHING if tools["p95"] is None else format_count(tools["p95"]), tools["p95"], most=20))
        if wide:
            cells.append(Text(format_ms(item["approval_wait_ms"]["mean"])))
        denied = item["policy_violations_per_1000_runs"]
        cells.append(_limit(format_mean(denied), denied, most=0.5))
        if wide:
            cells.append(_limit(format_rate(item["wrong_write_rate"]), item["wrong_write_rate"], most=0.001))
        table.add_row(*cells)
    return fit_table(table, groups, width)


def render_coverage(page: Json, groups: Sequence[str], width: int) -> Table:
    """Coverage by group."""
    table = new_table()
    add_names(table, groups)
    add_numbers(table, "runs", "whole", "no root", "orphaned", "orphans", "late", "coverage")
    fields = ("runs", "whole_runs", "runs_without_root", "runs_with_orphans", "orphan_spans", "late_spans")
    for item in page["items"]:
        cells = [*name_cells(item, groups), *(Text(format_count(item[field])) for field in fields)]
        table.add_row(*cells, _limit(format_rate(item["coverage"]), item["coverage"], least=0.99))
    return fit_table(table, groups, width)


def render_comparison(answer: Json, width: int) -> Table:
    """Both sides of each measure, its change and the verdict."""
    table, wide = new_table(), width >= WIDE
    table.add_column("measure", no_wrap=True)
    sides = [_name_side(answer[side]) for side in ("baseline", "candidate")]
    add_numbers(table, *sides, "change", *(["n", "n"] if wide else []))
    if wide:
        add_numbers(table, "99 % of the difference")
    table.add_column("verdict", no_wrap=True)
    for item in answer["measures"]:
        form = _formatter(item["measure"])
        change = NOTHING if item["change"] is None else f"{item['change']:+.1%}"
        cells = [Text(item["measure"]), Text(form(item["baseline"])), Text(form(item["candidate"])), Text(change)]
        if wide:
            cells += [Text(format_count(item["baseline_n"])), Text(format_count(item["candidate_n"]))]
            cells.append(Text(_show_spread(item)))
        cells.append(Text(item["verdict"].replace("_", " "), VERDICT_STYLES[item["verdict"]]))
        table.add_row(*cells)
    return fit_table(table, sides, width)


def _name_side(side: Json) -> str:
    name = next(str(side[by]) for by in ("version", "model") if by in side)
    return clean_text(name) or NOTHING


def _show_spread(item: Json) -> str:
    low, high = item["difference_low"], item["difference_high"]
    return NOTHING if low is None else f"{low:+.4g} … {high:+.4g}"


def _formatter(measure: str) -> Callable[[float | None], str]:
    if measure.endswith("_usd"):
        return format_usd
    if measure.endswith("_ms"):
        return format_ms
    return format_rate if measure.endswith("_rate") else format_mean


def _limit(text: str, value: float | None, *, least: float | None = None, most: float | None = None) -> Text:
    """The text, coloured when the value breaks its limit (requirement 20's thresholds)."""
    broken = value is not None and ((least is not None and value < least) or (most is not None and value > most))
    return Text(text, "yellow" if broken else "")
