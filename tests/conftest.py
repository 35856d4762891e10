"""One embedded engine for all tests of a process (chDB allows one), migrated; every test has a tenant of its own.

A test that is not marked `engine` or `service` cannot open one: pure tests stay pure.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.migrate import apply_migrations
from schema.store import Store
from schema.volumes import write_engine_config

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def engine_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this process's engine lives."""
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="session")
def store(engine_path: Path) -> Iterator[Store]:
    """A real embedded engine with our schema, and a cold volume that tables may be put on."""
    config = write_engine_config(engine_path.with_name("engine.xml"), engine_path.with_name("cold"))
    opened = Store.open(str(engine_path), engine_config=config)
    apply_migrations(opened)
    yield opened
    opened.close()


@pytest.fixture
def own_store(engine_path: Path, store: Store) -> Iterator[Store]:
    """A database of its own with our schema and nothing in it, for what concerns a whole store."""
    name = f"own_{next(_numbers)}"
    opened = Store.open(str(engine_path), 2, 1, database=name)
    apply_migrations(opened)
    yield opened
    opened.command(f"DROP DATABASE {name}")
    opened.close()


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test uses."""
    return f"tenant-{next(_numbers)}"


@pytest.fixture(autouse=True)
def forbid_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any use of the engine fail in a test that does not say it needs one."""
    if not any(request.node.get_closest_marker(name) for name in ("engine", "service")):

        def refuse(*_arguments: object, **_named: object) -> None:
            raise AssertionError("this test opens the engine: mark it with pytest.mark.engine")

        monkeypatch.setattr(Store, "open", refuse)
