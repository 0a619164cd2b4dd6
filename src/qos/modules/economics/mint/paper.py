"""The issuance of the whitepaper (2.1): 51 % of 10^10 QOS in seven phases of four years."""

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.proto.records.qos_mint_v1 import Phase

PHASE_S = 4 * 365 * 86_400
"""Four years of 365 days."""

PHASE_TOTALS = (
    2_550_000_000 * E18,
    1_275_000_000 * E18,
    637_500_000 * E18,
    318_750_000 * E18,
    159_375_000 * E18,
    79_687_500 * E18,
    79_687_500 * E18,
)
"""In aqos: half of the phase before, the last two alike."""

GENESIS_SUPPLY = 4_900_000_000 * E18
"""What exists before the first block, 49 %."""


def paper_phases(genesis_ns: int) -> tuple[Phase, ...]:
    """Return the seven phases from a genesis time on, nothing of them minted."""
    return tuple(
        [
            Phase(endtime=genesis_ns + number * PHASE_S * SECOND_NS, total_amount=total)
            for number, total in enumerate(PHASE_TOTALS, 1)
        ]
    )
