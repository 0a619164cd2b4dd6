"""Keccak-256 as Ethereum has it: the padding of before SHA-3 became a standard."""

from Crypto.Hash import keccak


def keccak256(data: bytes) -> bytes:
    """Return the 32-byte digest."""
    return keccak.new(data=data, digest_bits=256).digest()
