"""Retention: what is held, letting go of what is due, and erasure on request."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from starlette.responses import Response, StreamingResponse

from api.answers import NDJSON, Json, JsonAnswer, dump_json
from api.auth import require
from api.holdings import describe_due, read_holdings, sum_due
from api.models import ApplyIn, EraseIn
from api.routes.context import Context, Here
from schema.erasure import Target
from schema.errors import StoreError
from schema.retention import Retention
from vault.caller import Role

router = APIRouter(prefix="/v1/retention")
_ADMIN = [Depends(require(Role.ADMIN))]
_DRY = "dry run"


def find_retention(here: Here) -> Retention:
    """The retention of this process's store; 503 where it was started without."""
    if here.services.retention is None:
        raise HTTPException(503, "this process was started without retention")
    return here.services.retention


Kept = Annotated[Retention, Depends(find_retention)]


@router.get("", dependencies=[Depends(require(Role.VIEWER, Role.ADMIN))])
def show_retention(here: Here, kept: Kept) -> Response:
    """Lifetime, rows, bytes and age per environment and class, and whether anything is older than allowed."""
    here.audit("retention.read", "")
    return JsonAnswer(read_holdings(here.reader, kept, here.services.files))


@router.post("/apply", dependencies=_ADMIN)
def apply_policy(here: Here, kept: Kept, wanted: ApplyIn) -> Response:
    """Put the policy of the settings in force, for old data of all tenants too. One line for each thing that went, as
    it goes."""
    here.audit("retention.apply", "", _DRY if wanted.dry_run else "")
    if wanted.dry_run:
        items = [describe_due(due) for due in kept.plan()]
        return JsonAnswer({"items": items, "next_cursor": None, "pending": kept.is_pending(), **sum_due(items)})
    return StreamingResponse(_tell_applied(kept, here.caller.key_id or here.caller.tenant), media_type=NDJSON)


@router.post("/erase", dependencies=_ADMIN)
def erase_data(here: Here, wanted: EraseIn) -> Response:
    """Everything of a run, or of all runs of a user. The journal's files are counted, not changed."""
    subject = wanted.run_id or f"user {wanted.user}"
    here.audit("retention.erase", subject, _DRY if wanted.dry_run else "")
    target, rows = here.reader.find_target(wanted.run_id or "", wanted.user or "")
    if not target.runs:
        raise HTTPException(404, "nothing of it is stored")
    if not wanted.dry_run:
        here.reader.erase(target)
    return JsonAnswer(_tell_erased(here, target, rows, wanted))


def _tell_applied(kept: Retention, by: str) -> Iterator[bytes]:
    items: list[Json] = []
    try:
        for due in kept.apply(by):
            items.append(describe_due(due))
            yield dump_json(items[-1]) + b"\n"
    except StoreError as error:  # the answer has begun: its last line must tell
        yield dump_json({"done": False, "detail": str(error), **sum_due(items)}) + b"\n"
        return
    yield dump_json({"done": True, **sum_due(items)}) + b"\n"


def _tell_erased(here: Context, target: Target, rows: dict[str, int], wanted: EraseIn) -> Json:
    files = here.services.files
    waiting = files.count(target.tenant, target.traces, wanted.user or "") if files is not None else {}
    return {"erased": not wanted.dry_run, "runs": len(target.runs), "rows": rows, "files": waiting}
