"""Deposits: held on an account of their own until a proposal ends, then returned or lost (G2)."""

from qos.base.errors import InvariantBroken
from qos.base.identifiers import BASE_DENOM, Address, module_address
from qos.machine.context import Context
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.governance.proposals import formulas
from qos.modules.governance.proposals.errors import BadDeposit
from qos.modules.governance.proposals.state import DEPOSITS
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.store.access import Reads

HOLDING_NAME = "gov_deposits"
HOLDING = module_address(HOLDING_NAME)


def amount_of(coins: tuple[Coin, ...]) -> int:
    """Return the aqos of a list of coins. Raises: BadDeposit unless it is one positive amount of aqos."""
    if len(coins) != 1 or coins[0].denom != BASE_DENOM or coins[0].amount <= 0:
        raise BadDeposit(f"a deposit is one positive amount of {BASE_DENOM}")
    return coins[0].amount


def hold(ctx: Context, number: int, depositor: Address, amount: int) -> None:
    """Take a deposit. Raises: InsufficientFunds."""
    bank.move(ctx, depositor, HOLDING, Coin(denom=BASE_DENOM, amount=amount))
    before = DEPOSITS.get(ctx, (number, depositor)) or 0
    DEPOSITS.set(ctx, (number, depositor), before + amount)


def of(ctx: Reads, number: int) -> tuple[tuple[Address, int], ...]:
    """Return who put down what for a proposal."""
    found = DEPOSITS.items(ctx, number.to_bytes(8, "big"))
    return tuple([(depositor, amount) for (_, depositor), amount in found])


def release(ctx: Context, number: int, lost_e18: int) -> int:
    """Return the deposits of a proposal, less a part that goes to the community pool; returns what is lost.

    The part is rounded down for each depositor.
    """
    lost = 0
    for depositor, amount in of(ctx, number):
        kept = formulas.lost_part(amount, lost_e18)
        if amount > kept:
            bank.move(ctx, HOLDING, depositor, Coin(denom=BASE_DENOM, amount=amount - kept))
        lost += kept
        DEPOSITS.delete(ctx, (number, depositor))
    if lost:
        bank.move(ctx, HOLDING, COMMUNITY_POOL, Coin(denom=BASE_DENOM, amount=lost))
    return lost


def all_are_held(ctx: Reads) -> None:
    """The account of deposits holds exactly the deposits. Raises: InvariantBroken."""
    held = bank.balance(ctx, HOLDING, BASE_DENOM)
    owed = sum([amount for _, amount in DEPOSITS.items(ctx)])
    if held != owed:
        raise InvariantBroken(f"{held} aqos lie on the account of deposits, {owed} are owed")
