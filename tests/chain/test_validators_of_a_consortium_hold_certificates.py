"""Seats of validators: power while certificates count, by block time and revocations (section 1)."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from qos.base.blocktime import SECOND_NS
from qos.base.errors import RuleViolation
from qos.chains.business import BUSINESS
from qos.machine.abci import ValidatorUpdate
from qos.machine.genesis import BadGenesis
from qos.modules.validators.consortium import errors, formulas
from qos.modules.validators.consortium.seats import MAX_POWER
from qos.proto.record import Record
from qos.proto.records import qos_consortium_v1 as wire
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.testing.chain import ALICE, AUTHORITY, FUNDS, VirtualChain, genesis_document
from qos.testing.consortium import CHAIN_ID, START_S, consortium, consortium_state, revocation
from qos.wallet.certificates import Issued

GROUP = consortium()
KEYS = tuple(bytes([number]) * 32 for number in range(1, 6))
GAS = 300_000


def seat_json(key: bytes, node: Issued, power: int = 10) -> dict[str, Any]:
    return {
        "consensus_key": b64encode(key).decode(),
        "power": str(power),
        "node": b64encode(node.certificate).decode(),
        "member": b64encode(GROUP.member.certificate).decode(),
    }


def document(nodes: list[Issued], named: int | None = None) -> dict[str, Any]:
    """A genesis whose seats are held by these certificates, and whose validators are the first of them."""
    state = consortium_state([(ALICE, GROUP.node("alice"))])
    state["seats"] = [seat_json(key, node) for key, node in zip(KEYS, nodes, strict=False)]
    funds = {ALICE.address: FUNDS, AUTHORITY.address: FUNDS}
    found = genesis_document(BUSINESS, chain_id=CHAIN_ID, funds=funds, gas_price=0, consortium=state)
    found["validators"] = [
        {"pub_key": {"type": "tendermint/PubKeyEd25519", "value": b64encode(key).decode()}, "power": "10"}
        for key in KEYS[: len(nodes) if named is None else named]
    ]
    return found


def started(*nodes: Issued) -> VirtualChain:
    return VirtualChain(document(list(nodes)), chain=BUSINESS)


def do(chain: VirtualChain, message: Record, error: type[RuleViolation] | None = None) -> tuple[ValidatorUpdate, ...]:
    key = AUTHORITY if isinstance(message, wire.MsgSetSeat) and message.authority == AUTHORITY.address else ALICE
    block = chain.run_block(chain.tx(key, message, gas=GAS, price=0))
    result: ExecTxResult = block.tx_results[0]
    expected = (error.code.codespace, error.code.number) if error is not None else ("", 0)
    assert (result.codespace, result.code) == expected, result.log
    return block.validator_updates


def seat(key: bytes, node: Issued, power: int = 10, *, signed: bytes | None = None) -> wire.MsgSetSeat:
    given = wire.Seat(consensus_key=key, power=power, node=node.certificate, member=GROUP.member.certificate)
    proof = node.sign(formulas.seat_bytes(CHAIN_ID, key) if signed is None else signed)
    return wire.MsgSetSeat(authority=AUTHORITY.address, seat=given, proof=proof)


def change(key: bytes, power: int) -> tuple[ValidatorUpdate, ...]:
    return (ValidatorUpdate(public_key=key, power=power),)


def test_expiry_alone_removes_no_validator_but_a_revocation_after_it_does() -> None:
    """Validity is judged when a certificate is used to join; a newer one changes the power."""
    node = GROUP.node("a", end_s=START_S + 20)
    chain = started(node, GROUP.node("b"))
    while chain.next_block().time_ns <= (START_S + 40) * SECOND_NS:
        assert chain.run_block().validator_updates == ()
    assert do(chain, revocation(ALICE, GROUP.member, 1, node.content.serial)) == change(KEYS[0], 0)
    assert chain.run_block().validator_updates == ()
    assert do(chain, seat(KEYS[0], GROUP.node("a again"), power=7)) == change(KEYS[0], 7)


def test_a_revoked_validator_is_out_with_that_block() -> None:
    node = GROUP.node("a")
    chain = started(node, GROUP.node("b"))
    assert do(chain, revocation(ALICE, GROUP.member, 1, node.content.serial)) == change(KEYS[0], 0)


def test_when_no_certificate_counts_any_more_the_set_stays() -> None:
    nodes = [GROUP.node(name, end_s=START_S + 20) for name in ("a", "b")]
    chain = started(*nodes)
    for _ in range(8):
        assert chain.run_block().validator_updates == ()


def test_the_authority_gives_and_takes_seats() -> None:
    chain = started(GROUP.node("a"))
    assert do(chain, seat(KEYS[1], GROUP.node("b"))) == change(KEYS[1], 10)
    assert do(chain, seat(KEYS[1], GROUP.node("b"), power=3)) == change(KEYS[1], 3)
    assert do(chain, seat(KEYS[1], GROUP.node("b"), power=0)) == change(KEYS[1], 0)
    asked = chain.query("/qos.consortium.v1.Query/Seats", wire.QuerySeatsRequest(), wire.QuerySeatsResponse)
    assert [state.seat.consensus_key for state in asked.seats] == [KEYS[0]]


def test_a_seat_is_given_by_the_authority_to_who_holds_a_certificate_that_counts() -> None:
    chain = started(GROUP.node("a"))
    node = GROUP.node("b")
    good = seat(KEYS[1], node)
    do(chain, replace(good, authority=ALICE.address), errors.NotTheAuthority)
    do(chain, replace(good, proof=b"no"), errors.BadProof)
    do(chain, seat(KEYS[1], node, signed=formulas.seat_bytes(CHAIN_ID, KEYS[2])), errors.BadProof)
    do(chain, seat(KEYS[1], node, signed=formulas.seat_bytes("shop-2", KEYS[1])), errors.BadProof)
    do(chain, seat(KEYS[1], GROUP.node("old", end_s=START_S)), errors.NotValidNow)
    do(chain, seat(KEYS[1], consortium("Rival").node("b")), errors.BadChain)
    do(chain, seat(KEYS[1], node, power=MAX_POWER + 1), errors.BadSeat)
    do(chain, seat(KEYS[1], node, power=0), errors.BadSeat)
    do(chain, seat(KEYS[0], GROUP.node("a"), power=0), errors.BadSeat)
    assert do(chain, seat(KEYS[1], node, power=MAX_POWER)) == change(KEYS[1], MAX_POWER)


def test_without_seats_in_genesis_validators_need_no_certificates() -> None:
    chain = VirtualChain(document([]) | {"validators": document([GROUP.node("a")])["validators"]}, chain=BUSINESS)
    do(chain, seat(KEYS[1], GROUP.node("b")), errors.NoSeats)
    assert chain.run_block().validator_updates == ()


def test_genesis_names_as_validators_the_seats_whose_certificates_count() -> None:
    expired = GROUP.node("b", end_s=START_S - 1)
    VirtualChain(document([GROUP.node("a"), expired], named=1), chain=BUSINESS)
    for wrong in (document([GROUP.node("a"), expired]), document([GROUP.node("a"), GROUP.node("b")], named=1)):
        with pytest.raises(BadGenesis, match="seats whose certificates count"):
            VirtualChain(wrong, chain=BUSINESS)


def test_exported_seats_start_the_same_set() -> None:
    chain = started(GROUP.node("a"), GROUP.node("b"))
    exported = chain.machine.export_genesis()
    again = VirtualChain(
        json.loads(json.dumps(document([GROUP.node("a"), GROUP.node("b")]) | {"app_state": exported})), chain=BUSINESS
    )
    assert again.machine.export_genesis()["consortium"] == exported["consortium"]
