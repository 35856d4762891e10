"""One file per family of values; each says what it looks like and where a match is no such value."""

from redaction.recognizers import accounts, addresses, api_keys, blobs, credentials, email, names, network, numbers
from redaction.recognizers.kind import Kind

KINDS: dict[str, Kind] = {
    kind.entity: kind
    for module in (email, numbers, accounts, network, api_keys, blobs, credentials, names, addresses)
    for kind in module.KINDS
}
"""Kinds with hand-written anchors, by entity. Presidio's other recognisers are in `recognizers/stock.py`."""
