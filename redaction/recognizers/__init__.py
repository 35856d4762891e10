"""One file per family of values; each says what it looks like and where a match is no such value."""

from redaction.recognizers import (
    accounts,
    addresses,
    api_keys,
    blobs,
    credentials,
    email,
    name_keys,
    name_pairs,
    names,
    network,
    numbers,
)
from redaction.recognizers.kind import Kind

_MODULES = (email, numbers, accounts, network, api_keys, blobs, credentials, names, name_pairs, name_keys, addresses)
_ALL: tuple[Kind, ...] = tuple(kind for module in _MODULES for kind in module.KINDS)
KINDS: dict[str, tuple[Kind, ...]] = {
    entity: tuple(kind for kind in _ALL if kind.entity == entity)
    for entity in dict.fromkeys(one.entity for one in _ALL)
}
"""Kinds with hand-written anchors, by entity. Presidio's other recognisers are in `recognizers/stock.py`."""
