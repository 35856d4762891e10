"""The house's import rules, read from the code's syntax trees: nothing is imported, nothing runs.

Rooms import downwards only, one library has one door, no cycles, no imports of our own inside functions, small files.
"""

import ast
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT: dict[str, frozenset[str]] = {
    "schema": frozenset(),
    "redaction": frozenset({"schema"}),
    "vault": frozenset({"schema"}),
    "collector": frozenset({"redaction", "vault", "schema"}),
    "api": frozenset({"vault", "schema"}),
    "dashboards": frozenset({"schema"}),
    "sqldoor": frozenset({"vault", "schema"}),
    "runvault": frozenset({"schema", "redaction", "vault", "collector", "api", "dashboards", "sqldoor"}),
}
DOORS: dict[str, tuple[str, ...]] = {
    "clickhouse_connect": ("schema/store.py", "schema/guests.py"),
    "chdb": ("schema/store.py", "schema/guests.py"),
    "jinja2": ("api/pages/render.py",),
    "markupsafe": ("api/pages/render.py",),
    "presidio_analyzer": ("redaction/presidio.py", "redaction/named.py", "redaction/recognizers/*.py"),
    "presidio_anonymizer": ("redaction/presidio.py",),
    "tldextract": ("redaction/recognizers/stock.py",),
    "spacy": ("redaction/presidio.py", "redaction/named.py"),
    "opentelemetry.proto": ("collector/decode.py", "collector/status.py"),
    "hyperscan": ("redaction/prefilter.py",),
    "cryptography": ("vault/*.py",),
    "genai_prices": ("collector/pricing.py",),
    "grafana_client": ("dashboards/*",),
    "grafana_foundation_sdk": ("dashboards/*",),
}
LATE: dict[str, str] = {
    "runvault/late_redactor.py": "the redactor's libraries cost every start 1.2 s of CPU and 70 MB, and few need them",
    "runvault/commands/serve.py": "PROMETHEUS_MULTIPROC_DIR must be set before prometheus_client is first imported",
}
"""Files that may import our own modules when a function is called, and why there is no other way."""
ALONE = frozenset({"vault/audit_check.py", "vault/ed25519.py"})
"""Files that are copied out of the package, as one, and run on their own."""
LINES = 300
MEDIAN = 120


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module: who imports it, where, and whether inside a function."""

    path: str
    line: int
    module: str
    in_function: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.module}"


def _files(*folders: str, suffix: str = ".py") -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}"))


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _own_modules() -> frozenset[str]:
    return frozenset(_module(path) for path in _files(*MAY_IMPORT))


def _targets(node: ast.AST, package: str) -> Iterator[str]:
    """Full names of the modules that a statement imports, `import_module("…")` with a plain string included."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            full = f"{base}.{alias.name}"
            yield full if full in _own_modules() or base == "opentelemetry" else base
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            yield node.args[0].value


def _walk(node: ast.AST, in_function: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        yield child, in_function
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _walk(child, inside)


def _read_imports(path: Path, text: str) -> Iterator[Import]:
    module = _module(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, in_function in _walk(ast.parse(text)):
        for target in _targets(node, package):
            yield Import(str(path.relative_to(ROOT)), getattr(node, "lineno", 0), target, in_function)


@cache
def _imports() -> tuple[Import, ...]:
    return tuple(found for path in _files(*MAY_IMPORT) for found in _read_imports(path, path.read_text("utf-8")))


def _room(module: str) -> str:
    return module.partition(".")[0]


def _breaks_layer(found: Import) -> bool:
    here, there = Path(found.path).parts[0], _room(found.module)
    return there in MAY_IMPORT and there != here and there not in MAY_IMPORT[here]


def _breaks_door(found: Import) -> bool:
    return any(
        (found.module == library or found.module.startswith(library + "."))
        and not any(fnmatch(found.path, door) for door in doors)
        for library, doors in DOORS.items()
    )


def _find_cycle(edges: dict[str, set[str]]) -> list[str]:
    """A cycle of modules, first one repeated at its end; empty when there is none."""
    done: set[str] = set()

    def visit(module: str, trail: list[str]) -> list[str]:
        if module in trail:
            return [*trail[trail.index(module) :], module]
        if module in done:
            return []
        for target in sorted(edges.get(module, ())):
            if cycle := visit(target, [*trail, module]):
                return cycle
        done.add(module)
        return []

    return next((cycle for module in sorted(edges) if (cycle := visit(module, []))), [])


def _tell(found: list[Import], rule: str) -> str:
    return rule + "".join(f"\n  {item}" for item in found)


def test_rooms_import_downwards_only() -> None:
    wrong = [found for found in _imports() if _breaks_layer(found)]
    rules = "; ".join(f"{room} → {', '.join(sorted(may)) or 'nothing'}" for room, may in MAY_IMPORT.items())
    assert not wrong, _tell(wrong, f"rooms may import: {rules}")


def test_what_travels_alone_needs_nothing_of_ours() -> None:
    own = [found for found in _imports() if found.path in ALONE and not _comes_along(found.module)]
    assert not own, _tell(own, "these files are copied out and must run with the standard library alone:")


def _comes_along(module: str) -> bool:
    return _room(module) in sys.stdlib_module_names or f"{module.replace('.', '/')}.py" in ALONE


def test_each_library_has_one_door() -> None:
    wrong = [found for found in _imports() if _breaks_door(found)]
    doors = "; ".join(f"{library} only in {', '.join(allowed)}" for library, allowed in DOORS.items())
    assert not wrong, _tell(wrong, doors)


def test_no_import_of_our_own_inside_a_function() -> None:
    wrong = [found for found in _imports() if found.in_function and _room(found.module) in MAY_IMPORT]
    wrong = [found for found in wrong if found.path not in LATE]
    assert not wrong, _tell(wrong, "import our own modules at the top of the file:")
    assert all((ROOT / path).exists() for path in LATE), "an exception for a file that is gone"


def test_no_import_cycles() -> None:
    edges: dict[str, set[str]] = {}
    for found in _imports():
        if not found.in_function and found.module in _own_modules():
            edges.setdefault(_module(ROOT / found.path), set()).add(found.module)
    cycle = _find_cycle(edges)
    assert not cycle, "import cycle: " + " → ".join(cycle)


def test_files_are_small() -> None:
    files = [*_files(*MAY_IMPORT), *_files("tests"), *_files("schema", suffix=".sql")]
    # expected.sql is generated (the whole schema as it is today); otlp_load.py is a copy, kept as it came
    files = [path for path in files if path.name not in ("expected.sql", "otlp_load.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files}
    long = {path: lines for path, lines in lengths.items() if lines > LINES}
    assert not long, f"over {LINES} lines, split by subject: {long}"
    of_rooms = [lengths[str(path.relative_to(ROOT))] for path in _files(*MAY_IMPORT)]
    print(f"{len(of_rooms)} files, {sum(of_rooms)} lines, median {median(of_rooms)}")
    assert median(of_rooms) <= MEDIAN


def test_schema_is_ours_and_not_the_package_index_one() -> None:
    spec = importlib.util.find_spec("schema")
    assert spec is not None
    assert Path(str(spec.origin)).resolve() == ROOT / "schema" / "__init__.py"


@pytest.mark.parametrize(
    ("path", "source", "rule"),
    [
        ("api/routes/x.py", "from collector import journal", _breaks_layer),
        ("schema/x.py", "import redaction.policy", _breaks_layer),
        ("collector/x.py", "def f():\n    import importlib\n    importlib.import_module('api.app')", _breaks_layer),
        ("collector/x.py", "from opentelemetry import proto", _breaks_door),
        ("api/x.py", "import clickhouse_connect.driver", _breaks_door),
        ("redaction/walk.py", "if True:\n    from presidio_analyzer import Pattern", _breaks_door),
    ],
)
def test_the_rules_see_what_breaks_them(path: str, source: str, rule: Any) -> None:
    assert any(rule(found) for found in _read_imports(ROOT / path, source))


def test_relative_imports_are_resolved() -> None:
    found = list(_read_imports(ROOT / "collector/dialects/x.py", "from ..journal import Journal\nfrom . import reader"))
    assert found[0].module == "collector.journal"
    assert found[1].module in ("collector.dialects", "collector.dialects.reader")


def test_a_cycle_is_found() -> None:
    assert _find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert _find_cycle({"a": {"b", "c"}, "b": {"c"}}) == []
