"""Seals originals with a public key only: what seals cannot open.

    seal  = version u8 = 1, day u16 (since 1970), key id 8 bytes, wrapped data key 80 bytes, nonce 12 bytes, box
    box   = AES-256-GCM under the data key of the originals (schema/originals.py), packed by Zstandard, and its tag
            authenticated with it: all of the seal before the box, and the lengths and texts of the tenant, trace,
            span and record that it belongs to
    wrapped data key = HPKE (RFC 9180, base mode; X25519, HKDF-SHA256, AES-256-GCM) of 32 random bytes under the
            public key of the tenant and day, info "runvault seal 1", the tenant and the day

Numbers are little-endian. A data key is made for one batch of one tenant and forgotten with it.
"""

import os
import struct
from collections.abc import Sequence
from datetime import date, timedelta

import zstandard
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from schema.originals import SpanOriginals, encode_originals
from vault.seal_keys import PublicKeys, make_key_id

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
VERSION = 1
HEAD = struct.Struct("<BH8s80s12s")
TAG_BYTES = 16
DATA_KEY_BYTES = 32
_NONCE_BYTES = 12
_EPOCH = date(1970, 1, 1)
_PACKING_LEVEL = 3


def seal_spans(spans: Sequence[SpanOriginals], keys: PublicKeys, day: date) -> list[bytes]:
    """A seal for each span, for the tenant's key of `day`; empty where there is no such key."""
    boxes: dict[str, _Box | None] = {}
    packer = zstandard.ZstdCompressor(level=_PACKING_LEVEL)
    seals = []
    for span in spans:
        if span.tenant not in boxes:
            key = keys.find(span.tenant, day)
            boxes[span.tenant] = None if key is None else _Box(span.tenant, day, key)
        box = boxes[span.tenant]
        seals.append(b"" if box is None else box.seal(span, packer.compress(encode_originals(span.originals))))
    return seals


class _Box:
    """A data key of one tenant and day, and what goes before everything that is sealed with it."""

    def __init__(self, tenant: str, day: date, key: X25519PublicKey) -> None:
        data_key = os.urandom(DATA_KEY_BYTES)
        self._aes = AESGCM(data_key)
        self._head = (VERSION, count_days(day), make_key_id(key), SUITE.encrypt(data_key, key, wrap_info(tenant, day)))

    def seal(self, span: SpanOriginals, packed: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        head = HEAD.pack(*self._head, nonce)
        place = describe_place(span.tenant, span.trace_id, span.span_id, span.record_id)
        return head + self._aes.encrypt(nonce, packed, head + place)


def describe_place(*names: str) -> bytes:
    """What a seal belongs to, as bytes that no other place has."""
    return b"".join(struct.pack("<I", len(name)) + name for name in (text.encode("utf-8", "replace") for text in names))


def wrap_info(tenant: str, day: date) -> bytes:
    """What a wrapped data key is bound to."""
    return b"runvault seal 1" + describe_place(tenant, day.isoformat())


def count_days(day: date) -> int:
    """Days since 1970."""
    return (day - _EPOCH).days


def find_day(days: int) -> date:
    """The day so many days after 1970."""
    return _EPOCH + timedelta(days=days)
