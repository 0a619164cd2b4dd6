"""One transaction of each kind of message of stake, rewards and governance, ready to be run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from qos.base.amounts import E18
from qos.base.blocktime import DAY_S
from qos.crypto import ed25519
from qos.machine.authority import GOVERNANCE
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records import cosmos_distribution_v1beta1 as rewards
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records import cosmos_gov_v1beta1 as v1beta1
from qos.proto.records import qos_staking_v1 as own
from qos.proto.records.cosmos_slashing_v1beta1 import MsgUnjail
from qos.proto.records.cosmos_staking_v1beta1 import Description, MsgCancelUnbondingDelegation, MsgEditValidator
from qos.proto.records.qos_distribution_v1 import MsgCompound
from qos.testing.chain import ALICE, BOB, CAROL, VirtualChain
from qos.testing.gas_costs import Sample
from qos.testing.governance import ABSTAIN, VALIDATORS, YES, GovernedChain, proposal_of
from qos.testing.reward_world import (
    QOS,
    RewardChain,
    aqos,
    delegate,
    one_phase,
    owner,
    redelegate,
    reward_document,
    undelegate,
)
from qos.testing.stake import owner_of
from qos.testing.stake_chain import creation
from qos.testing.transactions import Key

BONDED = 100 * QOS
DEPOSIT = 300 * E18
PAIR = {"delegator_address": ALICE.address, "validator_address": owner(0)}
HALVES = (YES, ABSTAIN)
OLDER_HALVES = (v1beta1.VoteOption.VOTE_OPTION_YES, v1beta1.VoteOption.VOTE_OPTION_ABSTAIN)
BLOCKS = 3
"""After so many blocks a bond has earned something."""


def _stake(
    message: Callable[[RewardChain], Record], key: Key = ALICE, *before: Record, wait_s: int = 0
) -> Callable[[], Sample]:
    """Return a sample on a chain where somebody has bonded and earned; `before` was done by its key."""

    def make() -> Sample:
        chain = RewardChain(reward_document(spare=1_000 * QOS, mint=one_phase()))
        chain.send(ALICE, delegate(ALICE, 0, BONDED))
        chain.blocks(BLOCKS)
        chain.later_s += wait_s
        for each in before:
            chain.send(key, each)
        return Sample(chain=chain, key=key, messages=(message(chain),))

    return make


def _revoked(message: Record) -> Callable[[], Sample]:
    """Return a sample of how a validator that left comes back."""
    owner_key = owner_of(0)
    left = own.MsgRevokeValidator(validator_address=owner_key.address)
    return _stake(lambda chain: message, owner_key, left, wait_s=2 * DAY_S)


def _edit(chain: RewardChain) -> Record:
    del chain
    said = Description(moniker="another", identity="i" * 16, website="https://qos.example", details="d" * 280)
    return MsgEditValidator(description=said, validator_address=owner(0))


def _cancel(chain: RewardChain) -> Record:
    return MsgCancelUnbondingDelegation(**PAIR, amount=aqos(QOS), creation_height=chain.height)


def _due() -> Sample:
    chain = RewardChain(reward_document(spare=1_000 * QOS))
    chain.send(ALICE, delegate(ALICE, 0, BONDED))
    chain.send(ALICE, undelegate(ALICE, 0, QOS))
    chain.later_s += 16 * DAY_S
    return Sample(chain=chain, key=BOB, messages=(own.MsgReturnBond(sender=BOB.address, **PAIR),))


def _governed(message: Record, key: Key = ALICE) -> Callable[[], Sample]:
    """Return a sample on a chain with a proposal in its voting period and one that waits for its deposit."""

    def make() -> Sample:
        chain: VirtualChain = _with_proposals()
        return Sample(chain=chain, key=key, messages=(message,))

    return make


def _with_proposals() -> GovernedChain:
    chain = GovernedChain()
    chain.bond(ALICE, 5)
    chain.propose()
    chain.done(ALICE, proposal_of(ALICE.address, (), DEPOSIT // 4))
    return chain


def _parts() -> v1.MsgVoteWeighted:
    parts = tuple([v1.WeightedVoteOption(option=option, weight="0.5") for option in HALVES])
    return v1.MsgVoteWeighted(proposal_id=1, voter=ALICE.address, options=parts)


def _older_parts() -> v1beta1.MsgVoteWeighted:
    parts = tuple([v1beta1.WeightedVoteOption(option=option, weight=E18 // 2) for option in OLDER_HALVES])
    return v1beta1.MsgVoteWeighted(proposal_id=1, voter=ALICE.address, options=parts)


def _older_text() -> v1beta1.MsgSubmitProposal:
    text = v1beta1.TextProposal(title="A change", description="Why it is good")
    return v1beta1.MsgSubmitProposal(content=codec.pack(text), initial_deposit=(aqos(DEPOSIT),), proposer=ALICE.address)


def _spend() -> v1.MsgSubmitProposal:
    spends = [
        rewards.MsgCommunityPoolSpend(authority=GOVERNANCE, recipient=BOB.address, amount=(aqos(each),))
        for each in range(1, 11)
    ]
    return proposal_of(ALICE.address, spends, DEPOSIT)


SAMPLES: Mapping[str, Callable[[], Sample]] = MappingProxyType(
    {
        "a new validator": _stake(lambda chain: creation(BOB, ed25519.public_key(b"n" * 32), 1_000 * QOS), BOB),
        "what a validator says of itself": _stake(_edit, owner_of(0)),
        "a bond": _stake(lambda chain: delegate(BOB, 0, QOS), BOB),
        "more of a bond": _stake(lambda chain: delegate(ALICE, 0, QOS)),
        "less of a bond": _stake(lambda chain: undelegate(ALICE, 0, QOS)),
        "a bond that moves": _stake(lambda chain: redelegate(ALICE, 0, 1, QOS)),
        "a bond that stays after all": _stake(_cancel, ALICE, undelegate(ALICE, 0, 2 * QOS)),
        "a bond that is due": _due,
        "a validator that leaves": _stake(
            lambda chain: own.MsgRevokeValidator(validator_address=owner(0)), owner_of(0), wait_s=2 * DAY_S
        ),
        "a validator that comes back": _revoked(MsgUnjail(validator_addr=owner(0))),
        "the same with more bond": _revoked(own.MsgActivateValidator(validator_address=owner(0), top_up=aqos(QOS))),
        "a choice to compound": _stake(lambda chain: own.MsgSetCompounding(**PAIR, compounding=False)),
        "a bond compounded": _stake(lambda chain: MsgCompound(sender=ALICE.address, **PAIR)),
        "a reward": _stake(lambda chain: rewards.MsgWithdrawDelegatorReward(**PAIR)),
        "a commission": _stake(
            lambda chain: rewards.MsgWithdrawValidatorCommission(validator_address=owner(0)), owner_of(0)
        ),
        "another account for rewards": _stake(
            lambda chain: rewards.MsgSetWithdrawAddress(delegator_address=ALICE.address, withdraw_address=CAROL.address)
        ),
        "a gift to the pool": _stake(
            lambda chain: rewards.MsgFundCommunityPool(depositor=ALICE.address, amount=(aqos(QOS),))
        ),
        "a proposal of ten messages": _governed(_spend()),
        "an older proposal": _governed(_older_text()),
        "a deposit for a proposal": _governed(
            v1.MsgDeposit(proposal_id=2, depositor=BOB.address, amount=(aqos(QOS),)), BOB
        ),
        "an older deposit": _governed(
            v1beta1.MsgDeposit(proposal_id=2, depositor=BOB.address, amount=(aqos(QOS),)), BOB
        ),
        "a vote": _governed(v1.MsgVote(proposal_id=1, voter=ALICE.address, option=YES)),
        "a validator's vote": _governed(
            v1.MsgVote(proposal_id=1, voter=VALIDATORS[0].address, option=YES), VALIDATORS[0]
        ),
        "an older vote": _governed(v1beta1.MsgVote(proposal_id=1, voter=ALICE.address, option=OLDER_HALVES[0])),
        "a vote in parts": _governed(_parts()),
        "an older vote in parts": _governed(_older_parts()),
    }
)
"""By what happens."""
