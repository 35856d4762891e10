"""Whether the service is alive, whether it can do its job, and what it counted."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response

from api.answers import Json, JsonAnswer
from api.auth import require
from api.problems import problem_answer
from schema.errors import StoreError
from vault.caller import Role

PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

router = APIRouter()


@router.get("/healthz")
def answer_alive() -> Response:
    """The process answers."""
    return JsonAnswer({"status": "alive"})


@router.get("/readyz")
def answer_ready(request: Request) -> Response:
    """The store answers and every check of the process passes; else 503 with what is wrong."""
    problems = _find_problems(request)
    if problems:
        detail = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
        return problem_answer(503, detail, headers={"Retry-After": "1"}, extra={"checks": problems})
    return JsonAnswer({"status": "ready"})


@router.get("/metrics", dependencies=[Depends(require(Role.VIEWER))])
def answer_metrics(request: Request) -> Response:
    """Prometheus text."""
    return PlainTextResponse(request.app.state.services.metrics(), headers={"content-type": PROMETHEUS_TEXT})


def _find_problems(request: Request) -> Json:
    problems: Json = {}
    try:
        request.app.state.store.ping()
    except StoreError:
        problems["store"] = "does not answer"
    for name, check in request.app.state.services.checks.items():
        problem = check()
        if problem is not None:
            problems[name] = problem
    return problems
