"""Round two: members sign; who contradicts itself is struck; genesis."""

from dataclasses import replace
from hashlib import sha256

import pytest

from qos.base.errors import RuleViolation
from qos.base.identifiers import format_address
from qos.chains.cassini import CASSINI
from qos.crypto import secp256k1
from qos.machine.abci import BlockRequest
from qos.machine.genesis import BadGenesis
from qos.machine.machine import Machine
from qos.modules.crosschain.qcp.attestation import RelayGroup, digest, proven_abstract
from qos.modules.relay.observations.operations import KEPT_BATCHES
from qos.proto.records.qos_qcp_v1 import Attestation
from qos.proto.records.qos_relay_v1 import MsgRecordSubmission, QueryMembersRequest, QueryMembersResponse
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import VirtualChain, genesis_document
from qos.testing.relay_group import (
    ATTESTERS,
    GAS,
    OK,
    QUEUE,
    RELAYS,
    STRANGER,
    abstract_of,
    batches,
    cassini,
    codes,
    contradiction,
    fixed,
    hashes_of,
    observe,
    relay_state,
    run,
    signature,
)
from qos.testing.transactions import Key


def test_three_signatures_are_an_attestation_the_destination_accepts() -> None:
    chain = cassini()
    batch = fixed(chain)
    run(chain, signature(2, batch), signature(0, batch))
    keys = tuple(sorted(key.public for key in ATTESTERS))
    group = RelayGroup(epoch=0, keys=keys)
    two = batches(chain)[0]
    with pytest.raises(RuleViolation, match="2 of 4 relays signed, 3 are needed"):
        proven_abstract(Attestation(abstract=two.abstract, signatures=two.signatures), group, QUEUE)
    run(chain, signature(3, batch))
    whole = batches(chain)[0]
    attestation = Attestation(abstract=whole.abstract, signatures=whole.signatures)
    assert proven_abstract(attestation, group, QUEUE) == batch.abstract


def test_one_relay_signing_four_times_is_one_signature() -> None:
    chain = cassini()
    batch = fixed(chain)
    for _ in range(4):
        assert codes(chain, signature(1, batch)) == [OK]
    assert [each.key for each in batches(chain)[0].signatures] == [ATTESTERS[1].public]


def test_a_signature_by_another_key_or_over_another_abstract_is_refused() -> None:
    chain = cassini()
    batch = fixed(chain)
    foreign = replace(signature(1, batch)[1], relay=RELAYS[0].address)
    elsewhere = signature(0, replace(batch, abstract=abstract_of(height=77)))
    assert codes(chain, (RELAYS[0], foreign)) == [("qcp", 13)]
    assert codes(chain, elsewhere) == [("qcp", 13)]
    assert not batches(chain)[0].signatures


def test_a_signature_for_no_batch_is_refused() -> None:
    chain = cassini()
    batch = fixed(chain)
    assert codes(chain, signature(0, replace(batch, number=5))) == [("relay", 4)]


def test_only_members_vote_sign_and_report() -> None:
    chain = cassini()
    batch = fixed(chain)
    foreign_sign = replace(signature(0, batch)[1], relay=STRANGER.address)
    report = replace(contradiction(0), reporter=STRANGER.address)
    for message in (observe(STRANGER, abstract_of(4, 5)), foreign_sign, report):
        assert codes(chain, (STRANGER, message)) == [("relay", 1)]


def test_a_relay_that_contradicted_itself_is_struck_in_that_block_and_n_stays() -> None:
    chain = cassini()
    agreed = abstract_of()
    run(chain, (RELAYS[0], observe(RELAYS[0], agreed)), (RELAYS[1], observe(RELAYS[1], agreed)))
    assert codes(chain, (RELAYS[3], contradiction(0))) == [OK]
    group = chain.query("/qos.relay.v1.Query/Members", QueryMembersRequest(), QueryMembersResponse).members
    assert [each.key for each in group if each.struck] == [ATTESTERS[0].public]
    assert codes(chain, (RELAYS[0], observe(RELAYS[0], agreed))) == [("relay", 2)]
    run(chain, (RELAYS[2], observe(RELAYS[2], agreed)))
    assert not batches(chain), "two honest votes and a struck one are not three"
    run(chain, (RELAYS[3], observe(RELAYS[3], agreed)))
    assert batches(chain)


def test_a_struck_relays_signature_completes_nothing() -> None:
    chain = cassini()
    batch = fixed(chain)
    run(chain, signature(0, batch))
    run(chain, (RELAYS[3], contradiction(0)))
    assert codes(chain, signature(0, batch)) == [("relay", 2)]
    event = chain.run_block(*[chain.tx(*signature(at, batch), gas=GAS, price=0) for at in (1, 2)]).tx_results[1].events
    kinds = [each.attributes[0].value for each in event if each.type == "relay"]
    assert kinds == ["signature"]


def test_what_can_both_be_true_strikes_nobody() -> None:
    chain = cassini()
    report = contradiction(0)
    same = replace(
        report, second=report.first, second_signature=report.first_signature, second_hashes=report.first_hashes
    )
    later = abstract_of(2, 4, height=30)
    overlap = replace(
        report,
        second=later,
        second_signature=secp256k1.sign(ATTESTERS[0].private, digest(later)),
        second_hashes=hashes_of(2, 4),
    )
    foreign = replace(report, key=ATTESTERS[1].public)
    bent = replace(report, second_hashes=report.first_hashes)
    expected = [(same, 29), (overlap, 29), (foreign, 13), (bent, 7)]
    for message, code in expected:
        assert codes(chain, (RELAYS[3], message)) == [("qcp", code)]


def test_a_report_about_a_key_of_nobody_is_refused() -> None:
    chain = cassini()
    report = contradiction(0)
    key = STRANGER
    forged = replace(
        report,
        key=key.public,
        first_signature=secp256k1.sign(key.private, digest(report.first)),
        second_signature=secp256k1.sign(key.private, digest(report.second)),
    )
    assert codes(chain, (RELAYS[3], forged)) == [("relay", 5)]


def test_old_batches_of_a_queue_are_retired() -> None:
    chain = cassini()
    for number in range(1, KEPT_BATCHES + 3):
        agreed = abstract_of(number, number, height=number + 1)
        txs = [chain.tx(who, observe(who, agreed), gas=GAS, price=0) for who in RELAYS[:3]]
        chain.machine.finalize_block(_block(chain, txs))
        chain.machine.commit()
    numbers = [batch.number for batch in batches(chain)]
    assert numbers == list(range(3, KEPT_BATCHES + 3))
    chain.machine.check_invariants()


def _block(chain: VirtualChain, txs: list[bytes]) -> BlockRequest:
    return BlockRequest(block=chain.next_block(), txs=tuple(txs))


def test_genesis_survives_export_and_import() -> None:
    chain = cassini()
    batch = fixed(chain)
    run(chain, signature(0, batch), (RELAYS[1], observe(RELAYS[1], abstract_of(4, 5))))
    exported = chain.machine.export_genesis()
    document = genesis_document(CASSINI, chain_id="cassini-1") | {"app_state": exported}
    second = VirtualChain(document, chain=CASSINI)
    assert second.machine.export_genesis() == exported
    assert batches(second) == batches(chain)


def test_genesis_refuses_three_members_a_key_twice_and_what_is_no_key() -> None:
    good = relay_state()["members"]
    assert isinstance(good, list)
    twice = [*good[:3], good[0] | {"address": format_address(STRANGER.address)}]
    same_address = [*good[:3], good[3] | {"address": good[0]["address"]}]
    no_key = [*good[:3], good[3] | {"key": "A" * 44}]
    for members in (good[:3], twice, same_address, no_key):
        genesis = genesis_document(CASSINI, chain_id="cassini-1", relay={"members": members})
        with pytest.raises(RuleViolation) as refused:
            VirtualChain(genesis, chain=CASSINI)
        assert isinstance(refused.value, BadGenesis)


def test_stores_of_the_cassini_chain_have_ids_of_their_own() -> None:
    Machine(CASSINI, MultiStore(MemoryBackend(), CASSINI.stores))
    ids = [module.store_id for module in CASSINI.modules]
    assert len(set(ids)) == len(ids)


def submission(position: int, batch: int, salt: bytes = b"") -> tuple[Key, MsgRecordSubmission]:
    relay = RELAYS[position]
    return relay, MsgRecordSubmission(relay=relay.address, batch=batch, tx_hash=sha256(b"tx" + salt).digest())


def test_a_submission_is_recorded_once_a_batch_is_attested_and_each_member_has_one() -> None:
    chain = cassini()
    batch = fixed(chain)
    assert codes(chain, submission(0, 1)) == [("relay", 7)]
    run(chain, *[signature(position, batch) for position in range(3)])
    assert codes(chain, submission(1, 1), submission(0, 1), submission(3, 1)) == [OK] * 3
    assert codes(chain, submission(0, 1, b"again")) == [OK]
    kept = batches(chain)[0].submissions
    assert [each.relay for each in kept] == sorted(RELAYS[position].address for position in (0, 1, 3))
    assert next(each for each in kept if each.relay == RELAYS[0].address).tx_hash == sha256(b"txagain").digest()


def test_submissions_of_strangers_struck_members_and_unknown_batches_are_refused() -> None:
    chain = cassini()
    batch = fixed(chain)
    run(chain, *[signature(position, batch) for position in range(3)])
    foreign = MsgRecordSubmission(relay=STRANGER.address, batch=1, tx_hash=bytes(32))
    assert codes(chain, (STRANGER, foreign), submission(0, 2)) == [("relay", 1), ("relay", 4)]
    run(chain, (RELAYS[3], contradiction(0)))
    assert codes(chain, submission(0, 1)) == [("relay", 2)]
