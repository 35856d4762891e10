"""The opener's key file: made, grown, shredded and rotated; without the passphrase it opens nothing."""

import stat
from datetime import date
from pathlib import Path

import pytest

from schema.errors import ConfigError, SealError, SealKeyShredded, WrongPassphrase
from tests.vault.test_seal import COST, DAY, FOUND, PLACE, publish, seal
from vault.opener import open_seal
from vault.opener_file import change_opener, make_opener, read_opener, write_opener

NEXT = date(2026, 11, 22)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    opener = make_opener("old", COST)
    opener.add_days("acme", [DAY, NEXT])
    write_opener(tmp_path / "opener.json", opener)
    return tmp_path / "opener.json"


def test_the_file_is_read_as_written_and_closed_to_others(path: Path) -> None:
    opener = read_opener(path)
    sealed = seal(publish(opener, path.parent))
    assert open_seal(sealed, PLACE, read_opener(path).unlock("old")) == list(FOUND)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("passphrase", ["", "Old", "old "])
def test_a_wrong_passphrase_opens_nothing(path: Path, passphrase: str) -> None:
    with pytest.raises(WrongPassphrase):
        read_opener(path).unlock(passphrase)


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(ConfigError, match="empty"):
        make_opener("", COST)


def test_days_are_made_once(path: Path) -> None:
    with change_opener(path) as opener:
        before = opener.list_public()["acme"][str(DAY)]
        assert opener.add_days("acme", [DAY, date(2026, 11, 23)]) == 1
        assert opener.add_days("other", [DAY]) == 1
    assert read_opener(path).list_public()["acme"][str(DAY)] == before
    assert sorted(read_opener(path).days["acme"]) == ["2026-11-21", "2026-11-22", "2026-11-23"]


def test_a_shredded_day_opens_no_more_and_is_not_made_again(path: Path) -> None:
    sealed = seal(publish(read_opener(path), path.parent))
    with change_opener(path) as opener:
        assert opener.shred_day("acme", DAY)
        assert not opener.shred_day("acme", DAY)
        assert opener.add_days("acme", [DAY]) == 0
    opener = read_opener(path)
    with pytest.raises(SealKeyShredded, match="2026-11-21"):
        open_seal(sealed, PLACE, opener.unlock("old"))
    assert list(opener.list_public()["acme"]) == [str(NEXT)]  # and nothing more is sealed for it


def test_rotation_keeps_what_was_sealed_and_forgets_the_old_passphrase(path: Path) -> None:
    sealed = seal(publish(read_opener(path), path.parent))
    with change_opener(path) as opener:
        opener.shred_day("acme", NEXT)
    old = read_opener(path)
    new = old.unlock("old").rotate("new", COST)
    assert new.public != old.public
    assert new.list_public() == old.list_public()
    assert open_seal(sealed, PLACE, new.unlock("new")) == list(FOUND)
    with pytest.raises(WrongPassphrase):
        new.unlock("old")
    with pytest.raises(SealKeyShredded):
        new.unlock("new").find_key("acme", NEXT)


def test_a_day_key_moved_to_another_day_or_tenant_does_not_open(path: Path) -> None:
    opener = read_opener(path)
    opener.days["acme"][str(NEXT)] = opener.days["acme"][str(DAY)]
    opener.days["other"] = dict(opener.days["acme"])
    unlocked = opener.unlock("old")
    for tenant, day in (("acme", NEXT), ("other", DAY)):
        with pytest.raises(SealError, match="damaged"):
            unlocked.find_key(tenant, day)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 2}', '{"format": 1, "days": 5}'])
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "opener.json").write_text(content)
    with pytest.raises(ConfigError, match=r"opener\.json"):
        read_opener(tmp_path / "opener.json")
    with pytest.raises(ConfigError, match="keygen"):
        read_opener(tmp_path / "other.json")
