"""Expands a panel's SQL as Grafana and its ClickHouse plugin do before it reaches ClickHouse.

By their sources: `$__conditionalAll` by the plugin's front end (src/data/CHDatasource.ts; the last one first, arguments
split at commas outside brackets), then variables with their format by Grafana, then the other macros by the plugin's
back end (pkg/macros/macros.go).
"""

import re
from collections.abc import Mapping

ALL = "$__all"
Variables = Mapping[str, str | list[str]]


def expand(sql: str, variables: Variables, from_ms: int, to_ms: int, interval_s: int = 3600) -> str:
    """The statement that ClickHouse gets. Raises AssertionError when something is left over."""
    text = _apply_conditional_all(sql, variables)
    text = re.sub(r"\$\{(\w+)(?::(\w+))?\}", lambda match: _format(variables[match[1]], match[2]), text)
    text = _apply_macros(text, from_ms, to_ms, interval_s)
    assert "$" not in text, text[max(0, text.index("$") - 40) : text.index("$") + 60]
    return text


def _apply_conditional_all(text: str, variables: Variables) -> str:
    macro = "$__conditionalAll("
    while (start := text.rfind(macro)) >= 0:
        arguments, end = _split_arguments(text, start + len(macro))
        assert len(arguments) == 2, arguments
        name = re.search(r"(?<=\$\{)\w+(?=\})|(?<=\$)\w+", arguments[1].strip())
        assert name, arguments
        everything = variables[name[0]] in (ALL, [ALL], "")
        text = text[:start] + ("1=1" if everything else arguments[0]) + text[end:]
    return text


def _split_arguments(text: str, start: int) -> tuple[list[str], int]:
    depth, begin, found = 1, start, []
    for place in range(start, len(text)):
        if text[place] == "(":
            depth += 1
        elif text[place] == ")":
            depth -= 1
        if depth == 0 or (text[place] == "," and depth == 1):
            found.append(text[begin:place])
            begin = place + 1
        if depth == 0:
            return found, place + 1
    raise AssertionError("a macro is not closed")


def _format(value: str | list[str], form: str) -> str:
    assert form == "sqlstring", f"a value enters SQL unquoted: {form}"
    return ",".join("'" + one.replace("'", "''") + "'" for one in ([value] if isinstance(value, str) else value))


def _apply_macros(text: str, from_ms: int, to_ms: int, interval_s: int) -> str:
    text = re.sub(
        r"\$__timeInterval\(([^)]*)\)", rf"toStartOfInterval(toDateTime(\1), INTERVAL {interval_s} second)", text
    )
    for name, value in (
        ("fromTime_ms", f"fromUnixTimestamp64Milli({from_ms})"),
        ("toTime_ms", f"fromUnixTimestamp64Milli({to_ms})"),
        ("fromTime", f"toDateTime({from_ms // 1000})"),
        ("toTime", f"toDateTime({to_ms // 1000})"),
        ("interval_s", str(interval_s)),
    ):
        text = re.sub(rf"\$__{name}\b", value, text)
    return text
