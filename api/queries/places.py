"""What the templates of grouped answers leave open: keys, grouping, order and page."""

from collections.abc import Mapping, Sequence

from api.models import Interval
from api.queries.conditions import Conditions

BUCKET = "BucketAt"
"""Start of an interval, seconds since 1970."""

_STARTS: dict[Interval, str] = {
    "minute": "toStartOfMinute({column}, 'UTC')",
    "hour": "toStartOfHour({column}, 'UTC')",
    "day": "toStartOfDay({column}, 'UTC')",
    "week": "toDateTime(toMonday({column}, 'UTC'), 'UTC')",
}


def place_groups(
    groups: Sequence[str],
    keys: Mapping[str, str],
    measure: str,
    interval: Interval | None = None,
    column: str = "StartedAt",
) -> dict[str, str]:
    """Fragments for groups, largest `measure` first; over time, by the start of the interval that `column` is in."""
    columns = [keys[group] for group in groups]
    selected, order = list(columns), [f"{measure} DESC", *columns]
    if interval is not None:
        selected = [f"toUnixTimestamp({_STARTS[interval].format(column=column)}) AS {BUCKET}", *columns]
        columns, order = [BUCKET, *columns], [BUCKET, *order]
    return {
        "keys": "".join(f"{name}, " for name in selected),
        "group_by": f"GROUP BY {', '.join(columns)}" if columns else "",
        "order": ", ".join(order),
    }


def place_page(conditions: Conditions, limit: int, offset: int) -> dict[str, object]:
    """Parameters of a page of groups."""
    return {**conditions.parameters, "limit": limit, "offset": offset}
