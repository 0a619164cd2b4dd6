"""Scenes with stake, rewards and governance, for what engines have to agree on."""

from dataclasses import replace

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import BASE_DENOM
from qos.crypto import ed25519
from qos.machine.context import MisbehaviorKind
from qos.proto import codec
from qos.proto.json import to_json
from qos.proto.records import cosmos_distribution_v1beta1 as distribution
from qos.proto.records import cosmos_gov_v1 as gov
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_crypto_ed25519 import PubKey
from qos.proto.records.cosmos_staking_v1beta1 import (
    Description,
    MsgBeginRedelegate,
    MsgCancelUnbondingDelegation,
    MsgCreateValidator,
    MsgDelegate,
    MsgEditValidator,
    MsgUndelegate,
)
from qos.proto.records.qos_distribution_v1 import MsgCompound
from qos.proto.records.qos_gov_v1 import GenesisState
from qos.proto.records.qos_staking_v1 import MsgActivateValidator, MsgRevokeValidator, MsgSetCompounding
from qos.testing.chain import ALICE, BOB
from qos.testing.decided_chain import DecidedChain, kinds_of
from qos.testing.governance import ABSTAIN, SHORT, YES, proposal_of
from qos.testing.offences import double_vote
from qos.testing.qcp_network import expect_ok
from qos.testing.stake import RATES, owner_of
from qos.testing.transactions import aqos

SECOND = b"s" * 32
"""Seed of a validator that bonds, is away, and signed twice."""

BLOCKS_TO_JOIN = 10
QUICK = replace(SHORT, normal=replace(SHORT.normal, voting_period=20 * SECOND_NS))
GOVERNANCE = to_json(GenesisState(params=QUICK))
"""Governance that counts a text after 20 seconds."""


def stake(chain: DecidedChain) -> None:
    """Bond behind the validator and behind a second one; move, take back, think better of it; punish the second."""
    first, second = owner_of(0).address, BOB.address
    creation = MsgCreateValidator(
        description=Description(moniker="second"),
        commission=RATES,
        validator_address=second,
        pubkey=codec.pack(PubKey(key=ed25519.public_key(SECOND))),
        value=stake_of(20),
    )
    expect_ok(chain.do(BOB, creation))
    offence = height_with(chain, ed25519.address(ed25519.public_key(SECOND)))
    keep = "[do-not-modify]"
    said = Description(moniker="the second", identity=keep, website=keep, security_contact=keep, details=keep)
    expect_ok(chain.do(BOB, MsgEditValidator(description=said, validator_address=second)))
    people = {"delegator_address": ALICE.address}
    for owner in (first, second):
        expect_ok(chain.do(ALICE, MsgDelegate(**people, validator_address=owner, amount=stake_of(9))))
    moved = {"validator_src_address": second, "validator_dst_address": first}
    expect_ok(chain.do(ALICE, MsgBeginRedelegate(**people, **moved, amount=stake_of(4))))
    expect_ok(chain.do(ALICE, MsgUndelegate(**people, validator_address=second, amount=stake_of(3))))
    height = newest_with(chain, codec.type_url(MsgUndelegate))
    back = MsgCancelUnbondingDelegation(**people, validator_address=second, amount=stake_of(1), creation_height=height)
    expect_ok(chain.do(ALICE, back))
    expect_ok(chain.do(ALICE, MsgSetCompounding(**people, validator_address=first, compounding=True)))
    chain.do(BOB, MsgRevokeValidator(validator_address=second))
    chain.do(BOB, MsgActivateValidator(validator_address=second, top_up=stake_of(1)))
    punish(chain, offence)


def height_with(chain: DecidedChain, address: bytes) -> int:
    """Return the first height that a validator is asked to sign, once the votes on it are told."""
    for _ in range(BLOCKS_TO_JOIN):
        last = chain.decided[-1].block
        if any(vote.address == address for vote in last.votes):
            return last.height - 1
        chain.run_block()
    raise AssertionError("the second validator never joins the set")


def punish(chain: DecidedChain, height: int) -> None:
    """Tell that the second validator voted twice, long before; it is barred, what left it since is slashed too."""
    block, after = chain.decided[height - 1].block, chain.decided[height].block
    powers = [(vote.address, vote.power) for vote in after.votes]
    evidence = double_vote(SECOND, chain.chain_id, height=height, time_ns=block.time_ns, powers=powers)
    carrier = chain.accuse(evidence)
    assert [each.kind for each in carrier.block.misbehavior] == [MisbehaviorKind.DUPLICATE_VOTE]
    while len(chain.decided[-1].block.votes) > 1:
        chain.run_block()


def rewards(chain: DecidedChain) -> None:
    """Take rewards out, have them bonded, give some away."""
    owner = owner_of(0)
    withdraw = distribution.MsgWithdrawDelegatorReward(delegator_address=ALICE.address, validator_address=owner.address)
    expect_ok(chain.do(ALICE, withdraw))
    expect_ok(chain.do(owner, distribution.MsgWithdrawValidatorCommission(validator_address=owner.address)))
    to_bob = distribution.MsgSetWithdrawAddress(delegator_address=ALICE.address, withdraw_address=BOB.address)
    expect_ok(chain.do(ALICE, to_bob))
    expect_ok(chain.do(ALICE, distribution.MsgFundCommunityPool(amount=aqos(10**18), depositor=ALICE.address)))
    compound = MsgCompound(sender=BOB.address, delegator_address=ALICE.address, validator_address=owner.address)
    chain.do(BOB, compound)


def proposals(chain: DecidedChain) -> None:
    """Propose, put down a deposit, vote, and see it counted."""
    owner = owner_of(0)
    deposit = SHORT.normal.deposit
    expect_ok(chain.do(ALICE, proposal_of(ALICE.address, (), deposit // 2)))
    expect_ok(chain.do(BOB, gov.MsgDeposit(proposal_id=1, depositor=BOB.address, amount=aqos(deposit))))
    halves = tuple(gov.WeightedVoteOption(option=option, weight="0.5") for option in (YES, ABSTAIN))
    expect_ok(chain.do(ALICE, gov.MsgVoteWeighted(proposal_id=1, voter=ALICE.address, options=halves)))
    expect_ok(chain.do(owner, gov.MsgVote(proposal_id=1, voter=owner.address, option=YES)))


def stake_of(qos: int) -> Coin:
    """Return an amount of QOS."""
    return Coin(denom=BASE_DENOM, amount=qos * E18)


def newest_with(chain: DecidedChain, kind: str) -> int:
    """Return the height of the newest block with a message of a type."""
    return max(each.block.height for each in chain.decided if any(kind in kinds_of(tx) for tx in each.txs))
