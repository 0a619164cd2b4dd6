"""Conservation across two chains (Q13): nowhere circulates more than is set aside for it at home.

Pure, over the answers of both chains. The two heights need not be those of one moment: it suffices that neither
answer is older than something the other has received. Then every unit that circulates was set aside before, and what
comes home left circulation before: vouchers <= outstanding + waiting. Between the two sides lies what is on its way.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from qos.proto.records.qos_qcp_v1 import QueryLedgerResponse, QueueState


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One asset of one chain, in its own units: what is set aside at home, and what circulates at the peer."""

    home: str
    abroad: str
    denom: str
    voucher: str
    set_aside: int
    circulating: int

    @property
    def gap(self) -> int:
        """How much circulates that nothing is set aside for."""
        return max(self.circulating - self.set_aside, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two answers show; `incomparable` says why they show nothing, and then there are no lines."""

    lines: tuple[Line, ...] = ()
    incomparable: str = ""
    unsent: bool = False
    """One has received what the other has not sent: its answer is old, or packets were forged if it stays so."""

    @property
    def gaps(self) -> tuple[Line, ...]:
        """The lines that break conservation."""
        return tuple(line for line in self.lines if line.gap)


def compare(one: QueryLedgerResponse, other: QueryLedgerResponse) -> Comparison:
    """Compare what two chains say of each other."""
    reason = _incomparable(one, other)
    if reason:
        strangers = (one.outgoing, one.incoming) != (other.incoming, other.outgoing)
        return Comparison(incomparable=reason, unsent=not strangers)
    return Comparison(lines=(*_lines(one, other), *_lines(other, one)))


def _incomparable(one: QueryLedgerResponse, other: QueryLedgerResponse) -> str:
    if (one.outgoing, one.incoming) != (other.incoming, other.outgoing):
        return f"{one.chain_id} and {other.chain_id} are not registered with each other"
    here, there = one.queue or QueueState(), other.queue or QueueState()
    if here.inbox > there.outbox:
        return f"the answer of {other.chain_id} is older than what {one.chain_id} has received: ask it again"
    if there.inbox > here.outbox:
        return f"the answer of {one.chain_id} is older than what {other.chain_id} has received: ask it again"
    return ""


def _lines(home: QueryLedgerResponse, abroad: QueryLedgerResponse) -> Iterator[Line]:
    circulating = {voucher.denom: voucher.supply for voucher in abroad.vouchers}
    for asset in home.assets:
        yield Line(
            home=home.chain_id,
            abroad=abroad.chain_id,
            denom=asset.denom,
            voucher=asset.voucher,
            set_aside=asset.outstanding + asset.waiting,
            circulating=circulating.pop(asset.voucher, 0),
        )
    # What is left circulates without anything at home: no name there is known for it.
    for voucher, supply in circulating.items():
        if supply:
            yield Line(
                home=home.chain_id,
                abroad=abroad.chain_id,
                denom="",
                voucher=voucher,
                set_aside=0,
                circulating=supply,
            )
