"""Reading a run: which queries a record or a replay needs, put together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from api.answers import Json
from api.causal import PlacedStep, SpanKey, place_steps
from api.problems import UnknownRunError
from api.queries.builder import (
    RunPlace,
    build_late_scores_query,
    build_payloads_query,
    build_place_query,
    build_repricings_query,
    build_run_query,
    build_spans_query,
    build_steps_query,
    build_supplements_query,
)
from api.queries.reader import Row, TenantReader
from api.records import Afterwards, build_record
from api.replay import build_replay
from api.said import add_links, lay_records

# Planning a query takes longer than reading one run, and those of a replay do not need each other.
# No task of this pool waits for another of it.
_beside = ThreadPoolExecutor(4, "replay")


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


def read_run(reader: TenantReader, run_id: str) -> Row:
    """The row of one run. Raises UnknownRunError."""
    rows = reader.read_rows(build_run_query(run_id))
    if not rows:
        raise UnknownRunError
    add_links(reader, rows)
    return rows[0]


def read_record(reader: TenantReader, run_id: str, max_steps: int) -> Json:
    """The run record."""
    place = _find_place(reader, run_id)
    waiting = _beside.submit(_read_placed, reader, place)
    scores = _beside.submit(reader.read_rows, build_late_scores_query(run_id))
    found = _read_steps(reader, place, max_steps)
    run = waiting.result()
    return build_record(run, found.steps, _read_afterwards(reader, run, scores.result()))


def read_replay(reader: TenantReader, run_id: str, max_steps: int) -> Json:
    """The replay, with what was said."""
    return build_whole(read_rows(reader, run_id, max_steps))


def read_rows(reader: TenantReader, run_id: str, max_steps: int) -> ReplayRows:
    """All that a replay is made of. Raises UnknownRunError."""
    place = _find_place(reader, run_id)
    payloads = _beside.submit(reader.read_rows, build_payloads_query(place))
    waiting = _beside.submit(_read_placed, reader, place)
    scores = _beside.submit(reader.read_rows, build_late_scores_query(run_id))
    spans = _beside.submit(reader.read_rows, build_spans_query(place))
    found = _read_steps(reader, place, max_steps)
    said = _by_key(payloads.result())
    if any(step.row["Overlaid"] for step in found.steps):
        said = lay_records(said, _by_key(reader.read_rows(build_supplements_query(place))))
    run = waiting.result()
    after = _read_afterwards(reader, run, scores.result())
    return ReplayRows(run, found, said, _by_key(spans.result()), after)


def build_whole(rows: ReplayRows) -> Json:
    """The replay of these rows."""
    replay = build_replay(rows.run, rows.found.steps, rows.said, rows.spans, rows.after)
    if rows.found.truncated:
        replay["completeness"]["truncated"] = True
    return replay


def _read_placed(reader: TenantReader, place: RunPlace) -> Row:
    rows = reader.read_rows(build_run_query(place.run_id, place.day))
    if not rows:  # it was put on another day this moment
        return read_run(reader, place.run_id)
    add_links(reader, rows)
    return rows[0]


def _read_afterwards(reader: TenantReader, run: Row, scores: list[Row]) -> Afterwards:
    return Afterwards(scores, reader.read_rows(build_repricings_query(run["RunId"])) if run["RepricedAt"] else [])


def _find_place(reader: TenantReader, run_id: str) -> RunPlace:
    rows = reader.read_rows(build_place_query(run_id))
    if not rows:
        raise UnknownRunError
    (row,) = rows
    return RunPlace(run_id, row["TraceIds"], row["StartedNs"], row["EndedNs"], row["Days"], row["Day"])


def _read_steps(reader: TenantReader, place: RunPlace, max_steps: int) -> RunSteps:
    rows = reader.read_rows(build_steps_query(place, max_steps + 1))
    return RunSteps(place_steps(rows[:max_steps]), len(rows) > max_steps)


def _by_key(rows: Sequence[Row]) -> dict[SpanKey, Row]:
    return {(row["TraceId"], row["SpanId"]): row for row in rows}
