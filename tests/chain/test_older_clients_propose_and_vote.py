"""Clients that know the older governance messages propose texts and vote."""

from dataclasses import replace

from qos.base.amounts import E18
from qos.modules.governance.proposals import errors
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records import cosmos_gov_v1beta1 as v1beta1
from qos.proto.records import qos_gov_v1
from qos.testing.chain import ALICE, FUNDS
from qos.testing.governance import VALIDATORS, GovernedChain
from qos.testing.transactions import aqos


def test_older_clients_propose_texts_and_vote() -> None:
    chain = GovernedChain()
    text = codec.pack(v1beta1.TextProposal(title="Old", description="Form"))
    submit = v1beta1.MsgSubmitProposal(content=text, initial_deposit=aqos(100 * E18), proposer=ALICE.address)
    chain.done(ALICE, submit)
    other = AnyRecord(type_url="/cosmos.params.v1beta1.ParameterChangeProposal")
    result, code = chain.act(ALICE, replace(submit, content=other)), errors.BadProposal.code
    assert (result.codespace, result.code) == (code.codespace, code.number), result.log
    option = v1beta1.VoteOption.VOTE_OPTION_YES
    for validator in VALIDATORS[:2]:
        chain.done(validator, v1beta1.MsgVote(proposal_id=1, voter=validator.address, option=option))
    part = v1beta1.WeightedVoteOption(option=option, weight=E18)
    weighted = v1beta1.MsgVoteWeighted(proposal_id=1, voter=VALIDATORS[2].address, options=(part,))
    chain.done(VALIDATORS[2], weighted)
    assert chain.run_until_counted(1).tally == qos_gov_v1.Counts(yes=30 * E18)
    assert chain.balance(ALICE.address) > FUNDS - E18
