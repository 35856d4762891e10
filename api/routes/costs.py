"""Costs worked out anew by the service's price lists: first what would change, then the change."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.answers import JsonAnswer
from api.auth import require
from api.models import RepriceIn, RepricePeriod
from api.queries.builder import LAST_NS
from api.routes.context import Context, Here
from api.services import Repricing
from api.times import format_time
from vault.caller import Role

router = APIRouter(prefix="/v1/costs", dependencies=[Depends(require(Role.ADMIN))])


@router.get("/reprice")
def count_calls(here: Here, query: Annotated[RepricePeriod, Query()]) -> Response:
    """How many calls of a period have, or miss, a price, and in how many parts to ask for them."""
    calls, parts = _find_repricing(here).count(here.caller.tenant, here.caller.environment, _find_times(query))
    return JsonAnswer({"calls": calls, "parts": parts})


@router.post("/reprice")
def reprice_calls(here: Here, asked: RepriceIn) -> Response:
    """What the calls of a period, or one part of them, cost by today's lists; written only if `apply` is true."""
    repricing = _find_repricing(here)
    if asked.apply:
        here.audit("cost.reprice", format_time(asked.since), f"part {asked.part + 1} of {asked.parts}")
    caller = here.caller
    answer = repricing.reprice(
        caller.tenant, caller.environment, _find_times(asked), asked.part, asked.parts, asked.apply
    )
    return JsonAnswer({**answer, "applied": asked.apply})


def _find_repricing(here: Context) -> Repricing:
    if here.services.repricing is None:
        raise HTTPException(404)
    return here.services.repricing


def _find_times(period: RepricePeriod) -> tuple[int, int]:
    return period.since, LAST_NS if period.until is None else period.until
