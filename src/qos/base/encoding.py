"""Byte encodings shared by trees, headers and keys: varints, zigzag, length prefixes, big-endian."""


def uvarint(value: int) -> bytes:
    """Encode a non-negative integer as an unsigned LEB128 varint."""
    if value < 0x80:
        return value.to_bytes(1, "big")
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint(value: int) -> bytes:
    """Encode a signed integer as a zigzag varint."""
    return uvarint(value << 1 if value >= 0 else (-value << 1) - 1)


def read_uvarint(data: bytes, offset: int = 0) -> tuple[int, int]:
    """Decode an unsigned varint of at most 64 bits at `offset`.

    Returns (value, offset behind it). Raises: ValueError on a cut, overlong or non-minimal varint.
    """
    end = len(data)
    if offset < end and data[offset] < 0x80:
        return data[offset], offset + 1
    if offset + 1 < end and 0 < data[offset + 1] < 0x80:  # most lengths of transactions and their parts
        return data[offset] & 0x7F | data[offset + 1] << 7, offset + 2
    value = shift = 0
    for index in range(offset, min(end, offset + 10)):
        byte = data[index]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if byte == 0 and index > offset:
                raise ValueError("non-minimal varint")
            if value >= 1 << 64:
                raise ValueError("varint exceeds 64 bits")
            return value, index + 1
        shift += 7
    raise ValueError("cut or overlong varint")


def length_prefixed(*fields: bytes) -> bytes:
    """Concatenate fields, each behind its length as a varint: no two field lists give equal bytes."""
    return b"".join(uvarint(len(field)) + field for field in fields)


def u64(value: int) -> bytes:
    """Encode as eight bytes big-endian, so that byte order is number order."""
    return value.to_bytes(8, "big")


def u32(value: int) -> bytes:
    """Encode as four bytes big-endian, so that byte order is number order."""
    return value.to_bytes(4, "big")
