"""A real `serve --sql-port` over two tenants' rows (`fill.py`), and keys to it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from runvault.service import Service, start_service

KEEP = {f"RUNVAULT_RETENTION_{name}": "36500" for name in ("PAYLOADS", "STEPS", "RUNS")}
"""The rows are of a fixed day, however long ago that is."""


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class House:
    """The service, and keys of acme, of acme's production, and of globex."""

    service: Service
    data_dir: Path
    http: httpx.Client
    acme: str = ""
    production: str = ""
    globex: str = ""
    ingest: str = ""

    @property
    def port(self) -> int:
        """The SQL port."""
        return int(self.service.sql.rpartition(":")[2])

    def create_key(self, *arguments: str) -> str:
        """A new key's text."""
        command = [sys.executable, "-m", "runvault", "keys", "create", "--data-dir", str(self.data_dir), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def ask(self, sql: str, key: str = "", **named: str) -> httpx.Response:
        """A statement in the body, as Grafana's plugin and clickhouse-connect send it; acme asks."""
        return self.http.post(self.service.sql, params=named, content=sql.encode(), auth=("any", key or self.acme))

    def read(self, sql: str, key: str = "", **named: str) -> list[list[str]]:
        """The rows of an answer, as texts."""
        answer = self.ask(sql, key, **named)
        assert answer.status_code == 200, answer.text
        return [line.split("\t") for line in answer.text.splitlines()]


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One service for all tests of the port: none changes anything."""
    directory = tmp_path_factory.mktemp("sql")
    subprocess.run([sys.executable, "-m", "tests.sqldoor.fill", str(directory)], check=True, env={**os.environ})
    service = start_service(directory, KEEP, ("--sql-port", str(free_port()), "--workers", "1"))
    with httpx.Client(trust_env=False, timeout=60) as client:
        made = House(service, directory, client)
        made.acme = made.create_key("--role", "viewer", "--role", "admin", "--tenant", "acme")
        made.production = made.create_key("--role", "viewer", "--tenant", "acme", "--environment", "production")
        made.globex = made.create_key("--role", "viewer", "--tenant", "globex")
        made.ingest = made.create_key("--role", "ingest", "--tenant", "acme")
        yield made
    assert service.stop() == 0
    assert "Traceback" not in service.log_file.read_text()
