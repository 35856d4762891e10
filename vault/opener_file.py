"""The opener's key file: the private keys of tenants and days. Whoever has no copy of it can open nothing.

    opener key ── private half under the passphrase (scrypt, AES-256-GCM)
        └── day keys, one per tenant and day ── private halves wrapped for the opener key (HPKE)

So new day keys can be made and old ones shredded without the passphrase; only opening and rotating need it.

    {"format": 1, "public": …, "private": nonce and box, "scrypt": {"n", "r", "p", "salt"},
     "days": {tenant: {day: {"public": …, "private": wrapped}}}, "shredded": {tenant: {day: when}}}
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from schema.errors import ConfigError, SealKeyMissing, SealKeyShredded, WrongPassphrase
from vault.files import hold_lock, replace_file
from vault.seal import SUITE, describe_place

FORMAT = 1
SCRYPT_COST = 1 << 17
"""128 MiB and some tenths of a second for each guess of a passphrase (OWASP's advice for scrypt, r=8, p=1)."""
_SALT_BYTES, _NONCE_BYTES = 16, 12
_PURPOSE = b"runvault opener key 1"


@dataclass(frozen=True, slots=True)
class DayKey:
    """Public half, and private half wrapped for the opener key."""

    public: bytes
    private: bytes


@dataclass(slots=True)
class OpenerFile:
    """The file as it stands. `private` is still under the passphrase."""

    public: bytes
    private: bytes
    cost: int
    salt: bytes
    days: dict[str, dict[str, DayKey]] = field(default_factory=dict)
    shredded: dict[str, dict[str, str]] = field(default_factory=dict)

    def add_days(self, tenant: str, days: Sequence[date]) -> int:
        """Make the day keys that are not there yet; how many. A shredded day stays shredded."""
        mine = self.days.setdefault(tenant, {})
        wanted = [str(day) for day in days if str(day) not in mine and str(day) not in self.shredded.get(tenant, {})]
        opener = X25519PublicKey.from_public_bytes(self.public)
        for day in wanted:
            key = X25519PrivateKey.generate()
            wrapped = SUITE.encrypt(key.private_bytes_raw(), opener, _day_info(tenant, day))
            mine[day] = DayKey(key.public_key().public_bytes_raw(), wrapped)
        return len(wanted)

    def shred_day(self, tenant: str, day: date) -> bool:
        """Forget a day key, and that it may not be made again; whether there was one."""
        found = self.days.get(tenant, {}).pop(str(day), None)
        self.shredded.setdefault(tenant, {}).setdefault(str(day), datetime.now(UTC).isoformat(timespec="seconds"))
        return found is not None

    def list_public(self) -> dict[str, dict[str, bytes]]:
        """What collectors may know: tenant → day → public key."""
        return {tenant: {day: key.public for day, key in days.items()} for tenant, days in self.days.items()}

    def unlock(self, passphrase: str) -> "UnlockedOpener":
        """The file with its private key at hand. Raises WrongPassphrase."""
        aes = AESGCM(_derive_key(passphrase, self.salt, self.cost))
        try:
            private = aes.decrypt(self.private[:_NONCE_BYTES], self.private[_NONCE_BYTES:], _PURPOSE + self.public)
        except InvalidTag:
            raise WrongPassphrase("the opener's key file does not open with this passphrase") from None
        return UnlockedOpener(self, X25519PrivateKey.from_private_bytes(private))


class UnlockedOpener:
    """What can open. Lives as long as one opening."""

    def __init__(self, file: OpenerFile, key: X25519PrivateKey) -> None:
        self._file = file
        self._key = key

    def find_key(self, tenant: str, day: date) -> X25519PrivateKey:
        """The private key of a tenant and day. Raises SealKeyShredded, SealKeyMissing."""
        wrapped = self._file.days.get(tenant, {}).get(str(day))
        if wrapped is not None:
            try:
                raw = SUITE.decrypt(wrapped.private, self._key, _day_info(tenant, str(day)))
            except InvalidTag:
                raise SealKeyMissing(f"the key of {day} in the opener's key file is damaged") from None
            return X25519PrivateKey.from_private_bytes(raw)
        shredded = self._file.shredded.get(tenant, {}).get(str(day))
        if shredded is not None:
            raise SealKeyShredded(
                f"what was sealed on {day} cannot be opened any more: its key was shredded {shredded}"
            )
        raise SealKeyMissing(f"the opener has no key for what was sealed on {day}")

    def rotate(self, passphrase: str, cost: int = SCRYPT_COST) -> OpenerFile:
        """The same day keys under a new opener key and another passphrase. Raises SealKeyMissing."""
        new = make_opener(passphrase, cost)
        new.shredded = self._file.shredded
        public = X25519PublicKey.from_public_bytes(new.public)
        for tenant, days in self._file.days.items():
            for day, key in days.items():
                raw = self.find_key(tenant, date.fromisoformat(day)).private_bytes_raw()
                wrapped = SUITE.encrypt(raw, public, _day_info(tenant, day))
                new.days.setdefault(tenant, {})[day] = DayKey(key.public, wrapped)
        return new


def make_opener(passphrase: str, cost: int = SCRYPT_COST) -> OpenerFile:
    """A new opener key without any day keys. Raises ConfigError for an empty passphrase."""
    if not passphrase:
        raise ConfigError("the opener's passphrase is empty")
    key, salt, nonce = X25519PrivateKey.generate(), os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    public = key.public_key().public_bytes_raw()
    box = AESGCM(_derive_key(passphrase, salt, cost)).encrypt(nonce, key.private_bytes_raw(), _PURPOSE + public)
    return OpenerFile(public, nonce + box, cost, salt)


@contextmanager
def change_opener(path: Path) -> Iterator[OpenerFile]:
    """The file, to be changed in place; written when the block ends well. Raises ConfigError, OSError."""
    with hold_lock(path.with_name(path.name + ".lock")):
        opener = read_opener(path)
        yield opener
        write_opener(path, opener)


def read_opener(path: Path) -> OpenerFile:
    """The file as it stands on disk. Raises ConfigError when it is not there or not such a file."""
    try:
        document: Any = json.loads(path.read_bytes())
        if document["format"] != FORMAT:
            raise ConfigError(f"{path}: format {document['format']}; this program reads {FORMAT}")
        days = {
            tenant: {day: DayKey(b64decode(key["public"]), b64decode(key["private"])) for day, key in keys.items()}
            for tenant, keys in document["days"].items()
        }
        scrypt = document["scrypt"]
        public, private, salt = (b64decode(text) for text in (document["public"], document["private"], scrypt["salt"]))
        return OpenerFile(public, private, int(scrypt["n"]), salt, days, document["shredded"])
    except FileNotFoundError:
        raise ConfigError(f"{path}: no opener's key file; make one with runvault break-glass keygen") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(f"{path}: not an opener's key file") from None


def write_opener(path: Path, opener: OpenerFile) -> None:
    """Write the file, readable by its owner only. Raises OSError."""
    document = {
        "format": FORMAT,
        "public": _encode(opener.public),
        "private": _encode(opener.private),
        "scrypt": {"n": opener.cost, "r": 8, "p": 1, "salt": _encode(opener.salt)},
        "days": {
            tenant: {day: {"public": _encode(key.public), "private": _encode(key.private)} for day, key in days.items()}
            for tenant, days in opener.days.items()
        },
        "shredded": opener.shredded,
    }
    replace_file(path, json.dumps(document, indent=1).encode() + b"\n")


def _derive_key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())


def _day_info(tenant: str, day: str) -> bytes:
    return b"runvault day key 1" + describe_place(tenant, day)


def _encode(data: bytes) -> str:
    return b64encode(data).decode()
