"""Reading DER (X.690) strictly: definite lengths in their shortest form, nothing left over.

Only what certificates hold. Nothing here recurses: the reader of a structure walks its fixed shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from qos.base.errors import ErrorCode, RuleViolation

INTEGER, BIT_STRING, OCTET_STRING, OID, UTF8, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x06, 0x0C, 0x30, 0x31
BOOLEAN, UTC_TIME, GENERALIZED_TIME = 0x01, 0x17, 0x18
_TRUE = b"\xff"
_LONG_FORM = 0x80
_MAX_LENGTH_BYTES = 2


class BadDer(RuleViolation):
    """Bytes are not the one encoding DER allows."""

    code = ErrorCode("crypto", 2)


@dataclass(frozen=True, slots=True)
class Element:
    """One value: its tag, its content, and both with the length between, as hashed and signed."""

    tag: int
    content: bytes
    encoded: bytes


def _read(data: bytes, offset: int) -> tuple[Element, int]:
    if len(data) < offset + 2:
        raise BadDer("the encoding is cut")
    tag, length, start = data[offset], data[offset + 1], offset + 2
    if length >= _LONG_FORM:
        count = length - _LONG_FORM
        length = int.from_bytes(data[start : start + count], "big")
        start += count
        # The short form and leading zeros would be a second way to say the same.
        if not 0 < count <= _MAX_LENGTH_BYTES or length < (_LONG_FORM if count == 1 else 1 << 8 * (count - 1)):
            raise BadDer("a length is not in its shortest form, or longer than 65 535")
    end = start + length
    if end > len(data):
        raise BadDer("the encoding is cut")
    return Element(tag, data[start:end], data[offset:end]), end


def whole(data: bytes, tag: int) -> Element:
    """Return the one value that is all of the bytes. Raises: BadDer."""
    element, end = _read(data, 0)
    if end != len(data) or element.tag != tag:
        raise BadDer(f"expected a value of tag {tag:#04x} and nothing behind it")
    return element


def values(content: bytes) -> Iterator[Element]:
    """Yield the values a content is made of. Raises: BadDer."""
    offset = 0
    while offset < len(content):
        element, offset = _read(content, offset)
        yield element


def exactly(content: bytes, *tags: int) -> tuple[Element, ...]:
    """Return the values of a content that holds just these tags, in order. Raises: BadDer."""
    found = tuple(values(content))
    if tuple([each.tag for each in found]) != tags:
        raise BadDer(f"expected tags {[hex(tag) for tag in tags]}, found {[hex(each.tag) for each in found[:16]]}")
    return found


def several(content: bytes, least: int, most: int) -> tuple[Element, ...]:
    """Return the values of a content that holds so many of them, of any tag. Raises: BadDer."""
    found = tuple(values(content))
    if not least <= len(found) <= most:
        raise BadDer(f"expected {least} to {most} values, found {len(found)}")
    return found


def integer(element: Element) -> int:
    """Return a number that is not negative. Raises: BadDer."""
    content = element.content
    if element.tag != INTEGER or not content or content[0] >= 0x80:
        raise BadDer("expected a number that is not negative")
    if len(content) > 1 and content[0] == 0 and content[1] < 0x80:
        raise BadDer("a number has a zero too many in front")
    return int.from_bytes(content, "big")


def truth(element: Element) -> bool:
    """Return TRUE, the only boolean that is written where FALSE is the default. Raises: BadDer."""
    if element.tag != BOOLEAN or element.content != _TRUE:
        raise BadDer("expected TRUE")
    return True


def bits(element: Element) -> bytes:
    """Return a bit string of whole bytes. Raises: BadDer."""
    if element.tag != BIT_STRING or element.content[:1] != b"\x00":
        raise BadDer("expected a bit string of whole bytes")
    return element.content[1:]


def flags(element: Element) -> frozenset[int]:
    """Return the positions set in a named bit list of at most nine; its last bit is set. Raises: BadDer."""
    content = element.content
    if element.tag != BIT_STRING or not 2 <= len(content) <= 3:
        raise BadDer("expected a short list of bits")
    unused, value = content[0], int.from_bytes(content[1:], "big")
    width = 8 * (len(content) - 1)
    if unused > 7 or value & ((2 << unused) - 1) != 1 << unused:
        raise BadDer("a list of bits does not end with its last one")
    return frozenset([at for at in range(width) if value >> (width - 1 - at) & 1])


def text(element: Element, most: int) -> str:
    """Return a UTF-8 text of 1 to `most` printable characters. Raises: BadDer."""
    try:
        found = element.content.decode()
    except UnicodeDecodeError:
        raise BadDer("a text is no UTF-8") from None
    if element.tag != UTF8 or not 0 < len(found) <= most or not found.isprintable():
        raise BadDer(f"expected a UTF8String of 1 to {most} printable characters")
    return found
