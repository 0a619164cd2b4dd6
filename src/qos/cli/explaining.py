"""What `qos rewards why` does: follow a block's income down to one account, every division shown."""

from qos.base.identifiers import VALIDATOR_PREFIX, Address, format_address, parse_address
from qos.base.strictjson import JsonObject
from qos.cli.amounts import format_coin
from qos.cli.errors import Failed, UsageError
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.session import Session, ask
from qos.client import node as calls
from qos.client.calls import Transport
from qos.client.rewards import BondReward, Explanation, explain
from qos.modules.economics.distribution.formulas import SCALE
from qos.proto.json import to_json
from qos.proto.records.qos_distribution_v1 import Payout

PARTS = "2^-128 aqos"


def show_why(opened: Session, who: str, height: int | None, place: tuple[str, str], output: Output) -> None:
    """Show how a reward came about. Raises: UsageError, Refused, Unreachable, Failed when the node contradicts it."""
    address = parse_address(opened.address(who))
    found = ask(opened.url(*place), lambda node: _explained(node, address, height))
    show(as_json(found), output, "\n".join(lines(found)))
    wrong = [each for each in found.bonds if not each.agrees]
    if wrong:
        raise Failed(
            f"the node's index of {_operator(wrong[0].validator)} rose by {wrong[0].told}, not by {wrong[0].step}",
            "ask another node with --node, and report this",
        )


async def _explained(node: Transport, address: Address, height: int | None) -> Explanation:
    newest = (await node.send(calls.status())).height - 1
    asked = newest if height is None else height
    if asked > newest or asked < 1:
        raise UsageError(
            f"block {asked} has not been paid yet", f"--height is at most {newest}: a block is paid in the next"
        )
    return await explain(node, address, asked)


def _operator(address: Address) -> str:
    return format_address(address, VALIDATOR_PREFIX)


def _qos(amount: int) -> str:
    return f"{amount} aqos ({format_coin('aqos', amount)})"


def lines(found: Explanation) -> list[str]:
    """Write an explanation for people."""
    payout = found.payout
    if payout is None:
        return [f"block {found.height} minted nothing and collected no fees: nobody earned anything"]
    told = [
        f"block {found.height}, paid at the begin of block {found.height + 1}",
        f"  minted               {_qos(payout.minted)}",
        f"  fees                 {_qos(payout.fees)}",
        f"  to the proposer      {_qos(payout.proposer_reward)}",
        f"  shared by signers    {_qos(payout.shared)}",
        f"  community pool       {_qos(payout.community)}",
    ]
    if found.as_proposer:
        told.append(f"own reward as proposer: {_qos(found.as_proposer)}")
    if found.own is not None:
        told += [
            f"own validator: recorded {found.own.tokens} of {_signed(payout)} aqos that signed",
            f"  reward     = floor({payout.shared} x {found.own.tokens} / {_signed(payout)}) = {found.own.reward} aqos",
            f"  commission = {_qos(found.own.commission)}",
        ]
    for bond in found.bonds:
        told += _bond_lines(bond, payout)
    if not found.bonds and found.own is None and not found.as_proposer:
        told.append("this account had no bond and no validator then")
    told.append(f"earned by this block: {found.total // SCALE} aqos and {found.total % SCALE} x {PARTS}")
    return told


def _signed(payout: Payout) -> int:
    return sum([each.tokens for each in payout.signers])


def _bond_lines(bond: BondReward, payout: Payout) -> list[str]:
    part = next((each for each in payout.signers if each.validator_address == bond.validator), None)
    told = [f"bond behind {_operator(bond.validator)}"]
    if part is None or not part.reward:
        return [*told, "  the validator earned nothing: its vote for the block was not COMMIT, or nothing was bonded"]
    checked = "the node's index rose by just that" if bond.told is not None else "the bond is gone since"
    return [
        *told,
        f"  reward of the validator = floor({payout.shared} x {part.tokens} / {_signed(payout)}) = {part.reward} aqos",
        f"  its commission          = {part.commission} aqos, so that {bond.to_bonds} aqos belong to its bonds",
        f"  a share earns ({bond.to_bonds} x 2^128 + {bond.carry} carried) / {bond.validator_shares},",
        f"    rounded down          = {bond.step} x {PARTS}: {checked}",
        f"  {bond.shares} shares earn {bond.earned // SCALE} aqos and {bond.earned % SCALE} x {PARTS}",
    ]


def as_json(found: Explanation) -> JsonObject:
    """Write an explanation for programs."""
    return {
        "height": str(found.height),
        "payout": to_json(found.payout) if found.payout is not None else None,
        "as_proposer": str(found.as_proposer),
        "own_validator": to_json(found.own) if found.own is not None else None,
        "bonds": [
            {
                "validator": _operator(each.validator),
                "shares": str(each.shares),
                "validator_shares": str(each.validator_shares),
                "to_bonds": str(each.to_bonds),
                "carry": str(each.carry),
                "index_step": str(each.step),
                "earned": str(each.earned),
                "agrees": each.agrees,
            }
            for each in found.bonds
        ],
        "earned_aqos": str(found.total // SCALE),
        "earned_rest": str(found.total % SCALE),
    }
