"""Fee grants on a chain: messages, admission, expiry, queries, conservation."""

from dataclasses import replace

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.chains.public import PUBLIC
from qos.machine.errors import (
    InsufficientFunds,
    InvalidRequest,
    KeyNotFound,
    Unauthorized,
    UnknownAddress,
    UnknownRequest,
)
from qos.modules.assets.feegrant.errors import FeeLimitExceeded, FeeLimitExpired, MessageNotAllowed, NoAllowance
from qos.modules.assets.feegrant.operations import PRUNED_PER_BLOCK
from qos.modules.assets.feegrant.state import EXPIRING, GRANTS
from qos.modules.economics.fees.operations import COLLECTOR
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import MsgMultiSend
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    AllowedMsgAllowance,
    BasicAllowance,
    Grant,
    MsgGrantAllowance,
    MsgPruneAllowances,
    MsgRevokeAllowance,
    QueryAllowanceRequest,
    QueryAllowanceResponse,
    QueryAllowancesByGranterRequest,
    QueryAllowancesByGranterResponse,
    QueryAllowancesRequest,
    QueryAllowancesResponse,
)
from qos.testing.chain import ALICE, BOB, CAROL, FUNDS, VirtualChain, code_of, genesis_document
from qos.testing.transactions import GAS_LIMIT, GAS_PRICE, Key, aqos, auth_of, body_of, key_of, send, signed

NEW = key_of("nobody has sent me anything")
FEE = GAS_LIMIT * GAS_PRICE
ANY = BasicAllowance()
PATH = "/cosmos.feegrant.v1beta1.Query/"


@pytest.fixture
def chain() -> VirtualChain:
    return VirtualChain()


def grant(granter: Key, grantee: Key, allowance: Record = ANY) -> MsgGrantAllowance:
    return MsgGrantAllowance(granter=granter.address, grantee=grantee.address, allowance=codec.pack(allowance))


def granted_tx(
    chain: VirtualChain,
    key: Key,
    message: Record,
    granter: Address,
    *,
    gas: int = GAS_LIMIT,
    payer: Address | None = None,
) -> bytes:
    """Return a transaction whose fee the granter is to pay."""
    signers = (chain.signer(key),)
    auth = auth_of(signers)
    assert auth.fee is not None
    fee = replace(auth.fee, granter=granter, payer=payer or Address(b""))
    return codec.encode(signed(chain.chain_id, body_of(message), replace(auth, fee=fee), signers))


def run(chain: VirtualChain, *txs: bytes) -> list[tuple[str, int]]:
    return [(result.codespace, result.code) for result in chain.run_block(*txs).tx_results]


OK = ("", 0)


def refusal(chain: VirtualChain, tx: bytes) -> tuple[str, int]:
    """Check a transaction and run it in a block; both must refuse it alike and nothing may change."""
    before = chain.idle_hash()
    checked = chain.machine.check_tx(tx)
    (result,) = run(chain, tx)
    assert (checked.codespace, checked.code) == result
    assert chain.app_hash == before
    return result


def test_an_address_that_never_received_anything_acts_with_a_granted_fee(chain: VirtualChain) -> None:
    assert run(chain, chain.tx(ALICE, grant(ALICE, NEW))) == [OK]
    message = grant(NEW, BOB)
    assert run(chain, granted_tx(chain, NEW, message, ALICE.address)) == [OK]
    assert chain.balance(NEW.address) == 0
    assert chain.signer(NEW).sequence == 1
    assert chain.balance(ALICE.address) == FUNDS - 2 * FEE
    assert chain.balance(COLLECTOR) == FEE, "what the block before collected has been shared out"


def test_without_a_grant_a_new_address_cannot_act(chain: VirtualChain) -> None:
    assert refusal(chain, granted_tx(chain, NEW, grant(NEW, BOB), ALICE.address)) == code_of(UnknownAddress)


def test_a_failing_message_is_paid_by_the_granter_and_uses_the_allowance(chain: VirtualChain) -> None:
    run(chain, chain.tx(ALICE, grant(ALICE, BOB, BasicAllowance(spend_limit=aqos(2 * FEE)))))
    failing = granted_tx(chain, BOB, send(BOB.address, CAROL.address, 2 * FUNDS), ALICE.address)
    assert run(chain, failing) == [code_of(InsufficientFunds)]
    assert chain.balance(BOB.address) == FUNDS
    assert chain.balance(ALICE.address) == FUNDS - 2 * FEE
    assert left(chain) == BasicAllowance(spend_limit=aqos(FEE))


def left(chain: VirtualChain, granter: Key = ALICE, grantee: Key = BOB) -> BasicAllowance:
    request = QueryAllowanceRequest(granter=granter.address, grantee=grantee.address)
    found = chain.query(PATH + "Allowance", request, QueryAllowanceResponse).allowance
    assert found is not None
    return codec.unpack(BasicAllowance, found.allowance)


def test_a_spent_allowance_is_gone(chain: VirtualChain) -> None:
    run(chain, chain.tx(ALICE, grant(ALICE, BOB, BasicAllowance(spend_limit=aqos(FEE)))))
    message = send(BOB.address, CAROL.address, 1)
    assert run(chain, granted_tx(chain, BOB, message, ALICE.address)) == [OK]
    assert refusal(chain, granted_tx(chain, BOB, message, ALICE.address)) == code_of(NoAllowance)


def test_a_fee_above_the_allowance_is_refused_at_admission_and_costs_nobody(chain: VirtualChain) -> None:
    run(chain, chain.tx(ALICE, grant(ALICE, BOB, BasicAllowance(spend_limit=aqos(FEE - 1)))))
    tx = granted_tx(chain, BOB, send(BOB.address, CAROL.address, 1), ALICE.address)
    assert refusal(chain, tx) == code_of(FeeLimitExceeded)


def test_a_granter_without_funds_pays_nothing(chain: VirtualChain) -> None:
    assert run(chain, chain.tx(ALICE, grant(ALICE, NEW))) == [OK]
    assert run(chain, granted_tx(chain, NEW, grant(NEW, BOB), ALICE.address)) == [OK]
    tx = granted_tx(chain, BOB, send(BOB.address, CAROL.address, 1), NEW.address)
    assert refusal(chain, tx) == code_of(InsufficientFunds)


def test_an_allowance_for_one_message_pays_for_no_other(chain: VirtualChain) -> None:
    only = AllowedMsgAllowance(
        allowance=codec.pack(ANY), allowed_messages=("/" + MsgMultiSend.full_name, "/" + MsgRevokeAllowance.full_name)
    )
    run(chain, chain.tx(ALICE, grant(ALICE, BOB, only)))
    tx = granted_tx(chain, BOB, send(BOB.address, CAROL.address, 1), ALICE.address)
    assert refusal(chain, tx) == code_of(MessageNotAllowed)


def test_the_granter_named_as_his_own_granter_pays_himself(chain: VirtualChain) -> None:
    tx = granted_tx(chain, BOB, send(BOB.address, CAROL.address, 1), BOB.address)
    assert run(chain, tx) == [OK]
    assert chain.balance(BOB.address) == FUNDS - FEE - 1


def test_a_payer_who_did_not_sign_is_refused_granter_or_not(chain: VirtualChain) -> None:
    run(chain, chain.tx(ALICE, grant(ALICE, CAROL)))
    tx = granted_tx(chain, BOB, send(BOB.address, CAROL.address, 1), ALICE.address, payer=CAROL.address)
    assert refusal(chain, tx) == code_of(Unauthorized)


def test_expired_allowances_are_refused_at_once_and_removed_by_the_next_block(chain: VirtualChain) -> None:
    soon = chain.next_block().time_ns + 7 * SECOND_NS
    run(chain, chain.tx(ALICE, grant(ALICE, BOB, BasicAllowance(expiration=soon))))
    message = send(BOB.address, CAROL.address, 1)
    assert run(chain, granted_tx(chain, BOB, message, ALICE.address)) == [OK]
    assert run(chain, granted_tx(chain, BOB, message, ALICE.address)) == [code_of(NoAllowance)]
    assert chain.ask(PATH + "Allowance", QueryAllowanceRequest(granter=ALICE.address, grantee=BOB.address)).code
    assert not list(EXPIRING.keys(chain.state()))


def test_an_expired_allowance_the_queue_has_not_reached_is_refused(chain: VirtualChain) -> None:
    ctx = chain.scratch()
    over = BasicAllowance(expiration=ctx.block.time_ns - 1)
    found = Grant(granter=ALICE.address, grantee=BOB.address, allowance=codec.pack(over))
    GRANTS.set(ctx, (BOB.address, ALICE.address), found)
    spend = chain.machine.chain.spend_grant
    assert spend is not None
    with pytest.raises(FeeLimitExpired):
        spend(ctx, ALICE.address, BOB.address, aqos(1), ())


def test_a_block_removes_a_bounded_number_and_anybody_may_remove_more(chain: VirtualChain) -> None:
    soon = chain.next_block().time_ns + 9 * SECOND_NS
    count = PRUNED_PER_BLOCK + 80
    people = [key_of(f"grantee {number}") for number in range(count)]
    for part in (people[:90], people[90:]):
        messages = [grant(ALICE, each, BasicAllowance(expiration=soon)) for each in part]
        assert run(chain, chain.tx(ALICE, *messages, gas=20_000_000)) == [OK]
    chain.run_block()
    assert len(list(GRANTS.items(chain.state()))) == count - PRUNED_PER_BLOCK
    ctx = chain.scratch()
    chain.machine.chain.messages["/" + MsgPruneAllowances.full_name].handle(ctx, MsgPruneAllowances(pruner=BOB.address))
    assert len(list(GRANTS.items(ctx))) == 5
    assert run(chain, chain.tx(BOB, MsgPruneAllowances(pruner=BOB.address), gas=10**7)) == [OK]
    assert not list(GRANTS.items(chain.state()))


def test_a_grant_is_refused_to_oneself_twice_or_to_a_module(chain: VirtualChain) -> None:
    assert run(chain, chain.tx(ALICE, grant(ALICE, BOB))) == [OK]
    for grantee in (ALICE.address, BOB.address, COLLECTOR):
        message = MsgGrantAllowance(granter=ALICE.address, grantee=grantee, allowance=codec.pack(ANY))
        assert run(chain, chain.tx(ALICE, message)) == [code_of(InvalidRequest)]


def test_a_revoked_allowance_pays_no_more_and_may_be_granted_again(chain: VirtualChain) -> None:
    end = MsgRevokeAllowance(granter=ALICE.address, grantee=BOB.address)
    assert run(chain, chain.tx(ALICE, end)) == [code_of(NoAllowance)]
    later = BasicAllowance(expiration=chain.next_block().time_ns + 10**15)
    assert run(chain, chain.tx(ALICE, grant(ALICE, BOB, later))) == [OK]
    assert run(chain, chain.tx(ALICE, end)) == [OK]
    tx = granted_tx(chain, BOB, send(BOB.address, CAROL.address, 1), ALICE.address)
    assert refusal(chain, tx) == code_of(NoAllowance)
    assert run(chain, chain.tx(ALICE, grant(ALICE, BOB, later))) == [OK]


def test_grants_are_found_by_both_sides_page_by_page(chain: VirtualChain) -> None:
    assert run(chain, chain.tx(ALICE, grant(ALICE, BOB), grant(ALICE, CAROL)), chain.tx(BOB, grant(BOB, CAROL))) == [
        OK,
        OK,
    ]
    to_carol = chain.query(PATH + "Allowances", QueryAllowancesRequest(grantee=CAROL.address), QueryAllowancesResponse)
    assert {each.granter for each in to_carol.allowances} == {ALICE.address, BOB.address}
    request = QueryAllowancesByGranterRequest(granter=ALICE.address)
    of_alice = chain.query(PATH + "AllowancesByGranter", request, QueryAllowancesByGranterResponse)
    assert {each.grantee for each in of_alice.allowances} == {BOB.address, CAROL.address}
    missing = chain.ask(PATH + "Allowance", QueryAllowanceRequest(granter=CAROL.address, grantee=BOB.address))
    assert (missing.codespace, missing.code) == code_of(KeyNotFound)


def test_grants_survive_export_and_import(chain: VirtualChain) -> None:
    later = BasicAllowance(spend_limit=aqos(10 * FEE), expiration=chain.next_block().time_ns + 10**15)
    run(chain, chain.tx(ALICE, grant(ALICE, BOB, later), grant(ALICE, NEW)))
    state = chain.machine.export_genesis()
    again = VirtualChain(genesis_document(app_state={}) | {"app_state": state})
    assert again.machine.export_genesis()["feegrant"] == state["feegrant"]
    assert run(again, granted_tx(again, BOB, send(BOB.address, CAROL.address, 1), ALICE.address)) == [OK]


def test_a_chain_without_grants_says_so() -> None:
    chain = VirtualChain(chain=replace(PUBLIC, spend_grant=None))
    tx = granted_tx(chain, BOB, send(BOB.address, CAROL.address, 1), ALICE.address)
    assert refusal(chain, tx) == code_of(UnknownRequest)
