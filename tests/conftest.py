"""One embedded engine for all tests of a process (chDB allows one), migrated; every test has a tenant of its own.

`CLUSTER=1 pytest …` takes the tables of a cluster instead, of which this engine is the one shard.

A test that is not marked `engine` or `service` cannot open one: pure tests stay pure.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.cluster import CLUSTERED
from schema.migrate import apply_migrations
from schema.store import Store
from schema.volumes import write_engine_config
from tests.schema.clustered import NAME, ONE_SHARD, KeeperlessStore

CLUSTER = NAME if os.environ.get("CLUSTER") else ""
CLUSTERED["prefer_localhost_replica"] = 1  # the one shard here can only be asked by itself

_numbers = itertools.count(1)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are not shown in a test's name: they may hold the second they were made in (gzip's header does), and the
    processes of a run have to name all tests alike."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def share_compiled_patterns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every service of a test has a data directory of its own, and compiling the patterns is half of a first start:
    they are compiled once for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "patterns"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNVAULT_CACHE_DIR", str(shared))
        yield


@pytest.fixture(scope="session")
def engine_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this process's engine lives."""
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="session")
def store(engine_path: Path) -> Iterator[Store]:
    """A real embedded engine with our schema, and a cold volume that tables may be put on."""
    config = write_engine_config(engine_path.with_name("engine.xml"), engine_path.with_name("cold"))
    disk = f"<backups><type>local</type><path>{engine_path.with_name('backups')}/</path></backups>"
    text = config.read_text().replace("</clickhouse>", f"{ONE_SHARD}</clickhouse>").replace("<disks>", f"<disks>{disk}")
    config.write_text(text)
    opened = KeeperlessStore.open(str(engine_path), engine_config=config, cluster=CLUSTER)
    apply_migrations(opened)
    yield opened
    opened.close()


@pytest.fixture
def own_store(engine_path: Path, store: Store) -> Iterator[Store]:
    """A database of its own with our schema and nothing in it, for what concerns a whole store."""
    name = f"own_{next(_numbers)}"
    opened = KeeperlessStore.open(str(engine_path), 2, 1, database=name, cluster=CLUSTER)
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


@pytest.fixture(autouse=True)
def leave_out_of_clusters(request: pytest.FixtureRequest) -> None:
    """Skip what only one machine's tables allow."""
    if CLUSTER and request.node.get_closest_marker("one_machine"):
        pytest.skip("changes tables by hand")
