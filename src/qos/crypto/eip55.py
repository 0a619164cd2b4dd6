"""Addresses in hex, with Ethereum's checksum in the case of the letters (EIP-55, protocol T1)."""

import re

from qos.base.identifiers import Address, BadAddress
from qos.crypto.keccak import keccak256

_HEX = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def format_hex(address: Address) -> str:
    """Write an address in hex: a letter is a capital where the hash of the plain text has a digit of 8 or more."""
    plain = address.hex()
    marks = keccak256(plain.encode()).hex()
    return "0x" + "".join(
        letter.upper() if int(mark, 16) >= 8 else letter
        for letter, mark in zip(plain, marks[: len(plain)], strict=True)
    )


def parse(text: str) -> Address:
    """Read an address in hex; letters of both cases must carry the checksum. Raises: BadAddress."""
    if _HEX.fullmatch(text) is None:
        raise BadAddress(f"{text[:100]!r} is not an address in hex: 0x and 40 digits")
    address = Address(bytes.fromhex(text[2:]))
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and text != format_hex(address):
        raise BadAddress(f"{text} has a wrong checksum: a letter was mistyped")
    return address
