"""Analytics: cost, latency, reliability, coverage, budgets, comparison, unpriced models, and what the redactor did."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers import Json, JsonAnswer, list_page
from api.auth import require
from api.comparison import build_comparison
from api.cursors import decode_offset, encode_offset
from api.groups import (
    build_budget_group,
    build_cost_group,
    build_coverage_group,
    build_latency_group,
    build_redaction_group,
    build_reliability_group,
    build_unpriced,
)
from api.models import (
    STEP_ONLY_GROUPS,
    CompareQuery,
    CostQuery,
    FleetQuery,
    GroupPage,
    LatencyQuery,
    RedactionQuery,
    UnpricedQuery,
)
from api.problems import InvalidFieldError
from api.queries.builder import build_cost_query, build_latency_query, build_unpriced_query
from api.queries.fleet import (
    build_budgets_query,
    build_compare_query,
    build_coverage_query,
    build_redaction_query,
    build_reliability_query,
)
from api.routes.context import Context, Here
from vault.caller import Role

router = APIRouter(prefix="/v1/analytics", dependencies=[Depends(require(Role.VIEWER))])


@router.get("/cost-per-outcome")
def show_cost(here: Here, query: Annotated[CostQuery, Query()]) -> Response:
    """Cost per outcome, dearest group first."""
    limit, offset = _read_page(here, query)
    rows = here.reader.read_rows(build_cost_query(query, limit + 1, offset))
    items = [build_cost_group(row, query.group_by) for row in rows]
    return JsonAnswer(_cut_page(items, limit, offset))


@router.get("/latency")
def show_latency(here: Here, query: Annotated[LatencyQuery, Query()]) -> Response:
    """Latency of runs or steps, most frequent group first."""
    if query.of == "run" and STEP_ONLY_GROUPS & set(query.group_by):
        raise InvalidFieldError("group_by", "step_type and provider are properties of steps; ask for of=step")
    limit, offset = _read_page(here, query)
    rows = here.reader.read_rows(build_latency_query(query, limit + 1, offset))
    items = [build_latency_group(row, query.group_by) for row in rows]
    return JsonAnswer(_cut_page(items, limit, offset))


@router.get("/unpriced-models")
def show_unpriced(here: Here, query: Annotated[UnpricedQuery, Query()]) -> Response:
    """Models seen without a price, with spans and tokens, the largest first."""
    rows = here.reader.read_rows(build_unpriced_query(query))
    return JsonAnswer(list_page([build_unpriced(row) for row in rows], None))


@router.get("/redaction")
def show_redaction(here: Here, query: Annotated[RedactionQuery, Query()]) -> Response:
    """Findings by entity, spans and bytes scanned, values failed closed, and under which policy: in all, or a page of
    groups."""
    limit, offset = _read_page(here, query)
    rows = here.reader.read_rows(build_redaction_query(query, limit + 1, offset))
    items = [build_redaction_group(row, query.group_by) for row in rows]
    return JsonAnswer(_cut_page(items, limit, offset) if query.is_split else items[0])


@router.get("/reliability")
def show_reliability(here: Here, query: Annotated[FleetQuery, Query()]) -> Response:
    """How well runs do, largest group first."""
    limit, offset = _read_page(here, query)
    rows = here.reader.read_rows(build_reliability_query(query, limit + 1, offset))
    return JsonAnswer(_cut_page([build_reliability_group(row, query.group_by) for row in rows], limit, offset))


@router.get("/coverage")
def show_coverage(here: Here, query: Annotated[FleetQuery, Query()]) -> Response:
    """How complete the evidence is, largest group first."""
    limit, offset = _read_page(here, query)
    rows = here.reader.read_rows(build_coverage_query(query, limit + 1, offset))
    return JsonAnswer(_cut_page([build_coverage_group(row, query.group_by) for row in rows], limit, offset))


@router.get("/budgets")
def show_budgets(here: Here, query: Annotated[FleetQuery, Query()]) -> Response:
    """How runs keep to their budgets, largest group first."""
    limit, offset = _read_page(here, query)
    rows = here.reader.read_rows(build_budgets_query(query, limit + 1, offset))
    return JsonAnswer(_cut_page([build_budget_group(row, query.group_by) for row in rows], limit, offset))


@router.get("/compare")
def show_comparison(here: Here, query: Annotated[CompareQuery, Query()]) -> Response:
    """Two versions or two models side by side, with what changed by more than the threshold."""
    if query.baseline.by != query.candidate.by:
        raise InvalidFieldError("candidate", "must be of the same kind as the baseline: both version, or both model")
    if query.baseline == query.candidate:
        raise InvalidFieldError("candidate", "must differ from the baseline")
    return JsonAnswer(build_comparison(query, here.reader.read_rows(build_compare_query(query))))


def _read_page(here: Context, page: GroupPage) -> tuple[int, int]:
    offset = decode_offset(page.cursor) if page.cursor else 0
    return page.limit or here.settings.group_page_size, offset


def _cut_page(items: list[Json], limit: int, offset: int) -> Json:
    cursor = encode_offset(offset + limit) if len(items) > limit else None
    return list_page(items[:limit], cursor)
