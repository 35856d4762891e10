"""What every route works with: the store as the caller may see it, the settings, and the audit trail."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from api.auth import KnownCaller
from api.queries.reader import TenantReader
from api.services import Services
from api.settings import ApiSettings
from vault.caller import Caller
from vault.entry import Entry


@dataclass(frozen=True, slots=True)
class Context:
    """One request's view of the service. `reason` is what the caller says it asks for."""

    settings: ApiSettings
    services: Services
    reader: TenantReader
    caller: Caller
    reason: str

    def audit(self, action: str, object: str, detail: str = "") -> Entry:  # noqa: A002 - the entry's word
        """Write down what this request is about to do, its reason redacted. Raises AuditError: then do not do it."""
        reason = self.services.redact(self.caller.tenant, self.reason) if self.reason else ""
        return self.services.trail.append(action, self.caller, object, reason, detail)


def make_context(
    request: Request,
    caller: KnownCaller,
    reason: Annotated[str, Header(alias="X-Runvault-Reason", max_length=1000)] = "",
) -> Context:
    """The context of this request, bound to its caller's tenant and environment."""
    state = request.app.state
    reader = TenantReader(state.store, caller.tenant, caller.environment)
    return Context(state.settings, state.services, reader, caller, reason)


Here = Annotated[Context, Depends(make_context)]
