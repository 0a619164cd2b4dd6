"""What becomes of validators: one goes down, one signs twice, what stood behind them returns (V1 to V8)."""

import shutil
from collections.abc import Callable, Mapping

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.client.errors import Refused
from qos.modules.validators.slashing.parameters import PUBLIC as PENALTIES
from qos.modules.validators.staking.errors import UnknownValidator
from qos.node.comet.making import describe
from qos.proto import codec
from qos.proto.records.cosmos_crypto_ed25519 import PubKey
from qos.proto.records.cosmos_staking_v1beta1 import CommissionRates, Description, MsgCreateValidator, MsgDelegate
from qos.proto.records.qos_staking_v1 import (
    QueryBondsRequest,
    QueryBondsResponse,
    QueryStandingRequest,
    QueryStandingResponse,
    Reason,
    Status,
    Validator,
)
from tools.chaos.evidence import evidence_at, twin_of
from tools.chaos.nets import ChaosFailed
from tools.life.founding import SELF_BOND, quick_stake
from tools.life.people import balance, coins, read, send
from tools.life.world import World, wait

DELEGATOR = "dave"
BONDED = 1_000 * E18
"""What the delegator bonds behind each of the two, and does not touch again."""


Held = Mapping[str, int]
"""What accounts hold, in aqos, by name."""


def delegate(world: World, numbers: tuple[int, ...]) -> Held:
    """Bond behind validators; returns what the delegator and their owners hold then."""
    who = world.people.address(DELEGATOR)
    bonds = [
        MsgDelegate(
            delegator_address=who, validator_address=world.people.address(world.owner(each)), amount=coins(BONDED)
        )
        for each in numbers
    ]
    send(world.url, world.people.signer(DELEGATOR), *bonds)
    names = (DELEGATOR, *map(world.owner, numbers))
    world.saw("delegated", f"{DELEGATOR} bonds {BONDED // E18} QOS behind each of {', '.join(names[1:])}")
    return {name: balance(world.url, world.people.address(name)) for name in names}


def go_down(world: World, number: int) -> None:
    """Kill a validator's node and wait until the chain counts it as inactive (V1)."""
    whole = _require(world, number).tokens
    world.nodes[number].kill()
    found = _until(world, number, lambda one: one.status is Status.STATUS_INACTIVE, "inactive")
    if found.reason is not Reason.REASON_MISSED_BLOCKS:
        raise ChaosFailed(f"{world.owner(number)} is inactive for {found.reason.name}")
    _expect_slash(whole, found.tokens, PENALTIES.slash_fraction_downtime)
    slashed = _qos(whole - found.tokens)
    left_s = _survival(world, number)
    world.saw("down", f"{world.owner(number)} missed its blocks: inactive, slashed {slashed}, closes after {left_s} s")


def sign_twice(world: World, number: int) -> None:
    """Run a second node with a validator's key until the chain bars the key (V2)."""
    whole = _require(world, number).tokens
    others = [node for node in world.nodes if node.number != number and not node.has_ended]
    twin = twin_of(world.folder / "twin", world.nodes[number], others, world.first)
    twin.start()
    height, found = wait(lambda: evidence_at(world.nodes[0]), "evidence in a block")
    twin.kill()
    shutil.rmtree(twin.home.folder)
    kind = found[0]["type"].removeprefix("tendermint/")
    world.saw("signed twice", f"{kind} against {world.owner(number)} stands in block {height}")
    barred = _until(world, number, lambda one: one.tombstoned, "tombstoned")
    if (barred.status, barred.reason) != (Status.STATUS_INACTIVE, Reason.REASON_DOUBLE_SIGN):
        raise ChaosFailed(f"{world.owner(number)} is {barred.status.name} for {barred.reason.name}")
    _expect_slash(whole, barred.tokens, PENALTIES.slash_fraction_double_sign)
    slashed = _qos(whole - barred.tokens)
    left_s = _survival(world, number)
    world.saw("tombstoned", f"{world.owner(number)} is inactive for good, slashed {slashed}, closes after {left_s} s")


def _survival(world: World, number: int) -> int:
    """Return how many seconds an inactive validator has until it closes, once it does not sign any more.

    Raises: ChaosFailed when they are fewer than `survival_secs`.
    """
    found = _until(world, number, lambda one: one.closes is not None, "out of the set")
    closes, inactive = found.closes or 0, found.deactivated or 0
    left_s = (closes - inactive) // SECOND_NS
    if left_s < quick_stake(world.ratio).survival_secs:
        raise ChaosFailed(f"{world.owner(number)} closes {left_s} s after it became inactive")
    return left_s


def _expect_slash(before: int, after: int, fraction: int) -> None:
    """Compare to a slash of a fraction, which counts whole QOS (V4). Raises: ChaosFailed."""
    left = before - before * fraction // E18
    if abs(after - left) > E18:
        raise ChaosFailed(f"{after} aqos are left of {before}, not {left}")


def key_is_barred(world: World, number: int) -> None:
    """Try to make a validator with the key that signed twice. Raises: ChaosFailed when that is not refused (V2)."""
    address = world.people.address("bob")
    creation = MsgCreateValidator(
        description=Description(moniker="again"),
        commission=CommissionRates(rate=E18 // 10, max_rate=E18 // 2, max_change_rate=E18 // 100),
        min_self_delegation=1,
        validator_address=address,
        pubkey=codec.pack(PubKey(key=describe(world.nodes[number].home).consensus_key)),
        value=coins(SELF_BOND),
    )
    try:
        send(world.url, world.people.signer("bob"), creation)
    except Refused as error:
        world.saw("the key never returns", error.log)
        return
    raise ChaosFailed("a key that signed twice makes a validator again")


def await_closed(world: World, number: int, before: Held) -> None:
    """Wait until a validator is closed and all that was bonded behind it has returned by itself (V8)."""
    owner, who = world.people.address(world.owner(number)), world.people.address(DELEGATOR)

    def is_gone() -> bool:
        asked = QueryBondsRequest(delegator=who)
        bonds = read(world.url, "/qos.staking.v1.Query/Bonds", asked, QueryBondsResponse).bonds
        behind = [each for each in bonds if each.bond is not None and each.bond.validator == owner]
        found = _find(world, number)
        return not behind and (found is None or found.status is Status.STATUS_CLOSED)

    wait(is_gone, f"the end of {world.owner(number)}")
    back = balance(world.url, owner) - before[world.owner(number)]
    world.saw("closed", f"{world.owner(number)} is closed; {_qos(back)} are back with its owner")


def check_returns(world: World, before: Held, fractions: Mapping[int, int]) -> None:
    """Compare what came back to bonds after their slashes. Raises: ChaosFailed when less came, or no reward at all.

    `fractions` say how much of the bonds behind each validator was slashed.
    """
    for number, fraction in fractions.items():
        name = world.owner(number)
        _expect_more(world, name, before[name], SELF_BOND - SELF_BOND * fraction // E18)
    kept = sum(BONDED - BONDED * fraction // E18 for fraction in fractions.values())
    _expect_more(world, DELEGATOR, before[DELEGATOR], kept)


def _expect_more(world: World, name: str, held: int, bonds: int) -> None:
    back = balance(world.url, world.people.address(name)) - held
    if back <= bonds:
        raise ChaosFailed(f"{name} got {back} aqos back: {bonds} were left of its bonds, and there were rewards")
    world.saw("returned", f"{name} got {_qos(bonds)} of bonds and {_qos(back - bonds)} of rewards without asking")


def _until(world: World, number: int, holds: Callable[[Validator], bool], what: str) -> Validator:
    def found() -> Validator | None:
        one = _find(world, number)
        return one if one is not None and holds(one) else None

    return wait(found, f"{world.owner(number)} {what}")


def _find(world: World, number: int) -> Validator | None:
    asked = QueryStandingRequest(validator=world.people.address(world.owner(number)))
    try:
        found = read(world.url, "/qos.staking.v1.Query/Standing", asked, QueryStandingResponse).standing
    except Refused as error:
        if (error.codespace, error.code) != (UnknownValidator.code.codespace, UnknownValidator.code.number):
            raise
        return None
    return found.validator if found is not None else None


def _require(world: World, number: int) -> Validator:
    found = _find(world, number)
    if found is None:
        raise ChaosFailed(f"{world.owner(number)} is no validator")
    return found


def _qos(amount: int) -> str:
    """Write an amount in QOS for people, cut to whole ones and three digits."""
    return f"{amount // E18}.{amount % E18 // 10**15:03} QOS"
