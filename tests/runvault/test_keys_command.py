"""`runvault keys`: a key is shown once, changes are audited, and the list tells states apart."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runvault.cli import cli
from vault.chain_file import ChainReader
from vault.key_file import KeyRing, key_file


def call(data_dir: Path, *arguments: str) -> Result:
    """`runvault keys …` on a data directory."""
    return CliRunner().invoke(cli, ["keys", arguments[0], "--data-dir", str(data_dir), *arguments[1:]])


def create(data_dir: Path, *arguments: str) -> str:
    """A new key's text."""
    result = call(data_dir, "create", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def list_items(data_dir: Path) -> list[dict[str, object]]:
    """What `list --json` says."""
    items: list[dict[str, object]] = json.loads(call(data_dir, "list", "--json").stdout)["items"]
    return items


def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    text = create(tmp_path, "--role", "viewer", "--tenant", "acme", "--environment", "staging", "--expires", "2d")
    ring = KeyRing(key_file(tmp_path))
    caller = ring.identify(f"Bearer {text}", "10.0.0.1")
    assert (caller.tenant, caller.environment, sorted(caller.roles)) == ("acme", "staging", ["viewer"])
    (item,) = list_items(tmp_path)
    assert (item["id"], item["roles"], item["revoked_at"]) == (caller.key_id, ["viewer"], None)
    assert item["last_used_at"] is not None
    assert "hash" not in item
    assert text.rpartition("_")[2] not in call(tmp_path, "list").output
    assert call(tmp_path, "revoke", caller.key_id, "--reason", "left").exit_code == 0
    assert call(tmp_path, "revoke", caller.key_id).exit_code == 1
    assert "revoked" in call(tmp_path, "list").stdout
    entries = ChainReader(tmp_path / "audit").read_after(0, 10)
    told = [(entry.action, entry.object, entry.tenant, entry.key_id, entry.reason) for entry in entries]
    assert told == [
        ("key.create", caller.key_id, "acme", "local", ""),
        ("key.revoke", caller.key_id, "acme", "local", "left"),
    ]


def test_rotation_leaves_both_working_for_a_while(tmp_path: Path) -> None:
    old = create(tmp_path, "--role", "ingest", "--spans-per-second", "7")
    result = call(tmp_path, "rotate", old.split("_")[1], "--keep-for", "1h")
    new = result.stdout.strip()
    ring = KeyRing(key_file(tmp_path))
    assert ring.identify(f"Bearer {old}", "").roles == ring.identify(f"Bearer {new}", "").roles
    first, second = list_items(tmp_path)
    assert first["expires_at"] is not None
    assert (second["expires_at"], second["spans_per_second"]) == (None, 7)


def test_the_secret_goes_to_stdout_alone(tmp_path: Path) -> None:
    result = call(tmp_path, "create", "--role", "admin")
    assert result.stdout.startswith("rv_")
    assert result.stdout.count("\n") == 1
    assert result.stdout.strip().rpartition("_")[2] not in result.stderr
    assert "from now on every request needs a key" in result.stderr
    assert "every request" not in call(tmp_path, "create", "--role", "admin").stderr


@pytest.mark.parametrize(
    "arguments", [("create",), ("create", "--role", "king"), ("create", "--role", "admin", "--expires", "soon")]
)
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert call(tmp_path, *arguments).exit_code == 2
    assert list_items(tmp_path) == []


def test_nothing_is_changed_that_cannot_be_audited(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("in the way")
    result = CliRunner().invoke(cli, ["keys", "create", "--data-dir", str(tmp_path), "--role", "admin"])
    assert result.exit_code == 1
    assert not key_file(tmp_path).exists()


def test_an_unknown_key(tmp_path: Path) -> None:
    for word in ("revoke", "rotate"):
        assert call(tmp_path, word, "nobody").exit_code == 1
