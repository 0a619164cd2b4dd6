"""Ed25519 verification by ZIP-215, the rule CometBFT's engine checks votes with.

It accepts a few signatures the strict rule refuses: coordinates not reduced, points with a part of small order.
Used only to tell such a vote from a forged one after the strict check failed; nothing is ever counted because of
it. Slow (milliseconds) and not constant in time: it sees public data only.
"""

from hashlib import sha512
from typing import Final

from qos.crypto.errors import BadSignature

_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_1: Final = pow(2, (_P - 1) >> 2, _P)
_Point = tuple[int, int, int, int]
_ZERO: Final[_Point] = (0, 1, 1, 0)


def _decode(data: bytes) -> _Point:
    """Read a point in extended coordinates; y may be unreduced, x = 0 may have a sign. Raises: BadSignature."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (1 << 255) - 1) % _P
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) >> 3, _P) % _P
    square = v * x * x % _P
    if square == -u % _P:
        x = x * _SQRT_MINUS_1 % _P
    elif square != u:
        raise BadSignature("not a point of edwards25519")
    if x & 1 != sign:
        x = -x % _P
    return x, y, 1, x * y % _P


def _add(left: _Point, right: _Point) -> _Point:
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a, b = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    c, d = 2 * t1 * t2 * _D % _P, 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    result = _ZERO
    for bit in bin(scalar)[2:]:
        result = _add(result, result)
        if bit == "1":
            result = _add(result, point)
    return result


_BASE: Final = _decode((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Check 8 s B = 8 R + 8 h A with s below the group's order. Raises: BadSignature."""
    if len(public_key) != 32 or len(signature) != 64:
        raise BadSignature("an ed25519 key has 32 bytes and a signature 64")
    key, commitment = _decode(public_key), _decode(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= _ORDER:
        raise BadSignature("s of the signature is not below the order of the group")
    challenge = int.from_bytes(sha512(signature[:32] + public_key + message).digest(), "little") % _ORDER
    x, y, z, t = _add(commitment, _times(challenge, key))
    difference = _times(8, _add(_times(scalar, _BASE), (-x % _P, y, z, -t % _P)))
    if difference[0] != 0 or difference[1] != difference[2]:
        raise BadSignature("the ed25519 signature does not match")
