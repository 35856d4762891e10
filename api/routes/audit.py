"""The audit trail: who read what, whether its chain holds, and its export. Asking for it is audited too."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers import JsonAnswer, list_page
from api.audits import build_entries_query, build_entry, build_export_query, build_exported
from api.auth import require
from api.cursors import AuditCursor, decode_audit_cursor, encode_audit_cursor
from api.models import AuditExportQuery, AuditQuery
from api.routes.context import Here
from vault.caller import Role

router = APIRouter(prefix="/v1/audit", dependencies=[Depends(require(Role.ADMIN))])


@router.get("")
def list_entries(here: Here, query: Annotated[AuditQuery, Query()]) -> Response:
    """Entries that tell of the caller's tenant, newest first."""
    here.audit("audit.read", "", ",".join(query.action))
    here.services.audits.flush()
    limit = query.limit or here.settings.page_size
    after = decode_audit_cursor(query.cursor) if query.cursor else None
    rows = here.reader.read_rows(build_entries_query(query, limit + 1, after))
    last = rows[limit - 1] if len(rows) > limit else None
    cursor = encode_audit_cursor(AuditCursor(last["AtMicros"], last["Chain"], last["Seq"])) if last else None
    return JsonAnswer(list_page([build_entry(row) for row in rows[:limit]], cursor))


@router.get("/verify")
def verify_chains(here: Here) -> Response:
    """Whether every chain holds. Told are numbers and kinds of problems only, for a chain tells of all tenants."""
    here.audit("audit.verify", "")
    chains = here.services.audits.verify()
    return JsonAnswer({"holds": not any(chain["problems"] for chain in chains), "chains": chains})


@router.get("/export")
def export_entries(here: Here, query: Annotated[AuditExportQuery, Query()]) -> Response:
    """Every chain in order, for a check elsewhere. Of what tells of other tenants, only places and hashes."""
    after = decode_audit_cursor(query.cursor) if query.cursor else None
    if after is None:
        here.audit("audit.export", "")
        here.services.audits.flush()
    rows = here.reader.read_rows(build_export_query(query.limit + 1, after))
    last = rows[query.limit - 1] if len(rows) > query.limit else None
    cursor = encode_audit_cursor(AuditCursor(0, last["chain"], last["seq"])) if last else None
    return JsonAnswer(list_page([build_exported(row) for row in rows[: query.limit]], cursor))


@router.get("/heads")
def list_heads(here: Here) -> Response:
    """The signed heads that an export is held against, the last of each day, and the public keys of the chains."""
    heads, keys = here.services.audits.read_heads()
    return JsonAnswer({"items": heads, "public_keys": keys})
