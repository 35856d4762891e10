"""The public keys of tenants and days, as the opener publishes them in a file. All that a collector needs to seal.

{"format": 1, "tenants": {tenant: {"2026-11-21": public key in base64, …}, …}}
"""

import hashlib
import json
import logging
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from schema.errors import ConfigError
from vault.files import replace_file

FORMAT = 1
KEY_ID_BYTES = 8
Days = Mapping[str, bytes]

log = logging.getLogger("runvault.vault")


class PublicKeys:
    """The file, read again when it changes. Safe to use from several threads.

    A file that is not there holds no keys. One that cannot be read leaves what was read before.
    """

    def __init__(self, path: Path, look_s: float = 1.0) -> None:
        self._path = path
        self._look_s = look_s
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._state: tuple[int, ...] = ()
        self._tenants: Mapping[str, Days] = {}

    @property
    def is_set_up(self) -> bool:
        """Whether there are keys of anybody."""
        self.list_days("")
        return bool(self._tenants)

    def find(self, tenant: str, day: date) -> X25519PublicKey | None:
        """The public key of a tenant and day."""
        key = self.list_days(tenant).get(day.isoformat())
        return None if key is None else X25519PublicKey.from_public_bytes(key)

    def list_days(self, tenant: str) -> Days:
        """Day → public key of a tenant."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= self._look_s:
                self._looked = now
                self._refresh()
            return self._tenants.get(tenant, {})

    def list_tenants(self) -> list[str]:
        """Tenants that have keys."""
        self.list_days("")
        return sorted(self._tenants)

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
            if state != self._state:
                self._tenants = read_public_keys(self._path)
                self._state = state
        except FileNotFoundError:
            self._tenants, self._state = {}, ()
        except (OSError, ConfigError) as error:
            log.error("public keys of seals cannot be read, those read before stand error=%s", type(error).__name__)


def read_public_keys(path: Path) -> dict[str, dict[str, bytes]]:
    """Tenant → day → public key. Raises ConfigError, OSError."""
    try:
        document: Any = json.loads(path.read_bytes())
        if document["format"] != FORMAT:
            raise ConfigError(f"{path}: format {document['format']}; this program reads {FORMAT}")
        return {
            tenant: {str(date.fromisoformat(day)): _read_key(key) for day, key in days.items()}
            for tenant, days in document["tenants"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(f"{path}: not a file of public keys") from None


def write_public_keys(path: Path, tenants: Mapping[str, Days]) -> None:
    """Write the file; whoever reads sees the old or the new one whole. Raises OSError."""
    encoded = {
        tenant: {day: b64encode(key).decode() for day, key in sorted(days.items())}
        for tenant, days in sorted(tenants.items())
        if days
    }
    text = json.dumps({"format": FORMAT, "tenants": encoded}, indent=1) + "\n"
    replace_file(path, text.encode(), 0o644)


def make_key_id(key: X25519PublicKey) -> bytes:
    """By which a seal names the key it was made for."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:KEY_ID_BYTES]


def _read_key(text: str) -> bytes:
    key = b64decode(text, validate=True)
    X25519PublicKey.from_public_bytes(key)
    return key
