"""Is an exported audit trail whole? Needs nothing but Python's standard library, so that a copy of this file verifies
an export anywhere.

Every entry holds the hash of the entry before it in its chain. The hash is SHA-256 over a JSON array (ASCII, no
spaces) of the format's number and the entry's fields, in the order of FIELDS, without the hash itself.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

FORMAT = 1
FIELDS = (
    "chain",
    "seq",
    "at",
    "tenant",
    "environment",
    "key_id",
    "address",
    "action",
    "object",
    "reason",
    "detail",
    "previous",
)
FIRST_PREVIOUS = "0" * 64
"""What the first entry of a chain names as the hash before it."""


def hash_entry(entry: Mapping[str, Any]) -> str:
    """SHA-256 of an entry, in hex."""
    content = json.dumps([FORMAT, *(entry[name] for name in FIELDS)], separators=(",", ":"))
    return hashlib.sha256(content.encode("ascii")).hexdigest()


def encode_line(entry: Mapping[str, Any]) -> bytes:
    """One line of JSON."""
    return json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n"
