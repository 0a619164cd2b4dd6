"""Names of things on chain: addresses, chain ids, denominations (protocol section 2, rules T1 and N3)."""

import re
from functools import lru_cache
from hashlib import sha256
from typing import NewType

from qos.base import bech32

Address = NewType("Address", bytes)
"""20 bytes that name an account; also the bytes behind validator and consensus addresses."""

ACCOUNT_PREFIX = "qos"
VALIDATOR_PREFIX = "qosvaloper"
CONSENSUS_PREFIX = "qosvalcons"
ADDRESS_LENGTH = 20
BASE_DENOM = "aqos"

TEXTS_KEPT = 16_384

_CHAIN_ID = re.compile(r"[a-z][a-z0-9-]{2,31}", re.ASCII)
_DENOM = re.compile(r"[a-zA-Z][a-zA-Z0-9/:._-]{2,127}", re.ASCII)


_texts: dict[tuple[bytes, str], str] = {}
"""Texts that were read and not written yet: who is paid is named in the event soon, and an address has one text."""


class BadAddress(ValueError):
    """The text names no address of the wanted kind."""


@lru_cache(maxsize=65_536)
def parse_address(text: str, prefix: str = ACCOUNT_PREFIX) -> Address:
    """Read a bech32 address in lower case. Raises: BadAddress naming what is wrong."""
    try:
        found, data = bech32.decode(text)
    except bech32.BadBech32 as error:
        raise BadAddress(f"{text[:100]!r} is not a bech32 address: {error}") from None
    if found != prefix:
        raise BadAddress(f"address has prefix {found!r}, expected {prefix!r}")
    if len(data) != ADDRESS_LENGTH or text != text.lower():
        raise BadAddress(f"address must be {ADDRESS_LENGTH} bytes in lower case")
    if len(_texts) >= TEXTS_KEPT:
        _texts.clear()
    _texts[data, prefix] = text
    return Address(data)


@lru_cache(maxsize=65_536)
def format_address(address: Address, prefix: str = ACCOUNT_PREFIX) -> str:
    """Write an address as bech32."""
    return _texts.pop((address, prefix), "") or bech32.encode(prefix, address)


def module_address(name: str) -> Address:
    """Return the address of a module account: no key leads to it (first 20 bytes of SHA-256 of its name)."""
    return Address(sha256(name.encode()).digest()[:ADDRESS_LENGTH])


def is_chain_id(text: str) -> bool:
    """Tell whether the text is a chain id (N3)."""
    return _CHAIN_ID.fullmatch(text) is not None


def is_denom(text: str) -> bool:
    """Tell whether the text may name an asset."""
    return _DENOM.fullmatch(text) is not None
