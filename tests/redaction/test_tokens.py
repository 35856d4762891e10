"""Tokens, the key file, and the policy's own checks."""

import hashlib
import os
import re
from pathlib import Path

import pytest

from redaction.tokens import Tokenizer, load_keys, load_or_create_key, normalise_phone, rotate_key
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
    with pytest.raises(ConfigError, match="multiple of 32 bytes"):
        load_or_create_key(path)


def test_rotation_puts_a_new_key_first_and_keeps_the_old(tmp_path: Path) -> None:
    path = tmp_path / "redaction.key"
    old = load_or_create_key(path)
    rotate_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    keys = load_keys(path)
    assert keys[1:] == (old,)
    assert load_or_create_key(path) == keys[0] != old
    mail = ("t", "EMAIL_ADDRESS", "ana@example.com")
    assert Tokenizer(keys[0]).make_token(*mail) != Tokenizer(old).make_token(*mail)
    assert Tokenizer(keys[1]).make_token(*mail) == Tokenizer(old).make_token(*mail)
    assert [entry.name for entry in tmp_path.iterdir()] == ["redaction.key"]


def test_dictionary_without_the_key_tells_nothing() -> None:
    """Hashing every number of a small range, with any plain hash or another key, gives no token of ours."""
    dictionary = [f"212-555-{number:04d}" for number in range(100, 200)]
    ours = {Tokenizer(b"a" * 32).make_token("t", "PHONE_NUMBER", value) for value in dictionary}
    assert len(ours) == len(dictionary)
    guessed = {
        Tokenizer(key).make_token(tenant, "PHONE_NUMBER", value)
        for key in (b"b" * 32, bytes(32))
        for tenant in ("t", "")
        for value in dictionary
    }
    assert not ours & guessed
    digests = {
        hashlib.new(name, form.encode()).hexdigest()
        for name in ("md5", "sha1", "sha256", "blake2b")
        for value in dictionary
        for form in (value, normalise_phone(value))
    }
    letters = {token.removeprefix("<PHONE_NUMBER_").removesuffix(">") for token in ours}
    assert not any(letter in digest for letter in letters for digest in digests)


@pytest.mark.parametrize(
    ("value", "number"),
    [("212-555-0123", "+12125550123"), ("+1 (212) 555-0123", "+12125550123"), ("+44 20 7946 0123", "+442079460123"),
     ("020 7946 0123", "+442079460123"), ("+49 30 901820", "+4930901820"), ("no number", "")],
)  # fmt: skip
def test_phone_in_e164(value: str, number: str) -> None:
    assert normalise_phone(value) == number
