"""What stops an engine, and what it refuses to do."""

from qos.base.errors import QosError


class EngineError(QosError):
    """Root of the engine's errors. They stop the node; nothing after them was committed."""


class HandshakeRefused(EngineError):
    """Block store, application and genesis do not belong together; the message says which side is wrong."""


class ReplayDiverged(EngineError):
    """Executing a stored block again gave something else than the first time."""

    def __init__(self, height: int, what: str, stored: bytes, found: bytes) -> None:
        super().__init__(
            f"replaying block {height} gives another {what}: stored {stored.hex()}, now {found.hex()}; "
            "the application changed or its data is not of this chain"
        )
        self.height = height


class NotEnoughPower(EngineError):
    """The local validator keys hold no more than two thirds of the voting power, so no block can be final."""

    def __init__(self, height: int, local_power: int, total_power: int) -> None:
        super().__init__(
            f"block {height} cannot be final: local keys hold {local_power} of {total_power} voting power, "
            "more than two thirds are needed; give the missing validator keys"
        )


class DoubleSignRefused(EngineError):
    """A validator key signed this height, or a later one, for another block before."""

    def __init__(self, height: int, block_hash: bytes, signed_height: int, signed_hash: bytes) -> None:
        super().__init__(
            f"refusing to sign block {block_hash.hex()} at height {height}: these keys signed "
            f"{signed_hash.hex()} at height {signed_height}; the block store was reset or restored from an older copy"
        )
