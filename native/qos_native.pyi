"""The part of QOS that is not Python: what a block does to the state tree, and the hashes of it."""

def sha256(data: bytes) -> bytes:
    """Return the SHA-256 of `data`: 32 bytes."""
