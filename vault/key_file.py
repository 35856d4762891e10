"""The file of API keys, `keys/api-keys.json` in the data directory: written by the command line, read by collectors
and the API, which notice each change. A collector has no database, so a file is what they all can read.

    keys/api-keys.json    every key ever made, without secrets; revoked ones stay, so that an audit entry has a name
    keys/used/<id>        an empty file; its time is that of the key's last use, to the minute
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from schema.errors import Forbidden, KeyFileError, Unauthenticated
from vault.caller import Caller, Role, make_keyless_caller
from vault.files import hold_lock, replace_file
from vault.keys import Key, find_key, read_bearer

FORMAT = 1
NAME = "api-keys.json"
USED_EVERY_S = 60.0
Keys = dict[str, Key]


def key_file(data_dir: Path) -> Path:
    """Where the keys of a data directory are."""
    return data_dir / "keys" / NAME


def read_keys(path: Path) -> Keys:
    """All keys by id; none when there is no file. Raises KeyFileError."""
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            raise KeyFileError(f"{path}: a newer Runvault wrote this")
        return {entry["id"]: _decode_key(entry) for entry in document["keys"]}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise KeyFileError(f"{path}: not a file of keys") from error


@contextmanager
def change_keys(path: Path) -> Iterator[Keys]:
    """The keys, to be changed in place; they are written when the block ends well. Raises KeyFileError."""
    try:
        with hold_lock(path.with_suffix(".lock")):
            keys = read_keys(path)
            yield keys
            document = {"format": FORMAT, "keys": [_encode_key(key) for key in keys.values()]}
            replace_file(path, json.dumps(document, indent=1).encode())
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from error


def read_last_used(path: Path) -> dict[str, float]:
    """Key id → time of its last use, seconds since 1970."""
    folder = path.parent / "used"
    if not folder.is_dir():
        return {}
    return {entry.name: entry.stat().st_mtime for entry in folder.iterdir()}


class KeyRing:
    """The keys as one process sees them: always those of the file as it is now.

    Without any key, who asks on loopback may do everything in the default tenant; elsewhere nobody may anything.
    """

    def __init__(
        self, path: Path, loopback: bool = True, default_tenant: str = "default", clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._loopback = loopback
        self._default_tenant = default_tenant
        self._clock = clock
        self._keys: Keys = {}
        self._seen: tuple[int, int, int] | None = None
        self._used: dict[str, float] = {}

    def identify(self, header: str | None, address: str, *needed: Role) -> Caller:
        """The caller of a request with this `Authorization` header, who must have one of the roles `needed`.

        Raises Unauthenticated, Forbidden, KeyFileError.
        """
        return require_role(self.recognise(header, address)[0], *needed)

    def recognise(self, header: str | None, address: str) -> tuple[Caller, Key | None]:
        """The caller and its key; no key where none is needed. Raises Unauthenticated, KeyFileError."""
        had_keys = bool(self._keys)
        keys = self._refresh()
        if had_keys and not keys:
            raise KeyFileError(f"{self._path}: its keys are gone")
        if not keys:
            if not self._loopback:
                raise Unauthenticated("no key was made yet: runvault keys create")
            return make_keyless_caller(address, self._default_tenant), None
        now = self._clock()
        key = find_key(keys, read_bearer(header), now)
        self._note_use(key.id, now)
        return key.make_caller(address), key

    def _refresh(self) -> Keys:
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return {}  # what was read before stays, so that a file which vanishes does not open the door
        except OSError as error:
            raise KeyFileError(f"{self._path}: {error.strerror}") from error
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            keys = read_keys(self._path)
            if self._keys and not keys:
                return {}
            self._keys, self._seen = keys, seen
        return self._keys

    def _note_use(self, key_id: str, now: float) -> None:
        """Note the use, once a minute. A disk that cannot take it keeps nobody out."""
        if now - self._used.get(key_id, 0.0) < USED_EVERY_S:
            return
        self._used[key_id] = now
        folder = self._path.parent / "used"
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
            (folder / key_id).touch(0o600)
        except OSError:
            return


def require_role(caller: Caller, *needed: Role) -> Caller:
    """The caller, if it has one of these roles. Raises Forbidden."""
    if needed and not caller.roles.intersection(needed):
        raise Forbidden(f"the key lacks the role {' or '.join(needed)}")
    return caller


def _encode_key(key: Key) -> dict[str, Any]:
    return {**asdict(key), "roles": sorted(key.roles)}


def _decode_key(entry: dict[str, Any]) -> Key:
    return Key(**{**entry, "roles": frozenset(Role(role) for role in entry["roles"])})
