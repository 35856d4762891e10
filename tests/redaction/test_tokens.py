"""Tokens, the key file, and the policy's own checks."""

import os
import re
from pathlib import Path

import pytest

from redaction.tokens import Tokenizer, load_or_create_key
from schema.errors import ConfigError


def test_token_form_and_separation() -> None:
    one, other = Tokenizer(b"a" * 32), Tokenizer(b"b" * 32)
    token = one.make_token("t", "EMAIL_ADDRESS", "ana@example.com")
    assert re.fullmatch(r"<EMAIL_ADDRESS_[bcdfghjklmnpqrstvwxz]{12}>", token)
    assert token == Tokenizer(b"a" * 32).make_token("t", "EMAIL_ADDRESS", "ANA@example.com")
    assert token != one.make_token("u", "EMAIL_ADDRESS", "ana@example.com")
    assert token != other.make_token("t", "EMAIL_ADDRESS", "ana@example.com")
    assert one.make_token("t", "IBAN_CODE", "de89 3704") == one.make_token("t", "IBAN_CODE", "DE893704")
    assert re.fullmatch("[0-9a-f]{32}", one.keyed_hash("t", "x"))
    assert one.keyed_hash("t", "x") != one.keyed_hash("u", "x")


def test_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "redaction.key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert load_or_create_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["redaction.key"]


def test_key_readable_by_others_or_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="readable by others"):
        load_or_create_key(path)
    path.chmod(0o600)
    os.truncate(path, 31)
    with pytest.raises(ConfigError, match="32 bytes"):
        load_or_create_key(path)
