"""API keys: what one is, how its secret is made, and how it is told from a wrong one.

A key reads `rv_<id>_<secret>`: an id of 10 letters and digits that may be shown (it stands in the audit trail), and
256 random bits. Only SHA-256 of the secret is kept. A slow hash such as scrypt protects passwords, which can be
guessed; 256 random bits cannot, and every request would pay for it.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from schema.errors import Unauthenticated
from vault.caller import Caller, Role

PREFIX = "rv_"
SECRET_BYTES = 32
_KEY = re.compile(r"rv_([a-z2-7]{10})_([A-Za-z0-9_-]{43})")
_NOBODY = "0" * 64


@dataclass(frozen=True, slots=True)
class Key:
    """One key, without its secret. Times in seconds since 1970; a limit of 0 is none; `environment` "" is any."""

    id: str
    hash: str
    tenant: str
    environment: str
    roles: frozenset[Role]
    name: str = ""
    spans_per_second: int = 0
    bytes_per_day: int = 0
    created_at: int = 0
    expires_at: int | None = None
    revoked_at: int | None = None

    def make_caller(self, address: str) -> Caller:
        """The caller that holds this key."""
        return Caller(self.id, self.tenant, self.environment, self.roles, address)


def make_key(key: Key) -> tuple[Key, str]:
    """The key with a new id and secret, and its text, which is shown once and kept nowhere."""
    key_id = base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return replace(key, id=key_id, hash=hash_secret(secret)), f"{PREFIX}{key_id}_{secret}"


def hash_secret(secret: str) -> str:
    """What is kept of a secret: SHA-256, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split_key(text: str) -> tuple[str, str] | None:
    """Id and secret of a key's text; None when it does not look like a key."""
    match = _KEY.fullmatch(text)
    return (match[1], match[2]) if match else None


def find_key(keys: dict[str, Key], text: str, now: float) -> Key:
    """The key that this text is. Raises Unauthenticated when it is none of `keys`, expired or revoked.

    The secret is compared in constant time, and an id that is not there takes as long as one that is.
    """
    parts = split_key(text)
    if parts is None:
        raise Unauthenticated("the key is not one of this service")
    key = keys.get(parts[0])
    matches = hmac.compare_digest(hash_secret(parts[1]), key.hash if key else _NOBODY)
    if key is None or not matches:
        raise Unauthenticated("the key is not one of this service")
    if key.revoked_at is not None:
        raise Unauthenticated("the key was revoked")
    if key.expires_at is not None and now >= key.expires_at:
        raise Unauthenticated(f"the key expired on {format_day(key.expires_at)}")
    return key


def read_bearer(header: str | None) -> str:
    """The key in an `Authorization` header (RFC 6750). Raises Unauthenticated without one."""
    scheme, _, text = (header or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Unauthenticated("a key is needed: Authorization: Bearer rv_…")
    return text.strip()


def format_day(seconds: int) -> str:
    """A date and time to the second, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
