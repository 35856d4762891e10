"""Reading a run: which queries a record or a replay needs, put together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from api.answers import Json
from api.causal import PlacedStep, SpanKey, place_steps
from api.cursors import RunCursor, decode_run_cursor, encode_run_cursor
from api.models import RunListQuery
from api.problems import UnknownRunError
from api.queries.builder import (
    RunPlace,
    build_late_scores_query,
    build_payloads_query,
    build_repricings_query,
    build_run_query,
    build_runs_query,
    build_spans_query,
    build_steps_query,
    build_supplements_query,
)
from api.queries.reader import Row, TenantReader
from api.records import Afterwards, build_record, build_summary
from api.replay import build_replay
from api.said import add_links, lay_records

# Planning a query takes longer than reading one run, and those of a replay do not need each other.
# No task of this pool waits for another of it.
_beside = ThreadPoolExecutor(3, "replay")


@dataclass(frozen=True, slots=True)
class RunSteps:
    """The steps of a run in causal order, and whether there are more than these."""

    steps: list[PlacedStep]
    truncated: bool


@dataclass(frozen=True, slots=True)
class ReplayRows:
    """A run, its steps, what was said and attributed by span, and what was said of it afterwards."""

    run: Row
    found: RunSteps
    said: dict[SpanKey, Row]
    spans: dict[SpanKey, Row]
    after: Afterwards


def read_page(reader: TenantReader, query: RunListQuery, page_size: int) -> tuple[list[Json], str | None]:
    """A page of summaries, newest first, and where the next one begins. Raises InvalidFieldError for a wrong cursor."""
    limit = query.limit or page_size
    after = decode_run_cursor(query.cursor) if query.cursor else None
    rows = reader.read_rows(build_runs_query(query, limit + 1, after))
    last = rows[limit - 1] if len(rows) > limit else None
    add_links(reader, rows[:limit])
    cursor = encode_run_cursor(RunCursor(last["StartedNs"], last["RunId"])) if last else None
    return [build_summary(row) for row in rows[:limit]], cursor


def read_run(reader: TenantReader, run_id: str) -> Row:
    """The row of one run. Raises UnknownRunError."""
    return _look_up(reader, run_id)[0]


def read_record(reader: TenantReader, run_id: str, max_steps: int) -> Json:
    """The run record."""
    run, days = _look_up(reader, run_id)
    after = _beside.submit(_read_afterwards, reader, run, days)
    return build_record(run, _read_steps(reader, _find_place(run), max_steps).steps, after.result())


def read_replay(reader: TenantReader, run_id: str, max_steps: int) -> Json:
    """The replay, with what was said."""
    return build_whole(read_rows(reader, run_id, max_steps))


def read_rows(reader: TenantReader, run_id: str, max_steps: int) -> ReplayRows:
    """All that a replay is made of. Raises UnknownRunError."""
    run, days = _look_up(reader, run_id)
    place = _find_place(run)
    payloads = _beside.submit(reader.read_rows, build_payloads_query(place))
    spans = _beside.submit(reader.read_rows, build_spans_query(place))
    after = _beside.submit(_read_afterwards, reader, run, days)
    found = _read_steps(reader, place, max_steps)
    said = _by_key(payloads.result())
    if any(step.row["Overlaid"] for step in found.steps):
        said = lay_records(said, _by_key(reader.read_rows(build_supplements_query(place))))
    return ReplayRows(run, found, said, _by_key(spans.result()), after.result())


def build_whole(rows: ReplayRows) -> Json:
    """The replay of these rows."""
    replay = build_replay(rows.run, rows.found.steps, rows.said, rows.spans, rows.after)
    if rows.found.truncated:
        replay["completeness"]["truncated"] = True
    return replay


def _look_up(reader: TenantReader, run_id: str) -> tuple[Row, list[date]]:
    """The row of a run, and the days in which it lies or once lay, and with it what was said of it; none when they are
    not known. Raises UnknownRunError."""
    days = reader.find_run_days(run_id)
    rows = reader.read_rows(build_run_query(run_id, days)) if days else []
    if not rows:  # only what was found needs no further look: a day may be missing, or what was there has moved
        days, rows = [], reader.read_rows(build_run_query(run_id))
    if not rows:
        raise UnknownRunError
    add_links(reader, rows)
    return rows[0], days


def _read_afterwards(reader: TenantReader, run: Row, days: Sequence[date]) -> Afterwards:
    run_id = run["RunId"]
    repricings = reader.read_rows(build_repricings_query(run_id, days)) if run["RepricedAt"] else []
    return Afterwards(reader.read_rows(build_late_scores_query(run_id, days)), repricings)


def _find_place(run: Row) -> RunPlace:
    return RunPlace(run["RunId"], run["TraceIds"], run["StartedNs"], run["EndedNs"], run["Days"])


def _read_steps(reader: TenantReader, place: RunPlace, max_steps: int) -> RunSteps:
    rows = reader.read_rows(build_steps_query(place, max_steps + 1))
    return RunSteps(place_steps(rows[:max_steps]), len(rows) > max_steps)


def _by_key(rows: Sequence[Row]) -> dict[SpanKey, Row]:
    return {(row["TraceId"], row["SpanId"]): row for row in rows}
