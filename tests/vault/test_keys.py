"""API keys: made, kept as hashes only, told apart, noticed by every process when they change."""

import hashlib
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from schema.errors import Forbidden, KeyFileError, Unauthenticated
from vault.caller import ALL_ROLES, Role
from vault.key_file import KeyRing, change_keys, read_keys, read_last_used
from vault.keys import Key, find_key, make_key, read_bearer

NOW = 1_800_000_000


def add_key(path: Path, **fields: Any) -> tuple[Key, str]:
    """A new key in the file, and its text."""
    given = {"tenant": "acme", "environment": "", "roles": frozenset({Role.VIEWER}), **fields}
    key, text = make_key(Key("", "", **given))
    with change_keys(path) as keys:
        keys[key.id] = key
    return key, text


def test_a_key_has_256_random_bits_and_its_file_only_a_hash(tmp_path: Path) -> None:
    key, text = add_key(tmp_path / "keys.json")
    prefix, key_id, secret = text.split("_", 2)
    assert (prefix, key_id) == ("rv", key.id)
    assert len(secret) * 6 >= 256
    kept = (tmp_path / "keys.json").read_text()
    assert secret not in kept
    assert json.loads(kept)["keys"][0]["hash"] == hashlib.sha256(secret.encode()).hexdigest()
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert make_key(key)[1] != text


def test_only_the_right_secret_opens() -> None:
    key, text = make_key(Key("", "", "acme", "", ALL_ROLES))
    other, other_text = make_key(key)
    keys = {key.id: key}
    assert find_key(keys, text, NOW) is key
    mixed = other_text.replace(other.id, key.id)
    for wrong in (other_text, mixed, text[:-1], text + "x", text.upper(), "", "rv_", f" {text}"):
        with pytest.raises(Unauthenticated) as refused:
            find_key(keys, wrong, NOW)
        assert text not in str(refused.value)


def test_expired_and_revoked_keys_are_refused() -> None:
    key, text = make_key(Key("", "", "acme", "", ALL_ROLES, expires_at=NOW))
    assert find_key({key.id: key}, text, NOW - 1) is key
    with pytest.raises(Unauthenticated, match="expired on 2027-01-15T08:00:00Z"):
        find_key({key.id: key}, text, NOW)
    gone, text = make_key(Key("", "", "acme", "", ALL_ROLES, revoked_at=NOW))
    with pytest.raises(Unauthenticated, match="revoked"):
        find_key({gone.id: gone}, text, NOW - 100)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "rv_abc"])
def test_a_header_without_a_key(header: str | None) -> None:
    with pytest.raises(Unauthenticated, match="a key is needed"):
        read_bearer(header)


def test_the_scheme_is_case_insensitive() -> None:
    assert read_bearer("bearer rv_x") == read_bearer("Bearer  rv_x") == "rv_x"  # RFC 9110, 11.1


def test_without_any_key_loopback_is_open_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    caller = KeyRing(path).identify(None, "127.0.0.1", Role.ADMIN)
    assert (caller.tenant, caller.environment, caller.roles) == ("default", "", ALL_ROLES)
    with pytest.raises(Unauthenticated, match="no key was made yet"):
        KeyRing(path, loopback=False).identify(None, "10.0.0.1")


def test_a_change_is_noticed_at_the_next_request(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ring = KeyRing(path, clock=lambda: NOW)
    ring.identify(None, "127.0.0.1")
    key, text = add_key(path, environment="production")
    with pytest.raises(Unauthenticated):
        ring.identify(None, "127.0.0.1")
    caller = ring.identify(f"Bearer {text}", "10.1.2.3", Role.VIEWER, Role.ADMIN)
    assert (caller.key_id, caller.tenant, caller.environment, caller.address) == (
        key.id,
        "acme",
        "production",
        "10.1.2.3",
    )
    with pytest.raises(Forbidden, match="lacks the role ingest or admin"):
        ring.identify(f"Bearer {text}", "10.1.2.3", Role.INGEST, Role.ADMIN)


def test_a_file_that_vanishes_or_breaks_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    _key, text = add_key(path)
    ring = KeyRing(path)
    ring.identify(f"Bearer {text}", "")
    path.write_text("{")
    with pytest.raises(KeyFileError, match="not a file of keys"):
        ring.identify(f"Bearer {text}", "")
    path.unlink()
    for _ in range(2):
        with pytest.raises(KeyFileError, match="keys are gone"):
            ring.identify(None, "127.0.0.1")
    with change_keys(path) as keys:
        assert keys == {}
    for _ in range(2):
        with pytest.raises(KeyFileError, match="keys are gone"):
            ring.identify(None, "127.0.0.1")
    _key, text = add_key(path)
    assert ring.identify(f"Bearer {text}", "").tenant == "acme"


def test_changes_of_several_writers_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    threads = [threading.Thread(target=add_key, args=(path,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_keys(path)) == 20
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["keys.json", "keys.lock"]


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    add_key(path)
    before = path.read_bytes()

    def fail() -> None:
        with change_keys(path) as keys:
            keys.clear()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_bytes() == before


def test_the_last_use_is_noted_once_a_minute(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key, text = add_key(path)
    now = [float(NOW)]
    ring = KeyRing(path, clock=lambda: now[0])
    ring.identify(f"Bearer {text}", "")
    used = tmp_path / "used" / key.id
    os.utime(used, (1, 1))
    now[0] += 59
    ring.identify(f"Bearer {text}", "")
    assert read_last_used(path) == {key.id: 1.0}
    now[0] += 2
    ring.identify(f"Bearer {text}", "")
    assert read_last_used(path)[key.id] > 1.0
