"""Whether abroad there is never more of an asset than home has set aside for it (Q13, R6).

Two chains have no common clock, so their states are compared at a consistent cut: neither has received what the other
has not sent yet. There, what circulates is at most what is confirmed out plus what is on its way.
"""

from dataclasses import dataclass

from qos.client.calls import Transport
from qos.client.node import abci_query
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.proto.codec import decode_lenient, encode
from qos.proto.records.qos_qcp_v1 import QueryCustodyRequest, QueryCustodyResponse, QueueState

MAX_READS = 8
"""How often the two are read in turn until the cut is consistent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """One chain's side at a height."""

    chain_id: str
    height: int
    outbox: int
    inbox: int
    shown: QueryCustodyResponse

    @property
    def set_aside(self) -> dict[str, int]:
        """Return what is set aside for the peer, by asset."""
        found: dict[str, int] = {}
        for coin in (*self.shown.out, *self.shown.pending):
            found[coin.denom] = found.get(coin.denom, 0) + coin.amount
        return found

    @property
    def circulating(self) -> dict[str, int]:
        """Return what circulates of the peer's assets, by the name they have there."""
        found: dict[str, int] = {}
        for each in self.shown.circulating:
            if each.voucher is not None and each.amount:
                *rest, _ = each.voucher.path
                home = voucher_denom(tuple(rest), each.voucher.base_denom) if rest else each.voucher.base_denom
                found[home] = found.get(home, 0) + each.amount
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetBalance:
    """An asset of `home` as it stands with `abroad`; `gap` is what circulates there without being set aside."""

    home: str
    abroad: str
    denom: str
    set_aside: int
    circulating: int

    @property
    def gap(self) -> int:
        """Return what is missing, 0 when nothing is."""
        return max(self.circulating - self.set_aside, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Both chains at a consistent cut."""

    one: Custody
    other: Custody

    def balances(self) -> tuple[AssetBalance, ...]:
        """Return every asset of each that is abroad at the other, gaps first."""
        found = [*_balances(self.one, self.other), *_balances(self.other, self.one)]
        return tuple(sorted(found, key=lambda each: (not each.gap, each.home, each.denom)))


def _balances(home: Custody, abroad: Custody) -> list[AssetBalance]:
    set_aside, circulating = home.set_aside, abroad.circulating
    return [
        AssetBalance(
            home=home.chain_id,
            abroad=abroad.chain_id,
            denom=denom,
            set_aside=set_aside.get(denom, 0),
            circulating=circulating.get(denom, 0),
        )
        for denom in sorted({*set_aside, *circulating})
    ]


async def custody(node: Transport, chain_id: str, peer: str) -> Custody:
    """Read one side in one piece. Raises: Refused, CallFailed, BadAnswer, Unreachable."""
    request = encode(QueryCustodyRequest(chain_id=peer))
    answer = await node.send(abci_query("/qos.qcp.v1.Query/Custody", request))
    shown = decode_lenient(QueryCustodyResponse, answer.value)
    queue = shown.queue or QueueState()
    return Custody(chain_id=chain_id, height=answer.height, outbox=queue.outbox, inbox=queue.inbox, shown=shown)


async def consistent_cut(one: tuple[str, Transport], other: tuple[str, Transport]) -> Cut | None:
    """Read both chains in turn until neither is ahead of the other; None while they move too fast.

    Raises: Refused, CallFailed, BadAnswer, Unreachable.
    """
    (one_id, one_node), (other_id, other_node) = one, other
    here, there = await custody(one_node, one_id, other_id), await custody(other_node, other_id, one_id)
    for _ in range(MAX_READS):
        if there.inbox > here.outbox:
            here = await custody(one_node, one_id, other_id)
        elif here.inbox > there.outbox:
            there = await custody(other_node, other_id, one_id)
        else:
            return Cut(one=here, other=there)
    return None
