"""One engine for all tests of the API in this process; every test has a tenant of its own."""

import itertools
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.services import Services
from api.settings import ApiSettings
from schema.migrate import apply_migrations
from schema.store import Store

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A real embedded engine with our schema."""
    opened = Store.open(str(tmp_path_factory.mktemp("store")))
    apply_migrations(opened)
    yield opened
    opened.close()


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test uses."""
    return f"tenant-{next(_numbers)}"


def redact_mail(_tenant: str, text: str) -> str:
    """Stands in the place of the redactor, which is another room's: whoever starts the API gives it in."""
    return text.replace("ann@example.com", "[EMAIL:1]")


@pytest.fixture
def client(store: Store, tenant: str) -> Iterator[TestClient]:
    """The API, asked by `tenant`."""
    app = create_app(store, ApiSettings(default_tenant=tenant), Services(redact=redact_mail))
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened
