"""Opens seals: the counterpart of `vault/seal.py`, for who has the private keys."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schema.errors import ConfigError, SealBroken, SealKeyMissing, WrongPassphrase
from schema.originals import Original, decode_originals
from vault.opener_file import UnlockedOpener, read_opener
from vault.seal import HEAD, SUITE, TAG_BYTES, VERSION, describe_place, find_day, wrap_info
from vault.seal_keys import make_key_id

_MOST_BYTES = 64 << 20

log = logging.getLogger("runvault.vault")


class SealPlace(NamedTuple):
    """What a seal belongs to, as the store's row says it."""

    tenant: str
    trace_id: str
    span_id: str
    record_id: str


class Opener:
    """The opener's key file, and where its passphrase comes from when who opens does not give it."""

    def __init__(self, path: Path, find_passphrase: Callable[[], str | None] = lambda: None) -> None:
        self._path = path
        self._find_passphrase = find_passphrase

    def unlock(self, passphrase: str | None = None) -> UnlockedOpener:
        """The private keys, for one opening. Raises WrongPassphrase, also when there is none, and SealKeyMissing."""
        try:
            found = passphrase or self._find_passphrase()
            if not found:
                raise WrongPassphrase("opening needs the opener's passphrase, and this service was not given it")
            opener = read_opener(self._path)
        except ConfigError as error:
            log.error("the opener cannot be used problem=%s", error)
            raise SealKeyMissing("the opener's key file or passphrase cannot be read; see the service's log") from None
        return opener.unlock(found)


def open_seal(seal: bytes, place: SealPlace, opener: UnlockedOpener) -> list[Original]:
    """What was sealed. Raises SealBroken, SealKeyMissing, SealKeyShredded."""
    if len(seal) < HEAD.size + TAG_BYTES:
        raise SealBroken("the seal is cut off")
    head = seal[: HEAD.size]
    version, days, key_id, wrapped, nonce = HEAD.unpack(head)
    if version != VERSION:
        raise SealBroken(f"the seal has format {version}; this program opens {VERSION}")
    day = find_day(days)
    key = opener.find_key(place.tenant, day)
    if make_key_id(key.public_key()) != key_id:
        raise SealBroken(f"the seal was made for another key than the opener's of {day}")
    try:
        data_key = SUITE.decrypt(wrapped, key, wrap_info(place.tenant, day))
        packed = AESGCM(data_key).decrypt(nonce, seal[HEAD.size :], head + describe_place(*place))
    except InvalidTag:
        raise SealBroken("the seal was altered or belongs to another span") from None
    return decode_originals(zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MOST_BYTES))
