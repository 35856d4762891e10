"""A day that nothing comes into any more becomes one part, so that FINAL has nothing to merge; and stays that part."""

import time

import pytest

from schema.store import Store
from tests.api.rows import insert_rows, make_step

pytestmark = [pytest.mark.engine, pytest.mark.one_machine]

PARTS = """
SELECT name, level FROM system.parts WHERE active AND database = currentDatabase() AND table = 'steps' ORDER BY name
"""


def test_a_closed_day_becomes_one_part(own_store: Store) -> None:
    # three hours are too long for a test; all else is as the migration has it
    own_store.command("ALTER TABLE steps MODIFY SETTING min_age_to_force_merge_seconds = 2")
    for run in ("a", "b", "c"):
        insert_rows(own_store, "steps", [make_step("t", run, 1)])
    assert len(own_store.query(PARTS, tag="test")) == 3
    ends = time.monotonic() + 60
    while len(parts := own_store.query(PARTS, tag="test")) > 1 and time.monotonic() < ends:
        time.sleep(0.5)
    assert [part["level"] for part in parts] == [1]
    time.sleep(6)  # longer than the engine waits between two looks for something to merge
    assert own_store.query(PARTS, tag="test") == parts
    assert own_store.query("SELECT count() AS held FROM steps FINAL", tag="test") == [{"held": 3}]
