"""`[store]` of the settings: the password from a file, the cluster's name, and what is refused."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from runvault.build_retention import open_engine
from runvault.commands.migrate import command
from runvault.settings import Settings, load_settings
from schema.errors import ConfigError, StoreError

PASSWORD = "pass word:/@é"


class Listener(BaseHTTPRequestHandler):
    """Notes who asks, and refuses."""

    seen: list[str]

    def do_GET(self) -> None:
        """The client's first query, in the URL."""
        self._refuse()

    def do_POST(self) -> None:
        """The same, in a body."""
        self._refuse()

    def _refuse(self) -> None:
        self.seen.append(self.headers["Authorization"])
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002 - the name in the base class
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A port, and the credentials that were sent there."""
    Listener.seen = []
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, Listener.seen
    server.shutdown()
    server.server_close()


def read(tmp_path: Path, **store: str) -> Settings:
    """Settings with these names under `store`."""
    named: dict[str, Any] = {f"store.{name}": value for name, value in store.items()}
    return load_settings(Path("/dev/null"), {"data_dir": str(tmp_path / "data"), **named}, {})


@pytest.mark.service
def test_the_password_is_what_the_file_says_without_its_last_line_end(
    tmp_path: Path, listener: tuple[int, list[str]]
) -> None:
    port, seen = listener
    (tmp_path / "secret").write_text(f"{PASSWORD}\n")
    settings = read(tmp_path, url=f"http://ann@127.0.0.1:{port}/db", password_file=str(tmp_path / "secret"))
    with pytest.raises(StoreError):
        open_engine(settings)
    assert set(seen) == {"Basic " + base64.b64encode(f"ann:{PASSWORD}".encode()).decode()}


@pytest.mark.parametrize(
    ("store", "problem"),
    [
        ({"password_file": "x"}, r"store\.password_file: needs a store\.url"),
        ({"url": "http://ann:word@db", "password_file": "x"}, r"store\.password_file: needs a store\.url without"),
        ({"url": "http://ann@db", "password_file": "/nowhere"}, r"/nowhere cannot be read: FileNotFoundError"),
        ({"url": "http://ann@db", "password_file": "/dev/null"}, r"/dev/null is empty"),
        ({"cluster": "one"}, r"store\.cluster: is for a ClickHouse server"),
        ({"url": "http://ann@db", "cluster": "a'b"}, r"store\.cluster: expected letters"),
    ],
)
@pytest.mark.service
def test_what_does_not_fit_is_refused(tmp_path: Path, store: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        open_engine(read(tmp_path, **store))


def test_the_statements_for_a_cluster_can_be_read_without_one(tmp_path: Path) -> None:
    named = {"RUNVAULT_STORE_URL": "http://ann@nowhere", "RUNVAULT_STORE_CLUSTER": "three"}
    shown = CliRunner().invoke(command, ["--print", "--data-dir", str(tmp_path)], env=named)
    assert shown.exit_code == 0
    assert "CREATE TABLE IF NOT EXISTS steps ON CLUSTER 'three' AS steps_local" in shown.output
    shown = CliRunner().invoke(command, ["--print", "--data-dir", str(tmp_path)])
    assert "CREATE TABLE IF NOT EXISTS steps\n(" in shown.output
    assert "CLUSTER" not in shown.output
