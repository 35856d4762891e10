"""Signed heads: what a chain's newest entry was, and when, in a directory that the database's administrator cannot
write.

    <heads>/<chain>.jsonl    heads, one JSON line each, appended
    <heads>/<chain>.pub      the chain's public key, 64 hex digits

The private key stays in the data directory, with whoever writes entries. A head is signed at intervals, and at the last
entry of every day, so that whole months can expire from the chain's beginning and its rest still hangs on something.
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schema.errors import AuditError
from vault.audit_check import encode_line, head_message
from vault.entry import Entry
from vault.files import cut_tail, make_directory, replace_file

Head = dict[str, Any]


class HeadSigner:
    """Signs heads with the key in `key_file`, made at first use, and appends them in `directory`."""

    def __init__(self, key_file: Path, directory: Path) -> None:
        self._key_file = key_file
        self._directory = directory
        self._key: Ed25519PrivateKey | None = None
        self._signed: dict[str, int] = {}

    def last_signed(self, chain: str) -> int:
        """Number of the newest entry with a head. Raises AuditError."""
        if chain not in self._signed:
            self._signed[chain] = max((int(head["seq"]) for head in read_heads(self._directory, chain)), default=0)
        return self._signed[chain]

    def sign(self, entries: Sequence[Entry]) -> int:
        """Sign the last of each day among these entries, which follow the last signed one, and the last of all.

        The number of heads. Raises AuditError.
        """
        if not entries:
            return 0
        chosen = [one for one, after in pairwise(entries) if one.at[:10] != after.at[:10]]
        chosen.append(entries[-1])
        chain = entries[-1].chain
        try:
            self._publish(chain)
            self._append(chain, b"".join(encode_line(self._make_head(entry)) for entry in chosen))
        except OSError as error:
            raise AuditError(f"signed heads cannot be written: {error.strerror}") from error
        self._signed[chain] = entries[-1].seq
        return len(chosen)

    def _make_head(self, entry: Entry) -> Head:
        signed_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        head: Head = {
            "chain": entry.chain,
            "seq": entry.seq,
            "hash": entry.hash,
            "at": entry.at,
            "signed_at": signed_at,
        }
        return {**head, "signature": self._load_key().sign(head_message(head)).hex()}

    def _load_key(self) -> Ed25519PrivateKey:
        if self._key is None:
            if not self._key_file.exists():
                replace_file(self._key_file, os.urandom(32))
            self._key = Ed25519PrivateKey.from_private_bytes(self._key_file.read_bytes())
        return self._key

    def _publish(self, chain: str) -> None:
        """The public key beside the heads, unless there is one: a changed key must be noticed, not replaced."""
        make_directory(self._directory)
        path = self._directory / f"{chain}.pub"
        if not path.exists():
            replace_file(path, self._load_key().public_key().public_bytes_raw().hex().encode() + b"\n", 0o644)

    def _append(self, chain: str, lines: bytes) -> None:
        path = self._directory / f"{chain}.jsonl"
        cut_tail(path)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(file, lines)
            os.fsync(file)
        finally:
            os.close(file)


def list_chains(directory: Path) -> list[str]:
    """Chains that have heads in a directory."""
    return sorted(path.stem for path in directory.glob("*.jsonl"))


def read_heads(directory: Path, chain: str) -> list[Head]:
    """The heads of a chain, whether rightly signed or not; a line that is none counts as one without a signature.

    Raises AuditError.
    """
    try:
        lines = (directory / f"{chain}.jsonl").read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AuditError(f"signed heads cannot be read: {error.strerror}") from error
    return [_parse_head(line, chain) for line in lines if line]


def read_public_key(directory: Path, chain: str) -> bytes | None:
    """The public key of a chain, if it lies beside its heads."""
    try:
        return bytes.fromhex((directory / f"{chain}.pub").read_text("ascii").strip())
    except (OSError, ValueError):
        return None


def _parse_head(line: bytes, chain: str) -> Head:
    try:
        head = json.loads(line)
        return {**head, "seq": int(head["seq"])}
    except (ValueError, KeyError, TypeError):
        return {"chain": chain, "seq": 0, "hash": "", "at": "", "signed_at": "", "signature": ""}
