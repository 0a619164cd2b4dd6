"""A chain with governance whose periods are minutes, and what people do there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import BASE_DENOM, Address
from qos.machine.authority import GOVERNANCE
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.governance.proposals import deposits, params
from qos.modules.governance.proposals.lifecycle import require
from qos.modules.governance.proposals.state import LAST_ID
from qos.proto import codec
from qos.proto.json import to_json
from qos.proto.record import Record
from qos.proto.records import cosmos_gov_v1 as v1
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_staking_v1beta1 import MsgDelegate
from qos.proto.records.qos_fees_v1 import MsgUpdateParams
from qos.proto.records.qos_fees_v1 import Params as FeeParams
from qos.proto.records.qos_gov_v1 import GenesisState, LevelParams, Params, Proposal
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.testing.chain import ALICE, VirtualChain, genesis_document
from qos.testing.stake import owner_of, with_validators
from qos.testing.transactions import Key, aqos

VOTING_NS = 60 * SECOND_NS
GAS = 2_000_000
YES, ABSTAIN = v1.VoteOption.VOTE_OPTION_YES, v1.VoteOption.VOTE_OPTION_ABSTAIN
DEPOSIT, VOTING = v1.ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD, v1.ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD
PASSED, REJECTED = v1.ProposalStatus.PROPOSAL_STATUS_PASSED, v1.ProposalStatus.PROPOSAL_STATUS_REJECTED
NO, VETO = v1.VoteOption.VOTE_OPTION_NO, v1.VoteOption.VOTE_OPTION_NO_WITH_VETO


def _short(level: LevelParams, deposit: int) -> LevelParams:
    return replace(level, deposit=deposit * E18, voting_period=VOTING_NS)


SHORT = replace(
    params.DEFAULTS,
    normal=_short(params.DEFAULTS.normal, 100),
    important=_short(params.DEFAULTS.important, 200),
    critical=_short(params.DEFAULTS.critical, 300),
    deposit_period=VOTING_NS,
)
"""Twelve blocks of voting, hundreds of QOS of deposit; everything else as on the public chain."""

FEES = FeeParams(denom=BASE_DENOM, gas_price=10**10, value_fee_cap=5)
NEW_FEES = MsgUpdateParams(authority=GOVERNANCE, params=FEES)
"""What governance may set the fees to."""

VALIDATORS = tuple(owner_of(number) for number in range(4))
"""Owners of the validators, with 10 QOS bonded each."""


def governed_genesis(parameters: Params = SHORT) -> dict[str, Any]:
    """Return a genesis with four validators and short periods."""
    document = genesis_document(gov=to_json(GenesisState(params=parameters)))
    return with_validators(document, [bytes([number]) * 32 for number in range(4)], spare=50 * E18)


class GovernedChain(VirtualChain):
    """A chain whose people propose and vote."""

    def __init__(self, genesis: dict[str, Any] | None = None, **others: Any) -> None:
        super().__init__(governed_genesis() if genesis is None else genesis, **others)

    def act(self, key: Key, *messages: Record) -> ExecTxResult:
        """Run a block with one transaction."""
        return self.run_block(self.tx(key, *messages, gas=GAS)).tx_results[0]

    def done(self, key: Key, *messages: Record) -> ExecTxResult:
        """Run a block with one transaction that must succeed."""
        result = self.act(key, *messages)
        assert result.code == 0, result.log
        return result

    def bond(self, key: Key, qos: int, validator: int = 0) -> None:
        """Delegate to a validator."""
        self.done(key, delegation(key.address, VALIDATORS[validator].address, qos * E18))

    def propose(self, *messages: Record, deposit: int = 300, by: Key = ALICE) -> int:
        """Submit a proposal with a deposit in QOS; returns its number."""
        self.done(by, proposal_of(by.address, messages, deposit * E18))
        return LAST_ID.get(self.state()) or 0

    def proposal(self, number: int) -> Proposal:
        """Return a proposal as it is kept."""
        return require(self.state(), number)

    def held(self) -> int:
        """Return the deposits the chain holds, in aqos."""
        return bank.balance(self.state(), deposits.HOLDING, BASE_DENOM)

    def pool(self) -> int:
        """Return the whole QOS of the community pool: fees, which nobody votes for, are a small part of one."""
        return bank.balance(self.state(), COMMUNITY_POOL, BASE_DENOM) // E18 * E18

    def vote(self, number: int, option: v1.VoteOption, *voters: Key) -> None:
        """Let people vote, all in one block."""
        txs = [
            self.tx(voter, v1.MsgVote(proposal_id=number, voter=voter.address, option=option), gas=GAS)
            for voter in voters
        ]
        for result in self.run_block(*txs).tx_results:
            assert result.code == 0, result.log

    def run_until_counted(self, number: int) -> Proposal:
        """Make blocks until a proposal has ended."""
        while (found := self.proposal(number)).status in (
            v1.ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD,
            v1.ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD,
        ):
            self.run_block()
        return found

    def decide(self, *messages: Record, voters: Sequence[Key] = VALIDATORS) -> Proposal:
        """Propose messages, let the validators say yes, and return the proposal once it has ended."""
        number = self.propose(*messages)
        self.vote(number, YES, *voters)
        return self.run_until_counted(number)


def proposal_of(proposer: Address, messages: Sequence[Record], amount: int, **others: Any) -> v1.MsgSubmitProposal:
    """Return a proposal with a title and a text."""
    content: dict[str, Any] = {"title": "A change", "summary": "Why it is good"} | others
    return v1.MsgSubmitProposal(
        messages=tuple(codec.pack(each) for each in messages),
        initial_deposit=aqos(amount),
        proposer=proposer,
        **content,
    )


def delegation(delegator: Address, validator: Address, amount: int) -> MsgDelegate:
    """Return a delegation."""
    return MsgDelegate(
        delegator_address=delegator, validator_address=validator, amount=Coin(denom=BASE_DENOM, amount=amount)
    )
