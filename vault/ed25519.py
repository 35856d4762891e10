"""Ed25519 verification (RFC 8032, 5.1.7) with the standard library alone. It sees public values only, so its time may
depend on them; about 10 ms. Signing is `cryptography`'s (`vault/audit_heads.py`)."""

import hashlib

_P = 2**255 - 19
_Q = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
Point = tuple[int, int, int, int]


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the key's signature of the message."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, point = _read_point(public_key), _read_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or point is None or scalar >= _Q:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % _Q
    left, right = _multiply(scalar, _BASE), _add(point, _multiply(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (left[1] * right[2] - right[1] * left[2]) % _P == 0


def _add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % _P, (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _read_point(data: bytes) -> Point | None:
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    return None if y >= _P else _recover(y, sign)


def _recover(y: int, sign: int) -> Point | None:
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (not x and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_base = _recover(4 * pow(5, _P - 2, _P) % _P, 0)
assert _base is not None
_BASE: Point = _base
