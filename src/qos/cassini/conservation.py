"""Reading two chains so that what they say of each other's assets can be compared (Q13, R6).

They have no common clock: one is asked again until neither has received what the other has not sent yet.
"""

from qos.client.calls import Transport
from qos.client.queries import query
from qos.modules.crosschain.qcp.conservation import Comparison, compare
from qos.proto.records.qos_qcp_v1 import QueryLedgerRequest, QueryLedgerResponse, QueueState

MAX_READS = 8
"""How often the two are read in turn until they can be compared."""


async def compared(one: tuple[str, Transport], other: tuple[str, Transport]) -> Comparison:
    """Compare two chains; `incomparable` when they are strangers or move too fast.

    Raises: Refused, CallFailed, BadAnswer, Unreachable.
    """
    here, there = await _ledger(one, other), await _ledger(other, one)
    for _ in range(MAX_READS):
        if (there.queue or QueueState()).inbox > (here.queue or QueueState()).outbox:
            here = await _ledger(one, other)
        elif (here.queue or QueueState()).inbox > (there.queue or QueueState()).outbox:
            there = await _ledger(other, one)
        else:
            break
    return compare(here, there)


async def _ledger(chain: tuple[str, Transport], peer: tuple[str, Transport]) -> QueryLedgerResponse:
    return await chain[1].send(
        query("/qos.qcp.v1.Query/Ledger", QueryLedgerRequest(chain_id=peer[0]), QueryLedgerResponse)
    )
