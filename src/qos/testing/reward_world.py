"""A public chain with validators that vote as the test says, so that rewards come about."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from qos.base.blocktime import SECOND_NS, parse_rfc3339, rfc3339
from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.authority import GOVERNANCE, execute
from qos.machine.context import BlockInfo, Context, Misbehavior, ReadContext, Vote
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.economics.distribution.rewards import HOLDINGS
from qos.modules.economics.distribution.state import CLAIMS, PAYOUT, REWARDS
from qos.modules.validators.staking import operations as staking
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_staking_v1beta1 import MsgBeginRedelegate, MsgDelegate, MsgUndelegate
from qos.proto.records.qos_distribution_v1 import Claim, Payout, ValidatorRewards
from qos.proto.records.qos_mint_v1 import MsgUpdatePhases, PlannedPhase
from qos.proto.records.tendermint_types import BlockIDFlag
from qos.testing.chain import GENESIS_TIME, PEOPLE, VirtualChain, genesis_document
from qos.testing.stake import PARAMS, owner_of, with_validators
from qos.testing.transactions import Key

QOS = 10**18
COMMIT, NIL, ABSENT = (
    BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
    BlockIDFlag.BLOCK_ID_FLAG_NIL,
    BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
)
GAS = 2_000_000
PHASE_TOTAL = 1_000_000 * QOS
PHASE_S = 1_000_000
GENESIS_NS = parse_rfc3339(GENESIS_TIME)


def consensus_key(number: int) -> bytes:
    """Return the consensus key of the validator with a number."""
    return sha256(b"reward validator %d" % number).digest()


def one_phase(total: int = PHASE_TOTAL, seconds: int = PHASE_S) -> dict[str, Any]:
    """Return the state of a mint with one phase."""
    end = rfc3339(GENESIS_NS + seconds * SECOND_NS)
    return {"inflation_phrases": [{"endtime": end, "total_amount": str(total), "applied_amount": "0"}]}


def planned(*items: tuple[int, int]) -> MsgUpdatePhases:
    """Return the plan of phases that governance sets: when each ends, and what it mints."""
    listed = tuple(PlannedPhase(endtime=end, total_amount=total) for end, total in items)
    return MsgUpdatePhases(authority=GOVERNANCE, phases=listed)


def reward_document(validators: int = 4, *, power: int = 1_000, spare: int = 0, **states: object) -> dict[str, Any]:
    """Return the genesis of a chain whose validators bond `power` QOS each; a state given here replaces a module's."""
    document = genesis_document()
    document["app_state"] |= {"mint": one_phase(), **states}
    keys = tuple(consensus_key(number) for number in range(validators))
    return with_validators(document, keys, power=power, params=replace(PARAMS, max_validators=21), spare=spare)


class RewardChain(VirtualChain):
    """Blocks five seconds apart. `flags` says how a validator votes on each block made from now on, COMMIT else."""

    def __init__(self, document: Mapping[str, object] | None = None, *, later_s: int = 0) -> None:
        """Start the chain and make the first block, so many seconds later than usual."""
        self.flags: dict[int, int] = {}
        self.proposer = 0
        self.later_s = later_s
        self.evidence: tuple[Misbehavior, ...] = ()
        """What the next blocks prove of validators."""
        super().__init__(json.loads(json.dumps(document or reward_document())))

    def next_block(self) -> BlockInfo:
        """Return the block to be made next, with the votes on the one before."""
        plain = super().next_block()
        return replace(
            plain,
            time_ns=plain.time_ns + self.later_s * SECOND_NS,
            proposer_address=bytes(staking.consensus_address(consensus_key(self.proposer))),
            votes=self._votes() if self.height else (),
            misbehavior=self.evidence,
        )

    def _votes(self) -> tuple[Vote, ...]:
        state = ReadContext(self.machine.store.reader(), super().next_block())
        signed = staking.signed_set(state, self.height)
        members = signed.members if signed is not None else ()
        flags = {consensus_key(number): flag for number, flag in self.flags.items()}
        return tuple(
            [
                Vote(
                    address=bytes(staking.member_address(each)),
                    power=each.power,
                    flag=flags.get(each.consensus_key, COMMIT),
                )
                for each in members
            ]
        )

    def row(self, number: int) -> ValidatorRewards:
        """Return what a validator has earned."""
        return REWARDS.require(self.state(), owner(number), KeyError)

    def claim(self, number: int, delegator: Address) -> Claim:
        """Return the claim of a bond."""
        return CLAIMS.require(self.state(), (owner(number), delegator), KeyError)

    def payout(self) -> Payout:
        """Return how the newest income was shared."""
        return PAYOUT.require(self.state(), lambda: KeyError("nothing was paid yet"))

    @property
    def pool(self) -> int:
        """What the community pool holds, in aqos."""
        return self.balance(COMMUNITY_POOL)

    @property
    def held(self) -> int:
        """What is earned and not withdrawn, in aqos."""
        return self.balance(HOLDINGS)

    def send(self, key: Key, *messages: Record) -> None:
        """Make a block with one transaction that must succeed."""
        self.expect(key, *messages, code=0)

    def expect(self, key: Key, *messages: Record, code: int, space: str = "") -> str:
        """Make a block with one transaction that ends in a code; returns its log."""
        result = self.run_block(self.tx(key, *messages, gas=GAS)).tx_results[0]
        if (result.code, result.codespace) != (code, space):
            raise AssertionError(f"{result.codespace} {result.code}: {result.log}")
        return result.log

    def govern(self, *messages: Record) -> None:
        """Run messages as governance in the next block, and make it. Raises: AssertionError when they are refused."""
        refused: list[str] = []

        def run(ctx: Context) -> None:
            outcome = execute(ctx, tuple(codec.pack(each) for each in messages), GOVERNANCE, 10**8)
            refused.extend([str(outcome.violation)] if outcome.violation is not None else [])

        self.operations.append(run)
        self.run_block()
        if refused:
            raise AssertionError(refused[0])

    def blocks(self, count: int) -> None:
        """Make empty blocks."""
        for _ in range(count):
            self.run_block()

    def pay_fees(self, amount: int) -> None:
        """Let the first of the people pay so much to the fee collector in the next block, as fees are."""
        self.operations.append(lambda ctx: _pay_fees(ctx, amount))


def _pay_fees(ctx: Context, amount: int) -> None:
    bank.debit(ctx, PEOPLE[0].address, aqos(amount))
    ctx.dues.append(aqos(amount))


def owner(number: int) -> Address:
    """Return the account, and so the operator address, of a validator."""
    return owner_of(number).address


def aqos(amount: int) -> Coin:
    """Return an amount of the native coin."""
    return Coin(denom=BASE_DENOM, amount=amount)


def delegate(who: Key, number: int, amount: int) -> MsgDelegate:
    """Return the message that bonds behind a validator."""
    return MsgDelegate(delegator_address=who.address, validator_address=owner(number), amount=aqos(amount))


def undelegate(who: Key, number: int, amount: int) -> MsgUndelegate:
    """Return the message that takes a bond back."""
    return MsgUndelegate(delegator_address=who.address, validator_address=owner(number), amount=aqos(amount))


def redelegate(who: Key, source: int, destination: int, amount: int) -> MsgBeginRedelegate:
    """Return the message that moves a bond."""
    return MsgBeginRedelegate(
        delegator_address=who.address,
        validator_src_address=owner(source),
        validator_dst_address=owner(destination),
        amount=aqos(amount),
    )


def credited(payout: Payout) -> int:
    """Return what a payout credited to validators and their bonds."""
    return payout.proposer_reward + sum([each.reward for each in payout.signers])


def rewards_of(payout: Payout) -> dict[Address, int]:
    """Return the part of each validator that signed."""
    return {each.validator_address: each.reward for each in payout.signers}


def members(numbers: Iterable[int]) -> list[Address]:
    """Return validators in the order in which sets list them."""
    return sorted(owner(number) for number in numbers)
