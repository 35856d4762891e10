"""Typed, keyed, consistent tokens: the same value of a tenant gives the same token, and nobody without the key can
tell which value it was or whether two tenants share one.
"""

import hashlib
import os
import re
import stat
from collections.abc import Callable
from itertools import product
from pathlib import Path

import phonenumbers

from redaction.country_codes import read_international
from schema.errors import ConfigError

KEY_BYTES = 32
_MOST_KEYS = 1000
_LETTERS = "bcdfghjklmnpqrstvwxz"  # no vowels: no recogniser takes a token for a word, a number or a name
_THREE = ["".join(reversed(letters)) for letters in product(_LETTERS, repeat=3)]  # a token has four of these
_FORMS = len(_THREE)
_ALL_FORMS = _FORMS**4
_MOST_BEGUN = 10_000
_HEX_LETTERS = str.maketrans("0123456789", "ghijklmnop")


_NO_DIGITS = re.compile(r"\D")


def _digits(value: str) -> str:
    return _NO_DIGITS.sub("", value)


_NANP = re.compile(r"1?([2-9]\d{9})")


def normalise_phone(value: str) -> str:
    """The number in E.164 (`+12125550123`) however it was written; only its digits when it is no valid number."""
    digits = _digits(value)
    short = _NANP.fullmatch(digits)
    if short and (not value.lstrip().startswith("+") or len(digits) == 11) and value[-1:].isdigit():
        return f"+1{short.group(1)}"  # what the parser says, without its 14 µs
    if read_international(value) is not None:
        return f"+{digits}"
    try:
        number = phonenumbers.parse(value, "GB" if digits.startswith("0") else "US")
    except phonenumbers.NumberParseException:
        return digits
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _fold_email(value: str) -> str:
    return value.replace("%40", "@").casefold()


def _compact_upper(value: str) -> str:
    return re.sub(r"[ \-]", "", value).upper()


_NORMALISE: dict[str, Callable[[str], str]] = {
    "EMAIL_ADDRESS": _fold_email,
    "PHONE_NUMBER": normalise_phone,
    "CREDIT_CARD": _digits,
    "US_SSN": _digits,
    "US_ITIN": _digits,
    "IBAN_CODE": _compact_upper,
}


class Tokenizer:
    """Makes tokens and keyed hashes under a 32-byte master key; every tenant has a key of its own derived from it."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ConfigError(f"redaction key: expected {KEY_BYTES} bytes")
        self._key = key
        self._tenant_keys: dict[str, bytes] = {}
        self._begun: dict[tuple[str, str], hashlib.blake2b] = {}

    def tenant_key(self, tenant: str) -> bytes:
        """The tenant's sub-key, 32 bytes."""
        key = self._tenant_keys.get(tenant)
        if key is None:
            key = hashlib.blake2b(tenant.encode(), key=self._key, digest_size=KEY_BYTES, person=b"tenant").digest()
            self._tenant_keys[tenant] = key
        return key

    def make_token(self, tenant: str, entity: str, value: str) -> str:
        """`<EMAIL_ADDRESS_kvbqwrtzmnpd>`: the entity, and twelve letters over the value in its normal form."""
        normalise = _NORMALISE.get(entity)
        normal = normalise(value) if normalise else value
        begun = self._begun.get((tenant, entity))
        if begun is None:
            begun = self._begin(tenant, entity)
        state = begun.copy()
        state.update(normal.encode("utf-8", "replace"))
        rest, first = divmod(int.from_bytes(state.digest(), "big") % _ALL_FORMS, _FORMS)
        rest, second = divmod(rest, _FORMS)
        fourth, third = divmod(rest, _FORMS)
        return f"<{entity}_{_THREE[first]}{_THREE[second]}{_THREE[third]}{_THREE[fourth]}>"

    def _begin(self, tenant: str, entity: str) -> hashlib.blake2b:
        """BLAKE2b keyed, with the entity in it: a copy of that costs half of the whole."""
        begun = hashlib.blake2b(f"{entity}\0".encode(), key=self.tenant_key(tenant), digest_size=16)
        if len(self._begun) >= _MOST_BEGUN:
            self._begun.clear()
        self._begun[tenant, entity] = begun
        return begun

    def make_digest(self, tenant: str, value: str) -> str:
        """32 letters over the value as it was written: 128 bits, and no digit that another recogniser could take."""
        digest = self.keyed_hash(tenant, value)
        return digest.translate(_HEX_LETTERS)

    def keyed_hash(self, tenant: str, text: str) -> str:
        """32 hex digits over a text, for telling equal inputs apart from different ones."""
        data = text.encode("utf-8", "replace")
        return hashlib.blake2b(data, key=self.tenant_key(tenant), digest_size=16, person=b"hash").hexdigest()


def load_or_create_key(path: Path) -> bytes:
    """The newest key in `path`: the one that makes tokens. Made at first use; raises ConfigError as `load_keys`."""
    return load_keys(path)[0]


def load_keys(path: Path) -> tuple[bytes, ...]:
    """The keys in `path`, newest first. The file is made at first use: 32 random bytes, mode 0600, never half-written.

    Raises ConfigError when the file can be read by others, has another length or cannot be read or made.
    """
    try:
        return _read_keys(path) if path.exists() else _create_key(path)
    except OSError as error:
        raise ConfigError(f"redaction key {path}: {error.strerror}") from None


def rotate_key(path: Path) -> None:
    """Put a new key before those in `path`. Old ones are kept, so that old tokens can still be recognised.

    Raises ConfigError as `load_keys`.
    """
    old = load_keys(path)
    try:
        draft = _write_draft(path, os.urandom(KEY_BYTES) + b"".join(old))
        draft.replace(path)
    except OSError as error:
        raise ConfigError(f"redaction key {path}: {error.strerror}") from None


def _create_key(path: Path) -> tuple[bytes, ...]:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _write_draft(path, os.urandom(KEY_BYTES))
    try:
        os.link(draft, path)  # fails when another process was first: theirs is the key
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    return _read_keys(path)


def _write_draft(path: Path, content: bytes) -> Path:
    """A file beside `path` with the content, on disk, readable by nobody else."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _read_keys(path: Path) -> tuple[bytes, ...]:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"redaction key {path}: readable by others (mode {mode & 0o777:o}), expected 600")
        content = file.read(KEY_BYTES * _MOST_KEYS + 1)
    if not content or len(content) % KEY_BYTES or len(content) > KEY_BYTES * _MOST_KEYS:
        raise ConfigError(f"redaction key {path}: expected a multiple of {KEY_BYTES} bytes")
    return tuple(content[at : at + KEY_BYTES] for at in range(0, len(content), KEY_BYTES))
