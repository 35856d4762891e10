"""Who asks: what every query is bound to, and what the audit trail says of a request."""

import getpass
import os
from dataclasses import dataclass
from enum import StrEnum

DEFAULT_TENANT = "default"
NO_KEY = ""
LOCAL_KEY = "local"
"""In the place of a key's id: somebody with a shell on the machine, through the command line."""


class Role(StrEnum):
    """What a key may do. No role contains another: a key has several when its holder needs several."""

    INGEST = "ingest"
    """Send spans and log records, and say how a run ended."""
    VIEWER = "viewer"
    """Read what is stored, which is redacted."""
    RESPONDER = "responder"
    """Ask for break-glass and open what was approved; say how a run ended."""
    APPROVER = "approver"
    """Approve or deny break-glass."""
    ADMIN = "admin"
    """Read and verify the audit trail, erase data."""


ALL_ROLES = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """The one who makes a request. An empty `environment` means all of the tenant's."""

    key_id: str
    tenant: str
    environment: str
    roles: frozenset[Role]
    address: str


def make_keyless_caller(address: str, tenant: str = DEFAULT_TENANT) -> Caller:
    """The caller of a service on loopback for which no key was ever made: may do everything in its one tenant."""
    return Caller(NO_KEY, tenant, "", ALL_ROLES, address)


def make_local_caller(tenant: str = DEFAULT_TENANT) -> Caller:
    """Somebody who works on the data directory itself, by the command line: known by the user of the system."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return Caller(LOCAL_KEY, tenant, "", ALL_ROLES, f"user {user}")
