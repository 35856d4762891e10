"""What goes with an export of the audit trail: the heads it is held against, and the program that does it."""

import importlib.util
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from vault.audit_heads import Head, list_chains, read_heads, read_public_key

VERIFIER = "audit_check.py"
_IMPORT = "from vault.ed25519 import verify_signature\n"


def build_verifier() -> str:
    """`audit_check.py` with `ed25519.py` in it: one file that runs with Python alone."""
    check, ed25519 = (_read_source(name) for name in ("vault.audit_check", "vault.ed25519"))
    if check.count(_IMPORT) != 1:
        raise ValueError("audit_check.py does not import the signature check as it did")
    return check.replace(_IMPORT, ed25519)


def read_exported_heads(directory: Path) -> tuple[list[Head], dict[str, str]]:
    """The last head of each day and chain, and each chain's public key in hex. Raises AuditError."""
    chains = list_chains(directory)
    heads = [head for chain in chains for head in _thin(read_heads(directory, chain))]
    keys = {chain: key.hex() for chain in chains if (key := read_public_key(directory, chain))}
    return heads, keys


def _thin(heads: Sequence[Head]) -> list[Head]:
    """One head vouches for all before it, so a day's last is enough."""
    return [list(day)[-1] for _date, day in groupby(heads, key=lambda head: head["at"][:10])]


def _read_source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text("utf-8")
