"""SQL of panels about the service itself, from the samples that it writes (collector/samples.py).

Samples are those of tenant `default`, and about the whole installation: whichever tenant is chosen, they are shown to
whoever may read them.
"""

from collections.abc import Iterable

from dashboards.sql import TENANT

FROM = f"FROM health_samples\nWHERE Tenant IN ({TENANT}, 'default')"
UNTIL_NOW = "At >= $__fromTime_ms AND Day >= toDate($__fromTime, 'UTC')"
IN_RANGE = f"{UNTIL_NOW}\n    AND At < $__toTime_ms AND Day <= toDate($__toTime, 'UTC')"


def sum_counts(*names: str) -> str:
    """How far some counters moved in the time range, together; 0 also when nothing was written, since what does not
    move is not written."""
    return f"SELECT sum(Value) AS Moved\n{FROM}\n    AND {IN_RANGE}\n    AND {_one_of(names)}"


def read_latest(*names: str) -> str:
    """What some gauges showed last, the sum over services and gauges."""
    last = f"SELECT argMax(Value, At) AS Last\n{FROM}\n    AND {IN_RANGE}\n    AND {_one_of(names)}"
    return f"SELECT if(count() = 0, NULL, sum(Last)) AS Shown\nFROM\n(\n{last}\nGROUP BY Instance, Name\n)"


def read_age() -> str:
    """Seconds since the latest sample."""
    age = "if(count() = 0, NULL, dateDiff('second', max(At), now64(3)))"
    return f"SELECT {age} AS Seconds\n{FROM}\n    AND {UNTIL_NOW}"


def draw_counts(per_second: bool, label: str, *names: str, where: str = "") -> str:
    """How far counters moved in each interval, by what `label` says; `where` is one more condition."""
    value = "sum(Value) / $__interval_s" if per_second else "sum(Value)"
    more = f"\n    AND {where}" if where else ""
    return (
        f'SELECT $__timeInterval(At) AS time, {label} AS "Of", {value} AS "Value"\n{FROM}\n    AND {IN_RANGE}\n'
        f'    AND {_one_of(names)}{more}\nGROUP BY time, "Of"\nORDER BY time, "Of"'
    )


def draw_gauges(label: str, *names: str) -> str:
    """The highest that gauges showed in each interval, by what `label` says."""
    return (
        f'SELECT $__timeInterval(At) AS time, {label} AS "Of", max(Value) AS "Value"\n{FROM}\n    AND {IN_RANGE}\n'
        f'    AND {_one_of(names)}\nGROUP BY time, "Of"\nORDER BY time, "Of"'
    )


def draw_delay(name: str, within_s: float) -> str:
    """Of a histogram of seconds: its mean, and the share of what took at most `within_s`, one of its buckets."""
    count = f"sumIf(Value, Name = '{name}_count')"
    within = f"sumIf(Value, Name = '{name}_bucket' AND Label = '{within_s}')"
    return (
        f"SELECT $__timeInterval(At) AS time,\n"
        f"    if({count} = 0, NULL, sumIf(Value, Name = '{name}_sum') / {count}) AS \"mean\",\n"
        f'    if({count} = 0, NULL, {within} / {count}) AS "within {within_s:g} s"\n'
        f"{FROM}\n    AND {IN_RANGE}\n    AND {_one_of([f'{name}_{part}' for part in ('sum', 'count', 'bucket')])}\n"
        "GROUP BY time\nORDER BY time"
    )


def name_words(words: dict[str, str]) -> str:
    """An expression that says a metric's name in words."""
    return f"transform(toString(Name), [{_quote(words)}], [{_quote(words.values())}], toString(Name))"


def _one_of(names: Iterable[str]) -> str:
    return f"Name IN ({_quote(names)})"


def _quote(words: Iterable[str]) -> str:
    """Words of our own as SQL strings."""
    return ", ".join(f"'{word}'" for word in words)
