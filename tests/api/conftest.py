"""The API over the shared engine, asked by the test's own tenant."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from schema.store import Store
from tests.api.hundred import hundred as hundred
from tests.api.hundred import hundred_client as hundred_client
from vault.audit import AuditTrail


def redact_mail(_tenant: str, text: str) -> str:
    """Stands in the place of the redactor, which is another room's: whoever starts the API gives it in."""
    return text.replace("ann@example.com", "[EMAIL:1]")


WORDS = {"resolved": "success", "bounced": "failure"}


@pytest.fixture
def client(store: Store, tenant: str, tmp_path: Path) -> Iterator[TestClient]:
    """The API, asked by `tenant`."""
    services = Services(redact=redact_mail, trail=AuditTrail(tmp_path / "audit"), outcome_statuses=WORDS)
    app = create_app(store, ApiSettings(default_tenant=tenant), services)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened
