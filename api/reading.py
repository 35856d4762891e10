"""Reading a run: which queries a record or a replay needs, put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.answers import Json
from api.causal import PlacedStep, SpanKey, place_steps
from api.problems import UnknownRunError
from api.queries.builder import RunPlace, build_payloads_query, build_run_query, build_spans_query, build_steps_query
from api.queries.reader import Row, TenantReader
from api.records import build_record
from api.replay import build_replay


@dataclass(frozen=True, slots=True)
class RunSteps:
    """A row of `runs` and its steps in causal order."""

    run: Row
    place: RunPlace
    steps: list[PlacedStep]
    truncated: bool


def read_run(reader: TenantReader, run_id: str) -> Row:
    """The row of one run. Raises UnknownRunError."""
    rows = reader.read_rows(build_run_query(run_id))
    if not rows:
        raise UnknownRunError
    return rows[0]


def read_record(reader: TenantReader, run_id: str, max_steps: int) -> Json:
    """The run record."""
    found = _read_steps(reader, run_id, max_steps)
    return build_record(found.run, found.steps)


def read_replay(reader: TenantReader, run_id: str, max_steps: int) -> Json:
    """The replay, with what was said."""
    found = _read_steps(reader, run_id, max_steps)
    payloads = reader.read_rows(build_payloads_query(found.place))
    spans = reader.read_rows(build_spans_query(found.place))
    replay = build_replay(found.run, found.steps, _by_key(payloads), _by_key(spans))
    if found.truncated:
        replay["completeness"]["truncated"] = True
    return replay


def _read_steps(reader: TenantReader, run_id: str, max_steps: int) -> RunSteps:
    run = read_run(reader, run_id)
    place = RunPlace(run_id, run["TraceIds"], run["StartedNs"], run["EndedNs"])
    rows = reader.read_rows(build_steps_query(place, max_steps + 1))
    return RunSteps(run, place, place_steps(rows[:max_steps]), len(rows) > max_steps)


def _by_key(rows: Sequence[Row]) -> dict[SpanKey, Row]:
    return {(row["TraceId"], row["SpanId"]): row for row in rows}
