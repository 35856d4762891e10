"""`runvault break-glass keygen|days|rotate|shred`, the passphrase's sources, and the notification."""

import http.server
import json
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runvault.cli import cli
from runvault.doctor_seals import check_seals
from runvault.notify import Notifier
from runvault.passphrase import VARIABLE, find_passphrase
from runvault.settings import load_settings
from runvault.workers import list_environment
from schema.errors import ConfigError, SealKeyShredded, WrongPassphrase
from tests.days import stay_in_one_day, today
from vault import opener_file
from vault.chain_file import ChainReader
from vault.opener_file import read_opener
from vault.seal_keys import read_public_keys


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrypt at its default cost takes half a second a time."""
    stay_in_one_day(10)
    for function in (opener_file.make_opener, opener_file.UnlockedOpener.rotate):
        monkeypatch.setattr(function, "__defaults__", (1 << 4,))


def call(folder: Path, *words: str, typed: str = "", passphrase: str | None = "first") -> Result:
    options = ("--data-dir", str(folder / "data"), "--file", str(folder / "opener.json"))
    environment = {VARIABLE: passphrase} if passphrase else {}
    runner = CliRunner(env=environment)
    return runner.invoke(cli, ["break-glass", words[0], *options, *words[1:]], input=typed)


def read_actions(folder: Path) -> list[tuple[str, str, str]]:
    entries = ChainReader(folder / "data" / "audit").read_after(0, 1000)
    return [(entry.action, entry.tenant, entry.detail) for entry in entries]


def test_keys_are_made_published_and_audited(tmp_path: Path) -> None:
    made = call(tmp_path, "keygen", "--days", "3", "--tenant", "acme", "--tenant", "globex")
    assert made.exit_code == 0, made.output
    assert "6 keys made for acme, globex" in made.output
    published = read_public_keys(tmp_path / "data" / "keys" / "sealing.json")
    days = [str(today() + timedelta(days=number)) for number in range(3)]
    assert {tenant: sorted(keys) for tenant, keys in published.items()} == {"acme": days, "globex": days}
    assert read_opener(tmp_path / "opener.json").unlock("first").find_key("acme", today())
    again = call(tmp_path, "keygen", "--days", "4", passphrase=None)  # known tenants; the passphrase is not needed
    assert "6 keys made for acme, default, globex" in again.output  # one more day for two, four for the default one
    assert read_actions(tmp_path)[:2] == [
        ("break-glass.keygen", "acme", f"3 days from {today()}"),
        ("break-glass.keygen", "globex", f"3 days from {today()}"),
    ]


def test_the_first_time_asks_twice_for_a_passphrase(tmp_path: Path) -> None:
    refused = call(tmp_path, "keygen", passphrase=None, typed="one\ntwo\n")
    assert refused.exit_code == 2
    assert "differ" in refused.output
    assert not (tmp_path / "opener.json").exists()
    assert call(tmp_path, "keygen", passphrase=None, typed="one\none\n").exit_code == 0
    assert read_opener(tmp_path / "opener.json").unlock("one")


def test_shredding_is_audited_and_takes_back_the_public_key(tmp_path: Path) -> None:
    call(tmp_path, "keygen", "--days", "3", "--tenant", "acme")
    assert call(tmp_path, "shred", "--tenant", "acme", "--day", str(today()), typed="n\n").exit_code == 1
    assert read_opener(tmp_path / "opener.json").shredded == {}
    done = call(tmp_path, "shred", "--tenant", "acme", "--before", str(today() + timedelta(days=2)), "--yes")
    assert "2 keys shredded" in done.output
    kept = str(today() + timedelta(days=2))
    assert list(read_public_keys(tmp_path / "data" / "keys" / "sealing.json")["acme"]) == [kept]
    with pytest.raises(SealKeyShredded):
        read_opener(tmp_path / "opener.json").unlock("first").find_key("acme", today())
    assert ("break-glass.shred", "acme", str(today())) in read_actions(tmp_path)
    assert call(tmp_path, "shred", "--tenant", "acme").exit_code == 2  # which day?
    assert call(tmp_path, "shred", "--day", str(today())).exit_code == 2  # whose?
    listed = json.loads(call(tmp_path, "days", "--json").output)["items"]
    assert [(item["tenant"], item["days"], len(item["shredded"])) for item in listed] == [("acme", [kept], 2)]
    assert "acme" in call(tmp_path, "days").output


def test_old_days_of_all_tenants_go_at_once(tmp_path: Path) -> None:
    """As a daily job does it, after the lifetime of originals."""
    call(tmp_path, "keygen", "--days", "2", "--tenant", "acme", "--tenant", "globex")
    tomorrow = str(today() + timedelta(days=1))
    assert "2 keys shredded" in call(tmp_path, "shred", "--before", tomorrow, "--yes").output
    assert {name: list(days) for name, days in read_opener(tmp_path / "opener.json").days.items()} == {
        "acme": [tomorrow], "globex": [tomorrow]
    }  # fmt: skip
    assert "nothing to shred" in call(tmp_path, "shred", "--before", tomorrow, "--yes").output


def test_rotation_changes_the_passphrase(tmp_path: Path) -> None:
    call(tmp_path, "keygen", "--days", "1", "--tenant", "acme")
    before = read_opener(tmp_path / "opener.json").unlock("first").find_key("acme", today()).private_bytes_raw()
    assert call(tmp_path, "rotate", passphrase="wrong", typed="second\nsecond\n").exit_code == 1
    done = call(tmp_path, "rotate", typed="second\nsecond\n")
    assert done.exit_code == 0, done.output
    opener = read_opener(tmp_path / "opener.json")
    assert opener.unlock("second").find_key("acme", today()).private_bytes_raw() == before
    with pytest.raises(WrongPassphrase):
        opener.unlock("first")


def test_without_a_key_file_it_says_where_to_name_one(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["break-glass", "keygen", "--data-dir", str(tmp_path)])
    assert (result.exit_code, "opener.file" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [(0, "fail", "no key for today"), (2, "warn", "keys end on {tomorrow}"), (9, "ok", "1 tenants")],
)
def test_doctor_says_when_keys_run_out(tmp_path: Path, days: int, state: str, words: str) -> None:
    if days:
        call(tmp_path, "keygen", "--days", str(days), "--tenant", "default")
    else:
        (tmp_path / "data" / "keys").mkdir(parents=True)
        (tmp_path / "data" / "keys" / "sealing.json").write_text('{"format": 1, "tenants": {}}')
    found = check_seals(load_settings(overrides={"data_dir": tmp_path / "data"}, environment={}))
    words = words.format(tomorrow=today() + timedelta(days=1))
    assert (found.state, words in found.found) == (state, True)


def test_doctor_is_content_where_nothing_is_sealed(tmp_path: Path) -> None:
    assert check_seals(load_settings(overrides={"data_dir": tmp_path}, environment={})).state == "ok"


def test_the_passphrase_comes_from_environment_file_or_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert find_passphrase(load_settings(environment={})) is None
    command = load_settings(
        environment={"RUNVAULT_OPENER_PASSPHRASE_COMMAND": f"{sys.executable} -c \"print('by kms')\""}
    )
    assert find_passphrase(command) == "by kms"
    (tmp_path / "pass").write_text("by file\n")
    assert (
        find_passphrase(load_settings(environment={"RUNVAULT_OPENER_PASSPHRASE_FILE": str(tmp_path / "pass")}))
        == "by file"
    )
    monkeypatch.setenv(VARIABLE, "by environment")
    assert find_passphrase(command) == "by environment"
    assert VARIABLE not in list_environment()  # of a collector


@pytest.mark.parametrize("words", ["false", "/nowhere/kms", "sh -c 'echo secret; exit 3'", "unclosed '"])
def test_a_command_that_fails_says_nothing_of_what_it_printed(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ConfigError) as failed:
        find_passphrase(load_settings(environment={"RUNVAULT_OPENER_PASSPHRASE_COMMAND": words}))
    assert "secret" not in str(failed.value)


def test_a_command_and_an_address_are_told(tmp_path: Path) -> None:
    told = tmp_path / "told"
    posted: list[bytes] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        notifier = Notifier(f"tee {told}", f"http://127.0.0.1:{server.server_port}/hook")
        notifier.tell({"event": "asked", "request_id": "r1"})
        notifier.close()
        server.shutdown()
    assert json.loads(told.read_text()) == json.loads(posted[0]) == {"event": "asked", "request_id": "r1"}


def test_who_cannot_be_told_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier("/nowhere/pager", "http://127.0.0.1:9/hook")
    notifier.tell({"event": "asked", "ticket": "INC-1"})
    notifier.close()
    assert len(caplog.records) == 2
    assert "INC-1" not in caplog.text
    Notifier().tell({"event": "asked"})
