"""Gas: what work costs, counted before it is done.

One unit is about 16 ns of CPU on the reference machine for small work, less for work in bulk; a plain transfer stays
below 21 000 (T4).
"""

from qos.machine.errors import OutOfGas

TX_BASE = 6_000
TX_BYTE = 4
SIGNATURE = 1_500
ETH_SIGNATURE = 2_100
ED25519_SIGNATURE = 4_300
AMINO_DOCUMENT = 1_500
AMINO_BYTE = 6
READ = 150
READ_BYTE = 1
WRITE = 1_200
WRITE_BYTE = 4
ERASE = 1_200
SCAN_STEP = 100
UNLIMITED = 2**62


class GasMeter:
    """Counts gas against a limit. Reading `used` never fails; consuming past the limit raises OutOfGas."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    @property
    def remaining(self) -> int:
        """Gas still to be had."""
        return max(self.limit - self.used, 0)

    def consume(self, amount: int) -> None:
        """Take gas. Raises: OutOfGas."""
        self.used += amount
        if self.used > self.limit:
            raise OutOfGas(self.limit, self.used)
