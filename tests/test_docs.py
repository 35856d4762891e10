"""The docs name what the code has: routes, settings, tables, metrics, commands. Looked up from the code, not listed."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from prometheus_client.metrics_core import Metric

from api.app import create_app
from api.settings import ApiSettings
from collector import metrics
from runvault import cli
from runvault.settings import SETTINGS
from schema.columns import COLUMNS
from schema.migrate import list_migrations
from schema.store import Store

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_CREATED = re.compile(r"CREATE (?:TABLE|VIEW|MATERIALIZED VIEW)(?: IF NOT EXISTS)? (\w+)")
_ACTION = re.compile(r'(?:audit|append)(?:\((?:settings, |\s*)|, )"([a-z_]+\.[a-z_.]+)"')
"""The action that is written into the audit trail."""


def _read(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def _missing(names: Sequence[str], text: str) -> list[str]:
    """Names that do not stand in the text as code: between backticks, alone or with something around them."""
    code = " ".join(re.findall(r"`([^`\n]+)`", text) + re.findall(r"^```.*?^```", text, re.M | re.S))
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", code)]


def _hold_table(name: str, marker: str, lines: Sequence[str]) -> None:
    """Between its markers the document holds exactly this table; `UPDATE_DOCS=1` writes it there."""
    text = _read(name)
    before, opening, rest = text.partition(f"<!-- {marker} -->\n")
    old, closing, after = rest.partition(f"<!-- /{marker} -->")
    assert opening, f"docs/{name} has lost its opening marker"
    assert closing, f"docs/{name} has lost its closing marker"
    new = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_DOCS") == "1" and old != new:
        (DOCS / name).write_text(before + opening + new + closing + after, "utf-8")
    else:
        assert old == new, (
            f"docs/{name} is not up to date: run UPDATE_DOCS=1 pytest tests/test_docs.py and read the diff"
        )


def test_every_route_is_described() -> None:
    app = create_app(cast(Store, None), ApiSettings())  # no request is made, so no store is needed
    paths = app.openapi()["paths"]
    routes = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    assert len(routes) > 5
    assert not _missing(routes, _read("api.md"))


def test_every_table_is_described() -> None:
    names = [name for migration in list_migrations() for name in _CREATED.findall(migration.text)]
    assert {"otel_traces", "steps", "runs"} <= set(names)
    assert not _missing(names, _read("schema.md"))


def test_every_metric_is_described() -> None:
    families: list[Metric] = list(metrics.REGISTRY.collect())
    names = [family.name + ("_total" if family.type == "counter" else "") for family in families]
    assert len(names) > 5
    assert not _missing(names, _read("operations.md"))


def test_every_command_is_described() -> None:
    assert not _missing([f"runvault {name}" for name in cli.COMMANDS], _read("cli.md"))


def test_every_setting_is_described() -> None:
    lines = ["| in the file | variable | default | what it does |", "|---|---|---|---|"]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default != "" else "empty"
        lines.append(f"| `{setting.name}` | `{setting.variable}` | {default} | {setting.help} |")
    _hold_table("settings.md", "settings", lines)


def test_columns_are_described() -> None:
    lines = ["| column | type | in | meaning |", "|---|---|---|---|"]
    for column in COLUMNS:
        tables = ", ".join(f"`{table}`" for table in column.tables)
        lines.append(f"| `{column.name}` | `{column.clickhouse}` | {tables} | {column.meaning} |")
    _hold_table("schema.md", "columns", lines)


def test_every_audited_action_is_described() -> None:
    found = {
        action
        for room in ("api", "runvault", "vault")
        for path in (ROOT / room).rglob("*.py")
        for action in _ACTION.findall(path.read_text("utf-8"))
    }
    assert {"run.replay", "outcome.set", "key.create", "access.denied"} <= found
    assert not _missing(sorted(found), _read("security.md"))


@pytest.mark.parametrize("document", sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")))
def test_links_lead_somewhere(document: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", _read(document))
    assert not [link for link in links if "://" not in link and not (DOCS / link).exists()]


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", (ROOT / "README.md").read_text("utf-8"))
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]
