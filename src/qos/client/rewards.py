"""How a reward came about: the payout of one block, followed down to one account, by the formulas of the chain.

What is told of a bond is reckoned here from what stood before the block was paid, not asked of the node; where the
bond still stands afterwards, its validator's index must have risen by just that.
"""

from dataclasses import dataclass

from qos.base.identifiers import Address
from qos.client.calls import Call, Transport
from qos.client.errors import BadAnswer
from qos.client.queries import query
from qos.modules.economics.distribution import formulas
from qos.proto.records.qos_distribution_v1 import (
    CountedClaim,
    Payout,
    QueryClaimsRequest,
    QueryClaimsResponse,
    QueryPayoutRequest,
    QueryPayoutResponse,
    SignerReward,
)

SERVICE = "/qos.distribution.v1.Query"


@dataclass(frozen=True, slots=True, kw_only=True)
class BondReward:
    """What one bond earned by one block. `step` and `earned` are in 2^-128 aqos; `told` is what the index rose by."""

    validator: Address
    shares: int
    validator_shares: int
    to_bonds: int
    carry: int
    step: int
    earned: int
    told: int | None

    @property
    def agrees(self) -> bool:
        """Whether the node's index rose by what was reckoned; true where it cannot be seen any more."""
        return self.told is None or self.told == self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One block's payout as one account sees it. `payout` is None when the block brought nothing."""

    height: int
    payout: Payout | None
    bonds: tuple[BondReward, ...]
    own: SignerReward | None
    """What the account's own validator got for signing."""
    as_proposer: int

    @property
    def total(self) -> int:
        """What the account earned by the block, in 2^-128 aqos."""
        own = (self.own.commission if self.own is not None else 0) + self.as_proposer
        return own * formulas.SCALE + sum([each.earned for each in self.bonds])


async def explain(node: Transport, address: Address, height: int) -> Explanation:
    """Explain what an account earned by a block, which is paid at the next height.

    Raises: Refused when the node does not keep these heights, BadAnswer, Unreachable.
    """
    before = await node.send(_claims(address, height))
    after = await node.send(_claims(address, height + 1))
    told = await node.send(query(f"{SERVICE}/Payout", QueryPayoutRequest(), QueryPayoutResponse, height=height + 1))
    return reckon(address, height, before.claims, after.claims, told.payout)


def _claims(address: Address, height: int) -> Call[QueryClaimsResponse]:
    request = QueryClaimsRequest(delegator_address=address)
    return query(f"{SERVICE}/Claims", request, QueryClaimsResponse, height=height)


def reckon(
    address: Address,
    height: int,
    before: tuple[CountedClaim, ...],
    after: tuple[CountedClaim, ...],
    payout: Payout | None,
) -> Explanation:
    """Return what an account earned by a block, from its claims before and after and the payout. Raises: BadAnswer."""
    if payout is None or payout.height != height:
        return Explanation(height=height, payout=None, bonds=(), own=None, as_proposer=0)
    signed = {each.validator_address: each for each in payout.signers}
    return Explanation(
        height=height,
        payout=payout,
        bonds=tuple([_bond(each, after, signed) for each in before]),
        own=signed.get(address),
        as_proposer=payout.proposer_reward if payout.proposer == address else 0,
    )


def _bond(claim: CountedClaim, after: tuple[CountedClaim, ...], signed: dict[Address, SignerReward]) -> BondReward:
    row = claim.validator
    if row is None or not claim.validator_shares:
        raise BadAnswer("the node told a bond without its validator's rewards")
    part = signed.get(row.validator_address)
    to_bonds = part.reward - part.commission if part is not None else 0
    step, _ = formulas.index_step(to_bonds, row.carry, claim.validator_shares) if to_bonds else (0, 0)
    later = [each.validator.index for each in after if each.validator is not None and _same(each, claim)]
    return BondReward(
        validator=row.validator_address,
        shares=claim.shares,
        validator_shares=claim.validator_shares,
        to_bonds=to_bonds,
        carry=row.carry,
        step=step,
        earned=formulas.earned(claim.shares, row.index + step, row.index),
        told=later[0] - row.index if later else None,
    )


def _same(one: CountedClaim, other: CountedClaim) -> bool:
    rows = one.validator, other.validator
    return rows[0] is not None and rows[1] is not None and rows[0].validator_address == rows[1].validator_address
