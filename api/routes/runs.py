"""Runs: the list, the record, the replay and the outcome. Run ids may hold slashes, hence `:path`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import NDJSON, Json, JsonAnswer, list_page
from api.auth import require
from api.diff import build_diff
from api.eventlog import build_event_log
from api.models import OutcomeIn, ReplayQuery, RunListQuery, ScoreIn
from api.outcomes import record_outcome
from api.reading import read_page, read_record, read_replay
from api.routes.context import Here
from api.scores import record_score
from vault.caller import Role

router = APIRouter(prefix="/v1/runs")
_VIEWER = [Depends(require(Role.VIEWER))]
_TELLER = [Depends(require(Role.INGEST, Role.RESPONDER))]


@router.get("", dependencies=_VIEWER)
def list_runs(here: Here, query: Annotated[RunListQuery, Query()]) -> Response:
    """Runs, newest first."""
    return JsonAnswer(list_page(*read_page(here.reader, query, here.settings.page_size)))


@router.get("/{run_id:path}/replay", dependencies=_VIEWER)
def replay_run(here: Here, run_id: str, query: Annotated[ReplayQuery, Query()], request: Request) -> Response:
    """The replay of a run, as JSON or as an event log."""
    here.audit("run.replay", run_id)
    replay = read_replay(here.reader, run_id, here.settings.max_replay_steps)
    if _wants_lines(query, request):
        return Response(build_event_log(replay), media_type=NDJSON)
    return JsonAnswer(replay)


@router.get("/{a:path}/diff/{b:path}", dependencies=_VIEWER)
def diff_runs(here: Here, a: str, b: str) -> Response:
    """Where two runs part for the first time, and how each step differs."""
    replays = []
    for run_id in (a, b):
        here.audit("run.diff", run_id)
        replays.append(read_replay(here.reader, run_id, here.settings.max_replay_steps))
    return JsonAnswer(build_diff(*replays))


@router.post("/{run_id:path}/outcome", dependencies=_TELLER)
def post_outcome(here: Here, run_id: str, said: OutcomeIn) -> Response:
    """Say how a run ended; answers the outcome that now stands."""
    here.audit("outcome.set", run_id, said.status)
    answer: Json = record_outcome(here.reader, here.services, run_id, said)
    return JsonAnswer(answer)


@router.post("/{run_id:path}/scores", dependencies=_TELLER)
def post_score(here: Here, run_id: str, said: ScoreIn) -> Response:
    """Give a run a score; answers all that stand."""
    here.audit("score.add", run_id)
    answer: Json = record_score(here.reader, here.services.redact, run_id, said)
    return JsonAnswer(answer)


@router.get("/{run_id:path}", dependencies=_VIEWER)
def show_run(here: Here, run_id: str) -> Response:
    """The run record."""
    here.audit("run.read", run_id)
    return JsonAnswer(read_record(here.reader, run_id, here.settings.max_replay_steps))


def _wants_lines(query: ReplayQuery, request: Request) -> bool:
    if query.format is not None:
        return query.format == "jsonl"
    return NDJSON in request.headers.get("accept", "")
