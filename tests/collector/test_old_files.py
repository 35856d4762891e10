"""How old what lies in the journal's folder is, and what of it goes (issue 6: journal, dead letters, quarantine)."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from collector.ages import Ages
from collector.held import DEAD, QUARANTINE, WAITING
from collector.old_files import count_spans, drop_overdue, list_files, summarise_files
from collector.segment import encode_header, encode_record
from schema.batch import RedactedBatch
from schema.classes import DataClass
from schema.lifetimes import ANY, Horizon, RetentionPolicy, Rule
from tests.collector.batches import make_batch
from tests.schema.ageing import DAYS, TODAY, days_before

POLICY = RetentionPolicy({(ANY, ANY): Rule(days=DAYS), ("brief", ANY): Rule(days={DataClass.PAYLOADS: 1})})
AGES = Ages(Horizon((POLICY,)), TODAY)


def own(batch: RedactedBatch, tenant: str) -> RedactedBatch:
    """The batch as a tenant's."""
    place = batch.table.schema.get_field_index("Tenant")
    table = batch.table.set_column(place, batch.table.schema.field("Tenant"), [[tenant] * len(batch)])
    return RedactedBatch(table, {}, 0, 0)


def write(directory: Path, place: str, day: date, *tenants: str, damaged: bool = False) -> Path:
    """A segment that was begun at noon of a day, with a batch of two spans for each tenant."""
    folder = directory if place == WAITING else directory / place
    folder.mkdir(exist_ok=True)
    begun_ns = int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) * 10**9
    path = folder / f"{begun_ns:020d}-1-{'-'.join(tenants)}.seg"
    data = b"".join(encode_record(own(make_batch(2), tenant)) for tenant in tenants)
    path.write_bytes(b"?" if damaged else encode_header(begun_ns, "none") + data)
    return path


@pytest.mark.parametrize(
    ("place", "days", "tenants", "overdue"),
    [
        (DEAD, 5, ["default"], False),
        (DEAD, 6, ["default"], True),
        (DEAD, 2, ["brief"], True),
        (DEAD, 2, ["brief", "default"], False),  # the last of its owners decides
        (WAITING, 6, ["default"], True),
    ],
)
def test_a_file_is_overdue_when_all_its_owners_are(
    tmp_path: Path, place: str, days: int, tenants: list[str], overdue: bool
) -> None:
    write(tmp_path, place, days_before(days), *tenants)
    assert [file.overdue for file in list_files(tmp_path, AGES)] == [overdue]


def test_of_a_file_that_cannot_be_read_the_shortest_lifetime_holds(tmp_path: Path) -> None:
    write(tmp_path, QUARANTINE, days_before(2), damaged=True)
    assert [file.overdue for file in list_files(tmp_path, AGES)] == [True]
    assert [file.overdue for file in list_files(tmp_path, Ages(Horizon((POLICY,)), days_before(1)))] == [False]


def test_what_waits_is_never_deleted(tmp_path: Path) -> None:
    waiting = write(tmp_path, WAITING, days_before(100), "default")
    dead = write(tmp_path, DEAD, days_before(100), "default")
    reason = dead.with_name(f"{dead.name}.reason")
    reason.write_text("because")
    young = write(tmp_path, DEAD, TODAY, "default")
    assert drop_overdue(tmp_path, AGES) == 1
    assert (waiting.exists(), dead.exists(), reason.exists(), young.exists()) == (True, False, False, True)


def test_the_summary_tells_places_apart(tmp_path: Path) -> None:
    first = write(tmp_path, DEAD, days_before(6), "default")
    second = write(tmp_path, DEAD, days_before(1), "default")
    assert summarise_files(list_files(tmp_path, AGES)) == [
        {"place": WAITING, "files": 0, "bytes": 0, "oldest": None, "overdue_files": 0},
        {
            "place": DEAD, "files": 2, "bytes": first.stat().st_size + second.stat().st_size,
            "oldest": datetime(2026, 11, 15, 12, tzinfo=UTC), "overdue_files": 1,
        },
        {"place": QUARANTINE, "files": 0, "bytes": 0, "oldest": None, "overdue_files": 0},
    ]  # fmt: skip


def test_spans_of_a_trace_are_counted_where_they_lie(tmp_path: Path) -> None:
    write(tmp_path, WAITING, TODAY, "default", "brief")
    write(tmp_path, DEAD, TODAY, "default")
    write(tmp_path, QUARANTINE, TODAY, damaged=True)
    assert count_spans(tmp_path, "default", ["ab" * 16], "") == {WAITING: 2, DEAD: 2, QUARANTINE: 0}
    assert count_spans(tmp_path, "default", ["cd" * 16], "") == {WAITING: 0, DEAD: 0, QUARANTINE: 0}
    assert count_spans(tmp_path, "default", [], "somebody") == {WAITING: 0, DEAD: 0, QUARANTINE: 0}
