"""Break-glass: ask for the originals of a run, decide, open."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers import JsonAnswer, list_page
from api.auth import require
from api.break_glass import ask, decide, list_requests, open_run, show_request
from api.cursors import decode_offset, encode_offset
from api.models import GlassIn, GlassListQuery, GlassOpenIn
from api.routes.context import Here
from vault.break_glass import APPROVED, DENIED
from vault.caller import Role

router = APIRouter(prefix="/v1/break-glass")
_ASKER = [Depends(require(Role.RESPONDER))]
_DECIDER = [Depends(require(Role.APPROVER))]
_READER = [Depends(require(Role.RESPONDER, Role.APPROVER, Role.ADMIN))]
_UNSTORED = {"Cache-Control": "no-store"}


@router.post("", dependencies=_ASKER, status_code=201)
def ask_for_originals(here: Here, said: GlassIn) -> Response:
    """Ask to open the originals of a run."""
    return JsonAnswer(ask(here, said), status_code=201)


@router.get("", dependencies=_READER)
def list_glass(here: Here, query: Annotated[GlassListQuery, Query()]) -> Response:
    """Requests, newest first."""
    offset = decode_offset(query.cursor) if query.cursor else 0
    found = [one for one in list_requests(here) if query.state in (None, one["state"])]
    end = offset + query.limit
    return JsonAnswer(list_page(found[offset:end], encode_offset(end) if len(found) > end else None))


@router.get("/{request_id}", dependencies=_READER)
def show_glass(here: Here, request_id: str) -> Response:
    """One request."""
    return JsonAnswer(show_request(here, request_id))


@router.post("/{request_id}/approve", dependencies=_DECIDER)
def approve(here: Here, request_id: str) -> Response:
    """Approve somebody else's request."""
    return JsonAnswer(decide(here, request_id, APPROVED))


@router.post("/{request_id}/deny", dependencies=_DECIDER)
def deny(here: Here, request_id: str) -> Response:
    """Deny somebody else's request."""
    return JsonAnswer(decide(here, request_id, DENIED))


@router.post("/{request_id}/open", dependencies=_ASKER)
def open_originals(here: Here, request_id: str, said: GlassOpenIn | None = None) -> Response:
    """The replay of the run with its originals in place."""
    answer = open_run(here, request_id, said.passphrase if said else None)
    return JsonAnswer(answer, headers=_UNSTORED)
