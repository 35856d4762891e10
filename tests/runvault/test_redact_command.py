"""`runvault redact` on a pasted chat, JSON and log does what docs/redaction.md says; a broken policy names its line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runvault.commands.redact import command
from schema.errors import ConfigError


def run(text: str, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, input=text)


def test_chat() -> None:
    chat = (
        "user: Hi, my name is Ana Silva, mail ana@example.com\n"
        "agent: Hello Ana Silva! Your order ORD-4711 is on its way."
    )
    result = run(chat)
    assert result.exit_code == 0
    assert "ORD-4711 is on its way" in result.stdout
    assert not {"Silva", "ana@example.com"} & set(result.stdout.replace(",", " ").split())
    assert result.stderr == "EMAIL_ADDRESS 1\nPERSON 2\n"


def test_json_stays_json() -> None:
    document = {"card": 4111111111111111, "password": "swordfish", "order": "ORD-4711", "total": 12.5}
    result = run(json.dumps(document))
    redacted = json.loads(result.stdout)
    assert redacted["card"].startswith("<CREDIT_CARD_")
    assert redacted["password"].startswith("<PASSWORD_")
    assert (redacted["order"], redacted["total"]) == ("ORD-4711", 12.5)
    assert result.stderr == "CREDIT_CARD 1\nPASSWORD 1\n"


def test_log() -> None:
    log = "2026-11-21T08:00:00Z INFO login user=bob@example.com ip=203.0.113.7 trace=4bf92f3577b34da6a3ce929d0e0e4736 200 12ms"  # noqa: E501
    result = run(log)
    assert result.stdout.startswith("2026-11-21T08:00:00Z INFO login user=<EMAIL_ADDRESS_")
    assert result.stdout.endswith("trace=4bf92f3577b34da6a3ce929d0e0e4736 200 12ms")
    assert result.stderr == "EMAIL_ADDRESS 1\nIP_ADDRESS 1\n"


def test_policy_environment_and_field(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "rules:\n- {where: {environment: dev}, how: keep}\n- {where: {class: messages}, how: drop}\n", "utf-8"
    )
    assert run("ana@example.com", "--policy", str(policy), "--environment", "dev").stdout == "ana@example.com"
    dropped = run("ana@example.com", "--policy", str(policy), "--field", "InputMessages")
    assert dropped.stdout == "<EMAIL_ADDRESS>"
    policy.write_text("entities:\n  EMIAL: token\n", "utf-8")
    with pytest.raises(ConfigError, match=rf"{policy}:2: entities\.EMIAL: unknown entity"):
        CliRunner().invoke(command, ["--policy", str(policy)], input="x", catch_exceptions=False)


def test_same_key_same_token_until_it_is_rotated(tmp_path: Path) -> None:
    key = str(tmp_path / "key")
    first, second = (run("ana@example.com", "--key-file", key).stdout for _ in range(2))
    assert first == second
    rotated = run("", "--key-file", key, "--rotate-key")
    assert rotated.exit_code == 0
    assert "2 keys" in rotated.stderr
    assert run("ana@example.com", "--key-file", key).stdout != first
    assert run("", "--rotate-key").exit_code == 2
