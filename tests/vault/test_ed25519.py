"""Verification against the vectors of RFC 8032, 7.1, and against another implementation's signatures."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault.ed25519 import verify_signature

# https://www.rfc-editor.org/rfc/rfc8032#section-7.1: tests 1, 2 and 3 (public key, message, signature)
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_standards_vectors(key: str, message: str, signature: str) -> None:
    public, said, signed = (bytes.fromhex(text) for text in (key, message, signature))
    assert verify_signature(public, said, signed)
    assert not verify_signature(public, said + b"x", signed)
    for place in (0, 31, 32, 63):
        broken = bytearray(signed)
        broken[place] ^= 1
        assert not verify_signature(public, said, bytes(broken))
    other = bytes.fromhex(VECTORS[0][0] if key != VECTORS[0][0] else VECTORS[1][0])
    assert not verify_signature(other, said, signed)
    assert not verify_signature(public, said, signed[:-1])
    assert not verify_signature(public[:-1], said, signed)
    assert not verify_signature(b"\xff" * 32, said, signed)


def test_a_signature_with_its_scalar_beyond_the_order_is_refused() -> None:
    public, said, signed = (bytes.fromhex(text) for text in VECTORS[1])
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signed[32:], "little") + order
    assert not verify_signature(public, said, signed[:32] + scalar.to_bytes(32, "little"))  # 5.1.7: malleability


def test_what_another_implementation_signs() -> None:
    for number in range(20):
        key = Ed25519PrivateKey.generate()
        message = bytes([number]) * number * 7
        assert verify_signature(key.public_key().public_bytes_raw(), message, key.sign(message))
