"""Tables for people: what is held and how old it is, and what goes."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from api.amounts import NOTHING
from runvault.render import WIDE, Json, add_numbers, clean_text, fit_table, format_count, new_table

_UNITS = ("B", "kB", "MB", "GB", "TB")


def format_bytes(size: int) -> str:
    """Bytes in the unit people would use, thousands apart."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit and value < 99.95 else f"{value:.0f} {_UNITS[unit]}"


def count_things(count: int, thing: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def render_holdings(answer: Json, width: int) -> Table:
    """A line per environment and class; what is older than allowed is red."""
    table, wide = new_table(), width >= WIDE
    table.add_column("environment", no_wrap=True, overflow="ellipsis")
    table.add_column("class", no_wrap=True)
    if wide:
        table.add_column("mode", no_wrap=True)
    add_numbers(table, "days")
    table.add_column("oldest", no_wrap=True)
    add_numbers(table, "rows", "bytes", *(["cold"] if wide else []), "overdue")
    before = None
    for item in answer["items"]:
        if not (item["environment"] or item["rows"]):  # audit entries have no environment: they need no empty lines
            continue
        name = clean_text(item["environment"]) or "(none)"
        overdue = item["overdue_rows"]
        cells = [Text("" if name == before else name), Text(item["class"])]
        if wide:
            cells.append(Text("" if name == before else item["mode"], "red" if item["mode"] == "full" else ""))
        changing = item["configured_days"] != item["lifetime_days"]
        days = f"{item['lifetime_days']}→{item['configured_days']}" if changing else str(item["lifetime_days"])
        cells += [Text(days, "yellow" if changing else ""), Text(item["oldest_day"] or NOTHING)]
        cells += [Text(format_count(item["rows"])), Text(format_bytes(item["bytes"]))]
        if wide:
            cells.append(Text(format_bytes(item["cold_bytes"]) if item["cold_bytes"] else NOTHING))
        cells.append(Text(format_count(overdue), "bold red" if overdue else "dim"))
        table.add_row(*cells)
        before = name
    return fit_table(table, ["environment"], width)


def tell_files(answer: Json) -> Iterator[Text]:
    """A line per place of the journal's folder that holds something."""
    for place in answer["files"]:
        if place["files"]:
            oldest = place["oldest"][:16].replace("T", " ")
            line = (
                f"{place['place']}: {count_things(place['files'], 'file')}, {format_bytes(place['bytes'])},"
                f" the oldest of {oldest} UTC"
            )
            overdue = place["overdue_files"]
            yield Text(line + (f", {overdue} older than allowed" if overdue else ""), "bold red" if overdue else "")


def tell_verdict(answer: Json) -> Iterator[Text]:
    """Whether everything is as young as allowed, and which policy says so."""
    policy = answer["policy"]
    since = policy["in_force_since"][:16].replace("T", " ")
    yield Text(f"policy in force since {since} UTC, applied by: {clean_text(policy['applied_by'])}", "dim")
    if policy["pending"]:
        yield Text("the settings say something else: see runvault retention apply --dry-run", "yellow")
    if answer["holds"]:
        yield Text("nothing is older than allowed, in tables, journal, dead letters and quarantine", "green")
    else:
        yield Text("something is older than allowed: the retention job has not been there yet, or cannot", "bold red")


def render_due(answer: Json, width: int) -> Table:
    """What would go, by class and table."""
    table = new_table()
    for name in ("class", "table"):
        table.add_column(name, no_wrap=True)
    add_numbers(table, "partitions", "in part", "rows", "bytes")
    table.add_column("oldest", no_wrap=True)
    tables = sorted({(item["class"], item["table"]) for item in answer["items"]})
    for data_class, name in tables:
        mine = [item for item in answer["items"] if item["table"] == name]
        partly = sum(not item["whole_partition"] for item in mine)
        days = [item["day"] for item in mine if item["day"]]
        rows, size = (sum(item[what] for item in mine) for what in ("rows", "bytes"))
        table.add_row(
            data_class, name, format_count(len(mine)), str(partly) if partly else NOTHING, format_count(rows),
            format_bytes(size), min(days, default=NOTHING),
        )  # fmt: skip
    return fit_table(table, ["table"], width)


def render_erasure(answer: Json) -> Table:
    """What goes, or went, by table, and what lies in the journal's folder."""
    table = new_table()
    table.add_column("where", no_wrap=True)
    add_numbers(table, "rows")
    for name, rows in answer["rows"].items():
        table.add_row(name, format_count(rows))
    for name, rows in answer["files"].items():
        if rows:
            table.add_row(Text(f"journal: {name}", "yellow"), Text(format_count(rows), "yellow"))
    return table
