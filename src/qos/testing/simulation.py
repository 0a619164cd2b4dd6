"""A public chain that lives at random: money, bonds, rewards, offences, proposals and votes, from one seed.

Every block has random transactions, of which many are refused, random votes, and sometimes a long pause. All invariants
run after each. The state can be exported at any height, and two chains started from it must go on alike.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.machine.authority import GOVERNANCE
from qos.machine.context import BlockInfo, Misbehavior, MisbehaviorKind
from qos.modules.validators.staking import operations as staking
from qos.modules.validators.staking.state import VALIDATORS
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records import cosmos_distribution_v1beta1 as distribution
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_gov_v1 import MsgDeposit, MsgSubmitProposal, MsgVote, VoteOption
from qos.proto.records.cosmos_staking_v1beta1 import MsgCancelUnbondingDelegation
from qos.proto.records.qos_distribution_v1 import MsgCompound
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgReturnBond, MsgRevokeValidator, MsgSetCompounding
from qos.testing.chain import PEOPLE, genesis_document
from qos.testing.reward_world import (
    ABSENT,
    COMMIT,
    GAS,
    NIL,
    QOS,
    RewardChain,
    aqos,
    consensus_key,
    delegate,
    one_phase,
    owner,
    redelegate,
    reward_document,
    undelegate,
)
from qos.testing.stake import owner_of, validator_json
from qos.testing.transactions import Key, key_of

VALIDATORS_AT_GENESIS = 6
DELEGATORS = (*PEOPLE, *(key_of(f"delegator {number}") for number in range(4)))
DOUBLE_SIGNS = 0.005
"""How often a validator is shown to have signed twice."""

PENALTIES = {
    "voting_status_len": "20",
    "voting_status_least": "12",
    "slash_fraction_downtime": str(10**14),
    "slash_fraction_double_sign": str(2 * 10**17),
}
PAUSES_S = (0,) * 30 + (3_600, 86_400, 5 * 86_400)
Act = Callable[["Simulation", Key], Record]


class SimulatedChain(RewardChain):
    """A reward chain that may begin at a height, as the continuation of another does."""

    def __init__(self, document: dict[str, Any], *, later_s: int = 0) -> None:
        """Start from a genesis document."""
        self.initial = int(document.get("initial_height", "1"))
        super().__init__(document, later_s=later_s)

    def next_block(self) -> BlockInfo:
        """Return the block to be made next."""
        block = super().next_block()
        if self.height:
            return block
        earlier = self.initial - 1
        return replace(block, height=self.initial, time_ns=block.time_ns + 5 * earlier * SECOND_NS)


class Simulation:
    """One chain and the dice. `accepted` and `refused` count transactions."""

    def __init__(self, seed: int, chain: SimulatedChain | None = None) -> None:
        """Start a chain, or go on with one."""
        self.chance = random.Random(seed)
        self.chain = chain or SimulatedChain(_document())
        self.accepted = self.refused = 0

    def live(self, blocks: int) -> None:
        """Make random blocks. Raises: InvariantBroken."""
        for _ in range(blocks):
            self.vote()
            result = self.chain.run_block(*self.transactions())
            self.chain.evidence = ()
            good = sum([each.code == 0 for each in result.tx_results])
            self.accepted += good
            self.refused += len(result.tx_results) - good

    def vote(self) -> None:
        """Choose how validators vote, who proposes, and how long it takes."""
        flags = (COMMIT,) * 12 + (NIL, ABSENT)
        self.chain.flags = {number: self.chance.choice(flags) for number in range(VALIDATORS_AT_GENESIS)}
        self.chain.proposer = self.chance.randrange(VALIDATORS_AT_GENESIS)
        self.chain.later_s += self.chance.choice(PAUSES_S)
        if self.chance.random() < DOUBLE_SIGNS:
            self.chain.evidence = self.double_sign(self.number())

    def double_sign(self, number: int) -> tuple[Misbehavior, ...]:
        """Return the proof that a validator signed the newest block twice; nothing when it is not in the set."""
        signed = staking.signed_set(self.chain.state(), self.chain.height)
        members = signed.members if signed is not None else ()
        return tuple(
            [
                Misbehavior(
                    kind=MisbehaviorKind.DUPLICATE_VOTE,
                    address=bytes(staking.member_address(each)),
                    power=each.power,
                    height=self.chain.height,
                    time_ns=self.chain.next_block().time_ns - 5 * SECOND_NS,
                    total_power=sum([member.power for member in members]),
                )
                for each in members
                if each.consensus_key == consensus_key(number)
            ]
        )

    def transactions(self) -> list[bytes]:
        """Return a few transactions, each of another account."""
        owners = [owner_of(number) for number in range(VALIDATORS_AT_GENESIS)]
        people = self.chance.sample(DELEGATORS, self.chance.randrange(5))
        txs = [self.chain.tx(key, self.chance.choice(ACTS)(self, key), gas=GAS) for key in people]
        if self.chance.random() < 0.3:
            key = self.chance.choice(owners)
            txs.append(self.chain.tx(key, self.chance.choice(OWNER_ACTS)(self, key), gas=GAS))
        return txs

    def number(self) -> int:
        """Return some validator."""
        return self.chance.randrange(VALIDATORS_AT_GENESIS)

    def amount(self) -> int:
        """Return an amount, large, small or too much."""
        return self.chance.choice((1, 7, QOS, self.chance.randrange(1, 2_000 * QOS), 10**27))

    def bonded(self, key: Key, number: int) -> int:
        """Return what an account has behind a validator, or some amount."""
        state = self.chain.state()
        bond, validator = staking.get_bond(state, key.address, owner(number)), VALIDATORS.get(state, owner(number))
        if bond is None or validator is None or self.chance.random() < 0.5:
            return self.amount()
        return max(staking.bond_value(validator, bond.shares), 1)


def live_and_go_on(seed: int, blocks: int) -> tuple[int, int]:
    """Live half of the blocks, export, and live the other half twice; returns transactions accepted and refused.

    Raises: InvariantBroken, AssertionError when two continuations of one export differ.
    """
    first = Simulation(seed)
    first.live(blocks // 2)
    lives = [Simulation(seed + 1, continued(first.chain)) for _ in range(2)]
    for _ in range(blocks - blocks // 2):
        for life in lives:
            life.live(1)
        if lives[0].chain.app_hash != lives[1].chain.app_hash:
            raise AssertionError(f"seed {seed}: two continuations differ at height {lives[0].chain.height}")
    return first.accepted + lives[0].accepted, first.refused + lives[0].refused


def exported(chain: SimulatedChain) -> dict[str, Any]:
    """Return a genesis that goes on where a chain stands."""
    state: dict[str, Any] = json.loads(json.dumps(chain.machine.export_genesis()))
    document = genesis_document() | {"app_state": state, "initial_height": str(chain.height + 1)}
    members = staking.bonded_set(chain.state()).members
    return document | {"validators": [validator_json(each.consensus_key, each.power) for each in members]}


def continued(chain: SimulatedChain) -> SimulatedChain:
    """Return a chain that goes on where another stands, at the same times."""
    return SimulatedChain(exported(chain), later_s=chain.later_s)


def _document() -> dict[str, Any]:
    phases = one_phase(total=50_000_000 * QOS, seconds=200 * 86_400)
    document = reward_document(
        VALIDATORS_AT_GENESIS, power=5_000, spare=10**24, mint=phases, slashing={"params": PENALTIES}
    )
    bank = document["app_state"]["bank"]
    known = {each["address"] for each in bank["balances"]}
    more = genesis_document(funds={key.address: 10**24 for key in DELEGATORS})["app_state"]["bank"]["balances"]
    bank["balances"] += [each for each in more if each["address"] not in known]
    return document


def _send(sim: Simulation, key: Key) -> Record:
    taker: Address = sim.chance.choice(DELEGATORS).address
    return MsgSend(from_address=key.address, to_address=taker, amount=(aqos(sim.amount()),))


def _redelegate(sim: Simulation, key: Key) -> Record:
    source = sim.number()
    return redelegate(key, source, sim.number(), sim.bonded(key, source))


def _undelegate(sim: Simulation, key: Key) -> Record:
    number = sim.number()
    return undelegate(key, number, sim.bonded(key, number))


def _cancel(sim: Simulation, key: Key) -> Record:
    return MsgCancelUnbondingDelegation(
        delegator_address=key.address,
        validator_address=owner(sim.number()),
        amount=aqos(sim.amount()),
        creation_height=max(sim.chain.height - sim.chance.randrange(20), 1),
    )


def _withdraw(sim: Simulation, key: Key) -> Record:
    return distribution.MsgWithdrawDelegatorReward(delegator_address=key.address, validator_address=owner(sim.number()))


def _withdraw_address(sim: Simulation, key: Key) -> Record:
    taker = sim.chance.choice(DELEGATORS).address
    return distribution.MsgSetWithdrawAddress(delegator_address=key.address, withdraw_address=taker)


def _fund(sim: Simulation, key: Key) -> Record:
    return distribution.MsgFundCommunityPool(depositor=key.address, amount=(aqos(sim.amount()),))


def _compounding(sim: Simulation, key: Key) -> Record:
    return MsgSetCompounding(
        delegator_address=key.address, validator_address=owner(sim.number()), compounding=sim.chance.random() < 0.7
    )


def _compound(sim: Simulation, key: Key) -> Record:
    who = sim.chance.choice(DELEGATORS).address
    return MsgCompound(sender=key.address, delegator_address=who, validator_address=owner(sim.number()))


def _return_bond(sim: Simulation, key: Key) -> Record:
    who = sim.chance.choice(DELEGATORS).address
    return MsgReturnBond(sender=key.address, delegator_address=who, validator_address=owner(sim.number()))


def _propose(sim: Simulation, key: Key) -> Record:
    spend = distribution.MsgCommunityPoolSpend(
        authority=GOVERNANCE, recipient=key.address, amount=(aqos(sim.chance.randrange(1, QOS)),)
    )
    return MsgSubmitProposal(
        messages=(codec.pack(spend),) if sim.chance.random() < 0.7 else (),
        initial_deposit=(aqos(sim.chance.choice((1, 400, 1_000, 10_000)) * QOS),),
        proposer=key.address,
        title="a proposal",
        summary="by chance",
    )


def _vote(sim: Simulation, key: Key) -> Record:
    option = sim.chance.choice((VoteOption.VOTE_OPTION_YES,) * 4 + (VoteOption.VOTE_OPTION_NO_WITH_VETO,))
    return MsgVote(proposal_id=sim.chance.randrange(1, 12), voter=key.address, option=option)


def _deposit(sim: Simulation, key: Key) -> Record:
    amount = (aqos(sim.chance.choice((1, 700, 9_000)) * QOS),)
    return MsgDeposit(proposal_id=sim.chance.randrange(1, 12), depositor=key.address, amount=amount)


def _commission(sim: Simulation, key: Key) -> Record:
    del sim
    return distribution.MsgWithdrawValidatorCommission(validator_address=key.address)


def _revoke(sim: Simulation, key: Key) -> Record:
    del sim
    return MsgRevokeValidator(validator_address=key.address)


def _activate(sim: Simulation, key: Key) -> Record:
    top_up = aqos(sim.amount()) if sim.chance.random() < 0.5 else None
    return MsgActivateValidator(validator_address=key.address, top_up=top_up)


def _own_bond(sim: Simulation, key: Key) -> Record:
    return delegate(key, sim.number(), sim.amount())


ACTS: Sequence[Act] = (
    _send,
    lambda sim, key: delegate(key, sim.number(), sim.amount()),
    lambda sim, key: delegate(key, sim.number(), sim.amount()),
    _undelegate,
    _redelegate,
    _cancel,
    _withdraw,
    _withdraw_address,
    _fund,
    _compounding,
    _compound,
    _return_bond,
    _propose,
    _vote,
    _vote,
    _deposit,
)
OWNER_ACTS: Sequence[Act] = (_vote, _commission, _commission, _activate, _activate, _own_bond, _revoke)
