"""Publishing against a stand-in of Grafana's HTTP API (no Grafana can be run here)."""

import socket
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from dashboards.build import list_boards
from dashboards.publish import PublishError, publish
from runvault.cli import cli
from tests.dashboards.standin import TOKEN, Grafana, serve_standin

RUNBOOKS = "https://books.example/runbooks"


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    """An empty one."""
    with serve_standin() as opened:
        yield opened


def send(grafana: Grafana, **more: bool) -> list[str]:
    return [change.action for change in publish(grafana.url, TOKEN, RUNBOOKS, "ch", **more)]


def test_first_creates_then_nothing_then_one(grafana: Grafana) -> None:
    count = len(list_boards())
    assert send(grafana) == ["create"] * (count + 2)
    assert len(grafana.writes) == count + 2
    assert set(grafana.boards) == set(list_boards())
    (group,) = grafana.groups.values()
    rule = group["rules"][0]
    assert rule["annotations"]["runbook_url"] == f"{RUNBOOKS}/low-success.md"
    assert rule["data"][0]["datasourceUid"] == rule["data"][0]["model"]["datasource"]["uid"] == "ch"

    grafana.writes.clear()
    assert send(grafana) == ["keep"] * (count + 2)
    assert grafana.writes == []

    # one board is that of an older build
    board = grafana.boards["runvault-cost"]["dashboard"]
    board["tags"] = ["runvault", "runvault-000000000000"]
    assert send(grafana).count("update") == 1
    assert grafana.writes == ["POST /api/dashboards/db"]
    assert grafana.boards["runvault-cost"]["dashboard"]["version"] == 2

    grafana.writes.clear()
    next(iter(grafana.groups.values()))["rules"].pop()
    assert send(grafana).count("update") == 1
    assert grafana.writes == ["PUT /api/v1/provisioning/folder/runvault/rule-groups/runvault"]


def test_a_dry_run_writes_nothing(grafana: Grafana) -> None:
    assert set(send(grafana, dry_run=True)) == {"create"}
    assert grafana.writes == []


def test_errors_are_one_line_without_the_token(grafana: Grafana) -> None:
    with pytest.raises(PublishError, match="GrafanaUnauthorizedError, status 401"):
        publish(grafana.url, "glsa_wrong", RUNBOOKS)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(PublishError, match="no answer from grafana") as raised:
        publish(url, TOKEN, RUNBOOKS)
    assert TOKEN not in str(raised.value)


def test_the_command(grafana: Grafana) -> None:
    arguments = ["dashboards", "publish", "--url", grafana.url, "--token", TOKEN, "--runbooks", RUNBOOKS]
    first = CliRunner().invoke(cli, arguments)
    assert first.exit_code == 0, first.output
    assert first.output.splitlines()[0] == "create folder Runvault"
    assert first.output.splitlines()[-1] == f"{len(list_boards()) + 2} changed, 0 left as they are"
    again = CliRunner().invoke(cli, [*arguments, "--dry-run"])
    assert again.output.splitlines()[-1] == f"0 would change, {len(list_boards()) + 2} left as they are"


def test_build_check(grafana: Grafana) -> None:
    assert CliRunner().invoke(cli, ["dashboards", "build", "--check"]).output == "up to date\n"
