"""Answers from a committed version are made once: four relays ask for the same ones."""

import pytest

from qos.base.identifiers import BASE_DENOM
from qos.machine.abci import ProofOp, QueryResult
from qos.machine.memo import MAX_BYTES, REMEMBERED, AnswerMemo, Asked
from qos.modules.assets.bank.state import BALANCES
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend, QueryBalanceRequest, QueryBalanceResponse
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.testing.chain import ALICE, BOB, FUNDS, VirtualChain

PATH = "/cosmos.bank.v1beta1.Query/Balance"
REQUEST = QueryBalanceRequest(address=BOB.address, denom=BASE_DENOM)
SEND = MsgSend(from_address=ALICE.address, to_address=BOB.address, amount=(Coin(denom=BASE_DENOM, amount=5),))


def asked(number: int) -> Asked:
    return Asked("/store/qcp/key", b"k", number, True)


def held(chain: VirtualChain, height: int = 0) -> int:
    answer = chain.query(PATH, REQUEST, QueryBalanceResponse, height=height)
    assert answer.balance is not None
    return answer.balance.amount


@pytest.mark.parametrize("prove", [True, False])
def test_each_version_has_answers_of_its_own(prove: bool) -> None:
    """[N1] What was answered before a block is not what is answered after it, with proof or without."""
    chain = VirtualChain()
    key = BALANCES.raw_key((BOB.address, BASE_DENOM))
    chain.run_block()
    first = chain.height
    before = chain.machine.query("/store/bank/key", key, 0, prove=prove)
    assert held(chain) == FUNDS
    for _ in range(2):
        chain.run_block(chain.tx(ALICE, SEND))
    assert held(chain) == FUNDS + 10
    assert held(chain, first) == FUNDS
    assert chain.machine.query("/store/bank/key", key, 0, prove=prove) != before
    assert chain.machine.query("/store/bank/key", key, before.height, prove=prove) == before


def test_a_proof_is_not_answered_with_a_bare_value() -> None:
    chain = VirtualChain()
    for _ in range(2):
        chain.run_block()
    key = BALANCES.raw_key((BOB.address, BASE_DENOM))
    assert not chain.machine.query("/store/bank/key", key, 1, prove=False).proof_ops
    assert chain.machine.query("/store/bank/key", key, 1, prove=True).proof_ops


def test_the_oldest_answer_is_forgotten() -> None:
    memo = AnswerMemo()
    for number in range(REMEMBERED + 1):
        memo.put(asked(number), QueryResult(height=number))
    assert memo.get(asked(0)) is None
    assert memo.get(asked(1)) == QueryResult(height=1)


def test_a_long_answer_is_not_kept() -> None:
    memo = AnswerMemo()
    proof = (ProofOp(type="ics23:iavl", key=b"k", data=bytes(MAX_BYTES)),)
    memo.put(asked(1), QueryResult(value=b"v", proof_ops=proof))
    memo.put(asked(2), QueryResult(proof_ops=proof))
    assert memo.get(asked(1)) is None
    assert memo.get(asked(2)) is not None
