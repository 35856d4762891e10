"""What a statement may be, read from the engine's own syntax tree: one SELECT, SHOW or DESCRIBE over tables,
functions and settings of positive lists. What is not known here is refused, a kind of node included.

The engine binds rows to the tenant by itself (`schema/guest_policies.py`); this shuts what its read-only mode leaves
open: files, other databases, `INTO OUTFILE`, `KILL`, `USE`, what system tables tell of other tenants.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from schema.errors import StatementRefused
from schema.guest_policies import DATABASE, OPEN
from sqldoor.functions import TABLE_FUNCTIONS, Functions

Json = dict[str, Any]

ACCESS_DENIED = 497
READONLY = 164

NODES = frozenset(
    {
        "ArrayJoin",
        "Asterisk",
        "ColumnsApplyTransformer",
        "ColumnsExceptTransformer",
        "ColumnsListMatcher",
        "ColumnsRegexpMatcher",
        "ColumnsReplaceTransformer",
        "ColumnsReplaceTransformerReplacement",
        "ColumnsTransformerList",
        "ExpressionList",
        "Function",
        "Identifier",
        "InterpolateElement",
        "Literal",
        "OrderByElement",
        "QualifiedAsterisk",
        "QualifiedColumnsListMatcher",
        "QualifiedColumnsRegexpMatcher",
        "QueryParameter",
        "SampleRatio",
        "SelectIntersectExceptQuery",
        "SelectQuery",
        "SelectWithUnionQuery",
        "Subquery",
        "TableExpression",
        "TableIdentifier",
        "TableJoin",
        "TablesInSelectQuery",
        "TablesInSelectQueryElement",
        "WindowDefinition",
        "WindowListElement",
        "WithElement",
    }
)
"""Kinds of nodes of a SELECT."""
MATCHERS = frozenset(name for name in NODES if "Asterisk" in name or "Matcher" in name)
SYSTEM = frozenset({"columns", "databases", "one", "settings", "tables"})
"""System tables that drivers and Grafana's editor ask."""
SHOWN_COLUMNS = frozenset(
    {"database", "name", "table", "type", "comment", "engine", "position", "default_kind", "default_expression"}
)
"""Of the system tables in TELLING, what does not tell how much other tenants store."""
TELLING = frozenset({"columns", "databases", "tables"})
FORMATS = re.compile(
    r"Native|Null|XML|Vertical|Markdown|Values|Arrow|ArrowStream|Parquet|RowBinary(WithNames(AndTypes)?)?"
    r"|(TabSeparated|TSV|TabSeparatedRaw|TSVRaw|CSV)(WithNames(AndTypes)?)?|Pretty\w*|JSON\w*|LineAsString|Raw\w*"
)
_IN = frozenset({"in", "notin", "globalin", "globalnotin", "nullin", "notnullin", "globalnullin", "globalnotnullin"})
_CASTS = frozenset({"cast", "accuratecast", "accuratecastornull", "accuratecastordefault", "reinterpret"})
_STATE = re.compile(r"(?<!Simple)AggregateFunction")
_SHOW_KEYS = frozenset({"type", "databases", "from", "like", "not_like", "case_insensitive_like"})
_DESCRIBE = re.compile(r"DESCRIBE TABLE (?:(\w+)\.)?(\w+)(?:\s+FORMAT (\w+))?")


@dataclass(slots=True)
class Statement:
    """A statement that may run: its tree without format and settings, or its text where the engine has no tree."""

    tree: Json | None = None
    text: str = ""
    form: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)
    """Tables and views of ours that it reads."""
    system: set[str] = field(default_factory=set)

    @property
    def is_select(self) -> bool:
        """Whether it is a SELECT, whose columns the engine can describe."""
        return self.tree is not None and self.tree["type"] == "SelectWithUnionQuery"


class Checker:
    """Reads trees for one engine. `known` are the tables that its database has; `hidden` are columns of system tables
    that tell too much."""

    def __init__(self, functions: Functions, known: Iterable[str], hidden: Iterable[str]) -> None:
        self._functions = functions
        self._closed = frozenset(known) - OPEN
        self._hidden = frozenset(hidden) - SHOWN_COLUMNS

    def check(self, tree: Json) -> Statement:
        """The statement of a tree. Raises StatementRefused for what may not run."""
        kind = tree.get("type")
        if kind == "ShowTablesQuery":
            return self._check_show(tree)
        if kind != "SelectWithUnionQuery":
            raise StatementRefused("only SELECT, SHOW and DESCRIBE may be asked here", READONLY, "READONLY")
        form, settings = _take_format(tree), _take_settings(tree)
        statement = Statement(tree, form=form, settings=settings)
        nodes = list(_walk(tree))
        named = {node["name"] for node in nodes if node["type"] == "WithElement"}
        # `WITH (x -> x + 1) AS f` makes a function; it may not take the name of one that the engine has
        lambdas = {node.get("alias", "") for node in nodes if node.get("name") == "lambda"}
        made = {name for name in lambdas if not self._functions.know(name)}
        if shadowed := named & self._closed:
            raise _deny(f"the name {min(shadowed)}")
        tables_made = {id(node.get("table_function")) for node in nodes}
        for node in nodes:
            self._check_node(node, named, statement)
            if node["type"] == "Function" and id(node) not in tables_made:
                self._check_function(node, named, made, statement)
        if statement.system & TELLING:
            self._check_telling(nodes)
        return statement

    def check_describe(self, text: str) -> Statement:
        """The statement of a DESCRIBE as the engine writes it. Raises StatementRefused."""
        found = _DESCRIBE.fullmatch(text)
        if not found or found[1] not in (None, DATABASE) or found[2] not in OPEN:
            raise StatementRefused("only SELECT, SHOW and DESCRIBE may be asked here", READONLY, "READONLY")
        return Statement(text=f"DESCRIBE TABLE {DATABASE}.{found[2]}", form=check_format(found[3] or ""))

    def _check_show(self, tree: Json) -> Statement:
        form = _take_format(tree)
        more = {key for key, value in tree.items() if value is not False} - _SHOW_KEYS
        if more or tree.get("from", {}).get("name", DATABASE) != DATABASE:
            raise _deny("this SHOW")
        return Statement(tree, form=form)

    def _check_node(self, node: Json, named: set[str], statement: Statement) -> None:
        kind = node["type"]
        if kind not in NODES:
            raise _deny(f"{kind} in a statement")
        if "out_file" in node or "settings" in node or "settings_ast" in node or "format_ast" in node:
            raise StatementRefused(
                "a file, and settings or a format within a statement, are not for this port", READONLY, "READONLY"
            )
        if kind == "QueryParameter" and node.get("param_type") == "Identifier":
            raise _deny("a parameter of type Identifier")
        if kind in ("Literal", "QueryParameter") and _STATE.search(str(node.get("value", node.get("param_type")))):
            raise _deny("AggregateFunction")  # a state is read as memory was written: not from a stranger
        if kind == "TableIdentifier":
            self._check_table(node, named, statement)
        elif kind == "TableExpression" and "table_function" in node:
            name = node["table_function"].get("name", "")
            if name.lower() not in TABLE_FUNCTIONS:
                raise _deny(f"the table function {_show(name)}")
        elif kind == "ColumnsApplyTransformer" and "func_name" in node:
            self._check_name(node["func_name"])
        elif kind == "Identifier" and any(part.startswith("_") for part in name_parts(node)):
            raise _deny("a name that begins with _")  # virtual columns tell where in the table a row is

    def _check_table(self, node: Json, named: set[str], statement: Statement) -> None:
        parts = name_parts(node)
        if len(parts) == 1 and (parts[0] in named or parts[0] in OPEN):
            statement.tables |= {parts[0]} & OPEN
        elif len(parts) == 2 and parts[0] == DATABASE and parts[1] in OPEN:
            statement.tables.add(parts[1])
        elif len(parts) == 2 and parts[0] == "system" and parts[1] in SYSTEM:
            statement.system.add(parts[1])
        else:
            raise _deny(f"the table {_show('.'.join(parts))}")

    def _check_function(self, node: Json, named: set[str], made: set[str], statement: Statement) -> None:
        if node["name"] not in made:
            self._check_name(node["name"])
        arguments = node.get("arguments", {}).get("children", [])
        if node["name"].lower() in _CASTS and arguments[1:2] and arguments[1].get("type") != "Literal":
            raise _deny("a type that is worked out")
        if node["name"].lower() not in _IN:
            return
        if len(arguments) == 2 and arguments[1].get("type") == "Identifier":
            # `x IN name` reads a table of that name, unless it is an alias
            parts = name_parts(arguments[1])
            if len(parts) > 1 or parts[0] in self._closed or parts[0] in OPEN:
                self._check_table(arguments[1], named, statement)

    def _check_name(self, name: str) -> None:
        if not self._functions.allow(name):
            raise _deny(f"the function {_show(name)}")

    def _check_telling(self, nodes: list[Json]) -> None:
        """Of system tables, only columns that are named and do not tell of other tenants."""
        for node in nodes:
            if node["type"] in MATCHERS:
                raise _deny("* where a system table is read")
            if node["type"] == "Identifier" and self._hidden.intersection(parts := name_parts(node)):
                raise _deny(f"the column {_show(parts[-1])} of a system table")


def name_parts(node: Json) -> list[str]:
    """The parts of a name, `a.b` as two."""
    return node.get("name_parts") or [node.get("name", "")]


def _walk(value: Any) -> Iterator[Json]:
    """Every node of a tree, from the top."""
    if isinstance(value, list):
        for item in value:
            yield from _walk(item)
    elif isinstance(value, dict):
        if "type" in value:
            yield value
        for name, item in value.items():
            if not (name == "value" and value.get("type") == "Literal"):
                yield from _walk(item)


def _take_format(tree: Json) -> str:
    return check_format(tree.pop("format_ast", {}).get("name", ""))


def check_format(name: str) -> str:
    """The name of a format that may leave. Raises StatementRefused."""
    if name and not FORMATS.fullmatch(name):
        raise StatementRefused(f"the format {_show(name)} is not for this port", 73, "UNKNOWN_FORMAT")
    return name


def _take_settings(tree: Json) -> dict[str, str]:
    """Take a statement's own settings out of its tree: they are set, or refused, like those of the URL."""
    selects = tree.get("list_of_selects", {}).get("children", [])
    places = [tree.pop("settings_ast", None)]
    places += [selects[0].pop("settings", None)] if len(selects) == 1 else []
    taken: dict[str, str] = {}
    for place in places:
        if place is None:
            continue
        if set(place) - {"type", "changes"}:
            raise _deny("this SETTINGS")
        for change in place["changes"]:
            value = change["value"].get("value")
            taken[change["name"]] = str(int(value)) if isinstance(value, bool) else str(value)
    return taken


def _deny(what: str) -> StatementRefused:
    return StatementRefused(f"{what} is not for this port", ACCESS_DENIED, "ACCESS_DENIED")


def _show(name: str) -> str:
    return "".join(letter for letter in name[:64] if letter.isalnum() or letter in "_.-")
