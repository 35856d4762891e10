"""Pages in the browser. The same reading, roles and audit as the JSON beside them."""

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from api.answers import Json
from api.auth import require
from api.models import RunListQuery
from api.pages.render import render_page
from api.pages.view import view_steps
from api.problems import InvalidFieldError, UnknownRunError
from api.reading import read_page, read_replay
from api.routes.context import Here
from vault.caller import Role

router = APIRouter(default_response_class=Response)
_VIEWER = [Depends(require(Role.VIEWER))]


@router.get("/", dependencies=_VIEWER)
def enter() -> Response:
    """Where one begins: the list of runs."""
    return RedirectResponse("/runs")


@router.get("/runs", dependencies=_VIEWER)
def show_runs(here: Here, request: Request) -> Response:
    """Runs, newest first, with the filters of `/v1/runs`; a field left empty is no filter."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if value]
    try:
        query = RunListQuery.model_validate(_group(asked))
        runs, cursor = read_page(here.reader, query, here.settings.page_size)
    except (ValidationError, InvalidFieldError) as error:
        return render_page(
            "problem.html", {"title": "Invalid request", "detail": f"{_name_field(error)} is wrong."}, 422
        )
    kept = [(name, value) for name, value in asked if name != "cursor"]
    older = urlencode([*kept, ("cursor", cursor)]) if cursor else ""
    return render_page("runs.html", {"runs": runs, "asked": dict(asked), "older": older})


@router.get("/runs/{run_id:path}", dependencies=_VIEWER)
def show_replay(here: Here, run_id: str) -> Response:
    """The replay of a run."""
    here.audit("run.replay", run_id, "page")
    try:
        replay: Json = read_replay(here.reader, run_id, here.settings.max_replay_steps)
    except UnknownRunError:
        return render_page("problem.html", {"title": "Not found", "detail": "No run has this id."}, 404)
    return render_page("replay.html", {**replay, "steps": view_steps(replay)})


def _group(asked: Sequence[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Parameters as the model takes them: names may be given several times."""
    values: dict[str, str | list[str]] = dict(asked)
    for name in RunListQuery.model_fields.keys() & values.keys():
        if RunListQuery.model_fields[name].default == []:
            values[name] = [value for key, value in asked if key == name]
    return values


def _name_field(error: ValidationError | InvalidFieldError) -> str:
    return error.field if isinstance(error, InvalidFieldError) else str(error.errors()[0]["loc"][0])
