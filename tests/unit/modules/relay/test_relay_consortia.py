"""The root CAs the relays hold: by more than two thirds, once, in genesis too."""

from qos.modules.relay.observations.consortia import MAX_ROOT_VOTES
from qos.proto.records.qos_relay_v1 import MsgHoldConsortium, QueryConsortiaRequest, QueryConsortiaResponse
from qos.testing.chain import VirtualChain
from qos.testing.consortium import consortium
from qos.testing.relay_group import OK, RELAYS, STRANGER, cassini, codes, contradiction, run
from qos.testing.transactions import Key

ROOT, OTHER = consortium().root.certificate, consortium("Mall").root.certificate


def says(who: Key, chain_id: str = "shop-1", root: bytes = ROOT) -> tuple[Key, MsgHoldConsortium]:
    return who, MsgHoldConsortium(relay=who.address, chain_id=chain_id, root=root)


def held(chain: VirtualChain) -> dict[str, bytes]:
    answer = chain.query("/qos.relay.v1.Query/Consortia", QueryConsortiaRequest(), QueryConsortiaResponse)
    return {each.chain_id: each.root for each in answer.consortia}


def test_three_of_four_hold_a_root_and_two_do_not() -> None:
    chain = cassini()
    assert codes(chain, says(RELAYS[0]), says(RELAYS[1])) == [OK] * 2
    assert codes(chain, says(RELAYS[1])) == [OK]
    assert held(chain) == {}
    assert codes(chain, says(RELAYS[3])) == [OK]
    assert held(chain) == {"shop-1": ROOT}


def test_votes_for_different_roots_do_not_add_up_and_may_be_changed() -> None:
    chain = cassini()
    run(chain, says(RELAYS[0]), says(RELAYS[1]), says(RELAYS[2], root=OTHER))
    assert held(chain) == {}
    run(chain, says(RELAYS[2]))
    assert held(chain) == {"shop-1": ROOT}


def test_what_is_held_stays() -> None:
    chain = cassini()
    run(chain, *[says(who) for who in RELAYS[:3]])
    assert codes(chain, says(RELAYS[3], root=OTHER), says(RELAYS[2])) == [("relay", 8), OK]
    assert held(chain) == {"shop-1": ROOT}


def test_strangers_struck_members_bad_names_and_bad_certificates_are_refused() -> None:
    chain = cassini()
    member = consortium().member.certificate
    assert codes(chain, says(STRANGER), says(RELAYS[0], chain_id="No Chain")) == [("relay", 1), ("relay", 3)]
    for bad in (member, b"x", b""):
        [(codespace, _)] = codes(chain, says(RELAYS[0], root=bad))
        assert codespace == "consortium"
    run(chain, (RELAYS[3], contradiction(0)))
    assert codes(chain, says(RELAYS[0])) == [("relay", 2)]


def test_a_member_has_a_bounded_number_of_votes_standing() -> None:
    chain = cassini()
    for number in range(MAX_ROOT_VOTES):
        assert codes(chain, says(RELAYS[0], chain_id=f"shop-{number}")) == [OK], number
    assert codes(chain, says(RELAYS[0], chain_id="shop-last")) == [("relay", 6)]
    assert codes(chain, says(RELAYS[0], chain_id="shop-1")) == [OK]
