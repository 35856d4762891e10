"""Seals: what is sealed opens to the same bytes, in its own place, with its own key, and nowhere else."""

from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import SealBroken, SealError, SealKeyMissing
from schema.originals import Change, Original, SpanOriginals
from vault.opener import SealPlace, open_seal
from vault.opener_file import OpenerFile, make_opener
from vault.seal import HEAD, SUITE, TAG_BYTES, seal_spans
from vault.seal_keys import PublicKeys, read_public_keys, write_public_keys

DAY = date(2026, 11, 21)
COST = 1 << 4
PLACE = SealPlace("acme", "a" * 32, "b" * 16, "")
FOUND = (Original("InputMessages", (), 7, (Change(3, 28, "ana@example.com"),)),)


def publish(opener: OpenerFile, folder: Path) -> PublicKeys:
    write_public_keys(folder / "sealing.json", opener.list_public())
    return PublicKeys(folder / "sealing.json", 0)


@pytest.fixture
def opener() -> OpenerFile:
    made = make_opener("open sesame", COST)
    made.add_days("acme", [DAY])
    return made


@pytest.fixture
def keys(opener: OpenerFile, tmp_path: Path) -> PublicKeys:
    return publish(opener, tmp_path)


def seal(keys: PublicKeys, place: SealPlace = PLACE, found: tuple[Original, ...] = FOUND) -> bytes:
    (sealed,) = seal_spans([SpanOriginals(*place, found)], keys, DAY)
    return sealed


def test_what_is_sealed_opens_again(opener: OpenerFile, keys: PublicKeys) -> None:
    sealed = seal(keys)
    assert b"ana@example.com" not in sealed
    assert open_seal(sealed, PLACE, opener.unlock("open sesame")) == list(FOUND)


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=20))
def test_any_originals_open_again(texts: list[str]) -> None:
    made = make_opener("p", COST)
    made.add_days("acme", [DAY])

    class Keys(PublicKeys):
        def list_days(self, tenant: str) -> dict[str, bytes]:
            return made.list_public()[tenant]

    found = (Original("SpanAttributes", ("key",), 1, tuple(Change(0, 1, text) for text in texts)),)
    assert open_seal(seal(Keys(Path("/nowhere")), PLACE, found), PLACE, made.unlock("p")) == list(found)


@pytest.mark.parametrize(
    "other",
    [
        SealPlace("acme", "c" * 32, "b" * 16, ""),
        SealPlace("acme", "a" * 32, "c" * 16, ""),
        SealPlace("acme", "a" * 32, "b" * 16, "record"),
        SealPlace("acme", "a" * 31, "a" + "b" * 16, ""),
    ],
)
def test_another_spans_seal_does_not_open(opener: OpenerFile, keys: PublicKeys, other: SealPlace) -> None:
    with pytest.raises(SealBroken, match="another span"):
        open_seal(seal(keys), other, opener.unlock("open sesame"))


def test_another_tenants_seal_does_not_open(opener: OpenerFile, keys: PublicKeys) -> None:
    opener.add_days("other", [DAY])
    with pytest.raises(SealBroken, match="another key"):
        open_seal(seal(keys), PLACE._replace(tenant="other"), opener.unlock("open sesame"))


def test_no_byte_may_be_changed_or_cut(opener: OpenerFile, keys: PublicKeys) -> None:
    sealed, unlocked = seal(keys), opener.unlock("open sesame")
    for at in range(len(sealed)):
        for wrong in (sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], sealed[:at], sealed + b"\0"):
            with pytest.raises(SealError):
                open_seal(wrong, PLACE, unlocked)


def test_another_openers_key_does_not_open(keys: PublicKeys) -> None:
    stranger = make_opener("open sesame", COST)
    with pytest.raises(SealKeyMissing):
        open_seal(seal(keys), PLACE, stranger.unlock("open sesame"))
    stranger.add_days("acme", [DAY])
    with pytest.raises(SealBroken, match="another key"):
        open_seal(seal(keys), PLACE, stranger.unlock("open sesame"))


def test_two_seals_share_nothing_but_their_head(keys: PublicKeys) -> None:
    """One batch, the same originals: another nonce and another box. Another batch: another data key."""
    span = SpanOriginals(*PLACE, FOUND)
    one, two = seal_spans([span, span], keys, DAY)
    assert one[: HEAD.size - 12] == two[: HEAD.size - 12]
    assert one[HEAD.size :] != two[HEAD.size :]
    assert seal(keys)[: HEAD.size - 12] != one[: HEAD.size - 12]


def test_a_seal_adds_119_bytes(keys: PublicKeys) -> None:
    """1 version, 2 day, 8 key id, 80 wrapped key (32 encapsulated, 32 key, 16 tag), 12 nonce, 16 tag."""
    assert HEAD.size + TAG_BYTES == 1 + 2 + 8 + 80 + 12 + 16
    assert len(SUITE.encrypt(bytes(32), X25519PrivateKey.generate().public_key())) == 80


def test_without_a_key_of_the_day_there_is_no_seal(keys: PublicKeys) -> None:
    span = SpanOriginals(*PLACE, FOUND)
    assert seal_spans([span], keys, date(2026, 11, 22)) == [b""]
    mixed = seal_spans([span, span._replace(tenant="nobody"), span], keys, DAY)
    assert [bool(sealed) for sealed in mixed] == [True, False, True]


def test_the_file_of_public_keys_is_read_again(opener: OpenerFile, keys: PublicKeys, tmp_path: Path) -> None:
    later = date(2026, 11, 22)
    assert keys.find("acme", later) is None
    opener.add_days("acme", [later])
    publish(opener, tmp_path)
    assert keys.find("acme", later) is not None
    (tmp_path / "sealing.json").write_text("{")
    assert keys.find("acme", later) is not None  # what was read before stands
    (tmp_path / "sealing.json").unlink()
    assert keys.find("acme", later) is None


def test_public_keys_are_read_as_written(opener: OpenerFile, tmp_path: Path) -> None:
    publish(opener, tmp_path)
    assert read_public_keys(tmp_path / "sealing.json") == opener.list_public()
    assert opener.private not in (tmp_path / "sealing.json").read_bytes()
