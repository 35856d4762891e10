"""The engine alone binds rows to the tenant and changes nothing: the first of two walls (`engine_alone.py`)."""

import json
import subprocess
import sys
from typing import Any

import pytest

from schema.guest_policies import BOUND, CLOSED, VIEWS
from schema.store import Store
from tests.sqldoor.cut import CUT
from tests.sqldoor.engine_alone import READS, WRITES

pytestmark = pytest.mark.service

OWN = {
    "SELECT count() FROM merge('default', '^(runs|steps)$')": "4",
    **dict.fromkeys(READS[1:6], "2"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each statement gave."""
    command = [sys.executable, "-m", "tests.sqldoor.engine_alone", str(tmp_path_factory.mktemp("alone"))]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(shown)
    return found


@pytest.mark.parametrize("sql", CUT)
def test_rows_are_cut(answers: dict[str, Any], sql: str) -> None:
    assert [line.split("\t") for line in answers[sql].splitlines()] == CUT[sql]


@pytest.mark.parametrize("sql", READS)
def test_no_way_round_shows_a_row(answers: dict[str, Any], sql: str) -> None:
    assert answers[sql] == f"{OWN.get(sql, '0')}\n"


@pytest.mark.parametrize("sql", WRITES)
def test_nothing_is_written_reached_or_set(answers: dict[str, Any], sql: str) -> None:
    assert answers[sql] in (164, 497)  # READONLY, ACCESS_DENIED


def test_a_name_of_a_tenant_is_a_value(answers: dict[str, Any]) -> None:
    assert answers["odd tenants"] == ["0\n"] * 6


def test_what_runvault_asks_itself_sees_all(answers: dict[str, Any]) -> None:
    assert answers["ours"] == 4


@pytest.mark.engine
def test_every_table_has_its_place(store: Store) -> None:
    rows = store.query(
        "SELECT name, engine = 'View' AS is_view FROM system.tables WHERE database = 'default'", tag="test"
    )
    assert {row["name"] for row in rows if row["is_view"]} == set(VIEWS)
    assert {row["name"] for row in rows if not row["is_view"]} == {*BOUND, *CLOSED}
