"""Membership by certificates on a business chain without fees (sections 1 and 11): who may send, and until when."""

import json
from dataclasses import replace

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.errors import RuleViolation
from qos.base.identifiers import Address, format_address, module_address
from qos.chains.business import BUSINESS
from qos.machine.genesis import BadGenesis
from qos.modules.validators.consortium import errors
from qos.proto.records import qos_consortium_v1 as wire
from qos.testing.chain import ALICE, AUTHORITY, BOB, CAROL, DAVE, FUNDS, VirtualChain, expect, genesis_document
from qos.testing.consortium import (
    CHAIN_ID,
    START_S,
    consortium,
    consortium_chain,
    consortium_state,
    do,
    gives,
    member,
    refuses,
    revocation,
    wanted,
)
from qos.testing.transactions import send, transaction
from qos.wallet.certificates import Issued, issue_member, issue_node, issue_root

GROUP = consortium()
ALICES = GROUP.node("alice")
NEWCOMER = Address(b"n" * 20)


@pytest.fixture
def chain() -> VirtualChain:
    return consortium_chain([(ALICE, ALICES)])


def test_members_send_without_a_fee_and_others_are_not_admitted(chain: VirtualChain) -> None:
    expect(gives(chain, ALICE), None)
    before = chain.signer(BOB).sequence
    expect(gives(chain, BOB), errors.NotAMember)
    assert (chain.signer(BOB).sequence, chain.balance(BOB.address)) == (before, FUNDS)
    assert chain.machine.check_tx(chain.tx(BOB, send(BOB.address, DAVE.address, 1), price=0)).codespace == "consortium"


def test_a_members_transfer_stays_within_the_gas_of_a_plain_one(chain: VirtualChain) -> None:
    expect(gives(chain, ALICE), None)
    assert gives(chain, ALICE).gas_used <= 21_000


def test_every_signer_has_to_be_a_member(chain: VirtualChain) -> None:
    swap = (send(ALICE.address, CAROL.address, 1), send(BOB.address, CAROL.address, 1))
    signers = (chain.signer(ALICE), chain.signer(BOB))
    expect(chain.run_block(transaction(CHAIN_ID, signers, *swap, price=0)).tx_results[0], errors.NotAMember)
    expect(do(chain, ALICE, GROUP.register(ALICE, BOB.address, GROUP.node("bob"))), None)
    signers = (chain.signer(ALICE), chain.signer(BOB))
    expect(chain.run_block(transaction(CHAIN_ID, signers, *swap, price=0)).tx_results[0], None)


def test_whoever_is_no_member_receives_all_the_same(chain: VirtualChain) -> None:
    expect(do(chain, ALICE, send(ALICE.address, BOB.address, 7)), None)
    assert chain.balance(BOB.address) == FUNDS + 7


def test_the_authority_may_send_without_a_certificate(chain: VirtualChain) -> None:
    expect(gives(chain, AUTHORITY), None)


def test_without_a_consortium_anybody_sends() -> None:
    funds = {BOB.address: FUNDS}
    open_chain = VirtualChain(genesis_document(BUSINESS, chain_id=CHAIN_ID, funds=funds, gas_price=0), chain=BUSINESS)
    expect(gives(open_chain, BOB), None)
    expect(do(open_chain, BOB, GROUP.register(BOB, BOB.address, GROUP.node("bob"))), errors.NoConsortium)
    assert "params" not in str(open_chain.machine.export_genesis()["consortium"])


def test_a_consortium_may_know_its_members_and_let_others_send_too() -> None:
    open_chain = consortium_chain([(ALICE, ALICES)], members_only=False)
    expect(gives(open_chain, BOB), None)
    expect(do(open_chain, BOB, GROUP.register(BOB, BOB.address, GROUP.node("bob"))), None)


def test_a_member_registers_a_newcomer_who_then_sends(chain: VirtualChain) -> None:
    expect(do(chain, ALICE, GROUP.register(ALICE, BOB.address, GROUP.node("bob"))), None)
    expect(gives(chain, BOB), None)
    found = member(chain, BOB.address)
    assert (found.member.organisation, found.member.name, found.refused) == ("Shop", "bob", "")


def test_registering_creates_the_account(chain: VirtualChain) -> None:
    expect(do(chain, ALICE, GROUP.register(ALICE, NEWCOMER, GROUP.node("new"))), None)
    assert member(chain, NEWCOMER).member.account == NEWCOMER
    module = module_address("fee_collector")
    refuses(chain, GROUP.register(ALICE, module, GROUP.node("module")), errors.BadChain)


def test_a_renewed_certificate_replaces_the_old_one_whose_key_is_free_again(chain: VirtualChain) -> None:
    expect(do(chain, ALICE, GROUP.register(ALICE, ALICE.address, GROUP.node("alice again"))), None)
    assert member(chain, ALICE.address).member.name == "alice again"
    expect(do(chain, ALICE, GROUP.register(ALICE, BOB.address, ALICES)), None)


def test_nobody_else_replaces_a_certificate_that_counts_by_an_old_message_or_a_new_one(chain: VirtualChain) -> None:
    first, second = GROUP.node("bob"), GROUP.node("bob again")
    expect(do(chain, ALICE, GROUP.register(ALICE, BOB.address, first)), None)
    expect(do(chain, BOB, GROUP.register(BOB, BOB.address, second)), None)
    refuses(chain, GROUP.register(ALICE, BOB.address, first), errors.NotYours)
    expect(do(chain, AUTHORITY, GROUP.register(AUTHORITY, BOB.address, first)), None)


def test_one_key_stands_for_one_account(chain: VirtualChain) -> None:
    refuses(chain, GROUP.register(ALICE, BOB.address, ALICES), errors.AlreadyRegistered)


@pytest.mark.parametrize(
    ("chain_id", "account", "signer"),
    [("shop-2", BOB.address, "bob"), (CHAIN_ID, CAROL.address, "bob"), (CHAIN_ID, BOB.address, "another")],
    ids=["another chain", "another account", "another key"],
)
def test_the_key_has_to_be_held_by_whoever_registers(
    chain: VirtualChain, chain_id: str, account: Address, signer: str
) -> None:
    node = GROUP.node("bob")
    good = GROUP.register(ALICE, account, node if signer == "bob" else GROUP.node(signer), chain_id=chain_id)
    refuses(chain, GROUP.register(ALICE, BOB.address, node, proof=good.proof), errors.BadProof)
    refuses(chain, GROUP.register(ALICE, BOB.address, node, proof=b""), errors.BadProof)


def test_certificates_count_by_block_time(chain: VirtualChain) -> None:
    late = GROUP.node("late", start_s=START_S + 60)
    refuses(chain, GROUP.register(ALICE, BOB.address, late), errors.NotValidNow)
    gone = GROUP.node("gone", end_s=START_S)
    refuses(chain, GROUP.register(ALICE, BOB.address, gone), errors.NotValidNow)
    while chain.next_block().time_ns < (START_S + 60) * SECOND_NS:
        chain.run_block()
    expect(do(chain, ALICE, GROUP.register(ALICE, BOB.address, late)), None)


def test_a_member_whose_certificate_expires_is_heard_to_the_last_second_and_not_after() -> None:
    brief = consortium_chain([(ALICE, GROUP.node("brief", end_s=START_S + 15))])
    while brief.next_block().time_ns < (START_S + 15) * SECOND_NS:
        brief.run_block()
    expect(gives(brief, ALICE), None)
    expect(gives(brief, ALICE), errors.NotValidNow)
    assert "register newer ones" in member(brief, ALICE.address).refused


def test_a_foreign_root_is_unknown(chain: VirtualChain) -> None:
    other = consortium("Rival")
    refuses(chain, other.register(ALICE, BOB.address, other.node("bob")), errors.UnknownRoot)


def test_a_root_of_the_same_name_and_another_key_is_unknown(chain: VirtualChain) -> None:
    double = issue_root(wanted("Shop consortium", "root"))
    member = issue_member(double, wanted("Shop", "Shop CA"))
    forged = replace(GROUP, root=double, member=member)
    refuses(chain, forged.register(ALICE, BOB.address, forged.node("bob")), errors.UnknownRoot)


def chain_too_long() -> wire.Registration:
    """A member's certificate where a node's belongs."""
    return wire.Registration(account=BOB.address, node=GROUP.member.certificate, member=GROUP.root.certificate)


def ca_for_a_node() -> wire.Registration:
    return wire.Registration(account=BOB.address, node=GROUP.member.certificate, member=GROUP.member.certificate)


def node_for_a_member() -> wire.Registration:
    return wire.Registration(account=BOB.address, node=ALICES.certificate, member=ALICES.certificate)


def other_members_node() -> wire.Registration:
    other = issue_member(GROUP.root, wanted("Shop", "Shop CA"))
    node = issue_node(other, wanted("Shop", "bob"))
    return wire.Registration(account=BOB.address, node=node.certificate, member=GROUP.member.certificate)


def no_certificate() -> wire.Registration:
    return wire.Registration(account=BOB.address, node=b"", member=GROUP.member.certificate)


@pytest.mark.parametrize(
    "wrong", [chain_too_long, ca_for_a_node, node_for_a_member, other_members_node, no_certificate]
)
def test_certificates_have_to_follow_as_root_member_node(chain: VirtualChain, wrong) -> None:
    message = wire.MsgRegister(sender=ALICE.address, registration=wrong(), proof=b"p")
    refuses(chain, message, errors.BadChain)


def test_a_member_may_not_issue_for_another_organisation(chain: VirtualChain) -> None:
    rival = issue_member(issue_root(wanted("Shop consortium", "root")), wanted("Rival", "Shop CA"))
    bent = Issued(certificate=rival.certificate, key=GROUP.member.key)
    node = issue_node(bent, wanted("Rival", "bob"))
    refuses(chain, GROUP.register(ALICE, BOB.address, node), errors.BadChain)


def test_certificates_can_be_asked_about_without_being_registered(chain: VirtualChain) -> None:
    def ask(node: bytes) -> wire.QueryCertificateResponse:
        request = wire.QueryCertificateRequest(node=node, member=GROUP.member.certificate)
        return chain.query("/qos.consortium.v1.Query/Certificate", request, wire.QueryCertificateResponse)

    assert (ask(ALICES.certificate).account, ask(ALICES.certificate).refused) == (ALICE.address, "")
    stranger = ask(GROUP.node("bob", end_s=START_S).certificate)
    assert (stranger.organisation, stranger.name, stranger.account) == ("Shop", "bob", b"")
    assert "not at this block's time" in stranger.refused


def test_genesis_exports_and_imports_the_same_consortium(chain: VirtualChain) -> None:
    expect(do(chain, ALICE, GROUP.register(ALICE, BOB.address, GROUP.node("bob"))), None)
    expect(do(chain, ALICE, revocation(ALICE, GROUP.member, 3, b"\x07")), None)
    removed = wire.Root(certificate=consortium("Rival").root.certificate, removed=True)
    expect(do(chain, AUTHORITY, wire.MsgSetRoot(authority=AUTHORITY.address, root=removed)), None)
    exported = chain.machine.export_genesis()
    again = VirtualChain(
        json.loads(json.dumps(genesis_document(BUSINESS, chain_id=CHAIN_ID) | {"app_state": exported})), chain=BUSINESS
    )
    assert again.machine.export_genesis()["consortium"] == exported["consortium"]
    expect(gives(again, BOB), None)


@pytest.mark.parametrize("broken", ["no params", "root twice", "account twice", "no authority"])
def test_a_genesis_that_contradicts_itself_is_refused(broken: str) -> None:
    state = consortium_state([(ALICE, ALICES)])
    match broken:
        case "no params":
            del state["params"]
        case "root twice":
            state["roots"] *= 2
        case "account twice":
            state["registrations"] *= 2
        case _:
            state["params"]["authority"] = format_address(Address(b"a" * 21))
    with pytest.raises((BadGenesis, RuleViolation)):
        VirtualChain(genesis_document(BUSINESS, chain_id=CHAIN_ID, consortium=state), chain=BUSINESS)
