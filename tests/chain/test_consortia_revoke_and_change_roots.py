"""CAs revoke by signed lists, the authority revokes and changes roots; what stood on them ends (section 11)."""

from dataclasses import replace

import pytest

from qos.modules.validators.consortium import errors
from qos.proto.records import qos_consortium_v1 as wire
from qos.testing.chain import ALICE, AUTHORITY, BOB, VirtualChain, expect
from qos.testing.consortium import (
    consortium,
    consortium_chain,
    do,
    gives,
    member,
    refuses,
    revocation,
    wanted,
)
from qos.wallet.certificates import issue_root

GROUP = consortium()
ALICES = GROUP.node("alice")


@pytest.fixture
def chain() -> VirtualChain:
    return consortium_chain([(ALICE, ALICES)])


def test_a_ca_revokes_by_its_signed_list_whoever_brings_it(chain: VirtualChain) -> None:
    expect(do(chain, ALICE, GROUP.register(ALICE, BOB.address, GROUP.node("bob"))), None)
    expect(do(chain, BOB, revocation(BOB, GROUP.member, 1, ALICES.content.serial)), None)
    expect(gives(chain, ALICE), errors.Revoked)
    expect(gives(chain, BOB), None)
    expect(do(chain, BOB, GROUP.register(BOB, ALICE.address, ALICES)), errors.Revoked)
    expect(do(chain, BOB, GROUP.register(BOB, ALICE.address, GROUP.node("alice"))), None)
    expect(gives(chain, ALICE), None)


def test_a_revoked_member_takes_its_nodes_along(chain: VirtualChain) -> None:
    expect(do(chain, AUTHORITY, revocation(AUTHORITY, GROUP.root, 1, GROUP.member.content.serial)), None)
    expect(gives(chain, ALICE), errors.Revoked)
    assert "member was revoked" in member(chain, ALICE.address).refused


def test_the_authority_revokes_without_a_signature_and_nobody_else(chain: VirtualChain) -> None:
    unsigned = replace(
        revocation(AUTHORITY, GROUP.member, 1, ALICES.content.serial), issuer_certificate=b"", signature=b""
    )
    refuses(chain, replace(unsigned, sender=ALICE.address), errors.BadList)
    expect(do(chain, AUTHORITY, unsigned), None)
    expect(gives(chain, ALICE), errors.Revoked)


def test_the_authority_reaches_a_ca_that_used_up_all_numbers(chain: VirtualChain) -> None:
    expect(do(chain, ALICE, revocation(ALICE, GROUP.member, 2**64 - 1, b"\x07")), None)
    late = replace(revocation(AUTHORITY, GROUP.member, 1, ALICES.content.serial), issuer_certificate=b"", signature=b"")
    expect(do(chain, AUTHORITY, late), None)
    expect(gives(chain, ALICE), errors.Revoked)


def test_lists_are_taken_in_order_of_their_numbers_and_add_up(chain: VirtualChain) -> None:
    expect(do(chain, ALICE, revocation(ALICE, GROUP.member, 5, b"\x07")), None)
    for number in (4, 5):
        refuses(chain, revocation(ALICE, GROUP.member, number, b"\x08"), errors.OldList)
    expect(do(chain, ALICE, revocation(ALICE, GROUP.member, 6, b"\x08")), None)
    asked = wire.QueryRevokedRequest(issuer=GROUP.member.content.key_id)
    found = chain.query("/qos.consortium.v1.Query/Revoked", asked, wire.QueryRevokedResponse).revoked
    assert (found.number, found.serials) == (6, (b"\x07", b"\x08"))


def test_a_list_is_for_one_chain_by_its_own_ca_over_good_serials(chain: VirtualChain) -> None:
    good = revocation(ALICE, GROUP.member, 1, b"\x07")
    other = consortium("Rival")
    for bad in (
        revocation(ALICE, GROUP.member, 1, b"\x07", chain_id="shop-2"),
        revocation(ALICE, GROUP.member, 1),
        revocation(ALICE, GROUP.member, 0, b"\x07"),
        revocation(ALICE, GROUP.member, 1, b"\x00\x07"),
        revocation(ALICE, GROUP.member, 1, b"x" * 21),
        replace(good, list=replace(good.list, number=2)),
        replace(good, list=replace(good.list, issuer=b"i" * 32)),
    ):
        refuses(chain, bad, errors.BadList)
    refuses(chain, revocation(ALICE, other.member, 1, b"\x07"), errors.UnknownRoot)
    refuses(chain, revocation(ALICE, ALICES, 1, b"\x07"), errors.BadChain)


def test_the_authority_changes_roots_and_what_stands_on_a_removed_one_counts_no_more(chain: VirtualChain) -> None:
    other = consortium("Rival")
    added = wire.MsgSetRoot(authority=AUTHORITY.address, root=wire.Root(certificate=other.root.certificate))
    refuses(chain, replace(added, authority=ALICE.address), errors.NotTheAuthority)
    expect(do(chain, AUTHORITY, added), None)
    expect(do(chain, ALICE, other.register(ALICE, BOB.address, other.node("bob"))), None)
    removed = wire.MsgSetRoot(
        authority=AUTHORITY.address, root=wire.Root(certificate=GROUP.root.certificate, removed=True)
    )
    expect(do(chain, AUTHORITY, removed), None)
    expect(gives(chain, ALICE), errors.Revoked)
    expect(gives(chain, BOB), None)
    expect(do(chain, AUTHORITY, replace(removed, root=wire.Root(certificate=GROUP.root.certificate))), None)
    expect(gives(chain, ALICE), None)


@pytest.mark.parametrize("wrong", [GROUP.member.certificate, ALICES.certificate, b"", GROUP.root.certificate[:-1]])
def test_a_root_is_a_ca_that_signed_itself(chain: VirtualChain, wrong: bytes) -> None:
    message = wire.MsgSetRoot(authority=AUTHORITY.address, root=wire.Root(certificate=wrong))
    expect(do(chain, AUTHORITY, message), errors.BadChain)


def test_a_consortium_has_eight_roots_at_most(chain: VirtualChain) -> None:
    for number in range(7):
        root = issue_root(wanted("More", f"root {number}"))
        message = wire.MsgSetRoot(authority=AUTHORITY.address, root=wire.Root(certificate=root.certificate))
        expect(do(chain, AUTHORITY, message), None)
    last = issue_root(wanted("More", "too many"))
    message = wire.MsgSetRoot(authority=AUTHORITY.address, root=wire.Root(certificate=last.certificate))
    expect(do(chain, AUTHORITY, message), errors.BadChain)
