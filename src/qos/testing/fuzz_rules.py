"""Decoders of what chains, clients and relays are sent: transactions, packets, proofs, headers, keys, documents."""

import json
from collections.abc import Callable
from functools import cache

from qos.base import bech32, blocktime, encoding, strictjson
from qos.base.errors import RuleViolation
from qos.base.identifiers import BadAddress, format_address, parse_address
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.crypto import certificates, eip55, multisig
from qos.engine.embedded.chain_state import read_genesis
from qos.engine.query_language import parse_query
from qos.lightclient import comet_json
from qos.lightclient.evidence_json import DUPLICATE_VOTES, parse_evidence, render_evidence
from qos.lightclient.hashes import header_hash
from qos.lightclient.json_values import MalformedJson
from qos.lightclient.verifier import Options, trust_root, verify
from qos.machine import simulation, transaction
from qos.machine.machine import Machine
from qos.modules.crosschain.qcp import packets
from qos.proto import codec
from qos.proto.amino_json import amino_json
from qos.proto.json import from_json
from qos.proto.record import AnyRecord
from qos.proto.records import tendermint_types as types
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignatureDescriptors
from qos.proto.records.cosmos_tx_v1beta1 import SimulateRequest, Tx
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.qos_qcp_v1 import MsgReceive, Packet, PacketKind
from qos.store.ics23 import BadProof
from qos.store.ics23_codec import decode as decode_proof
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.proofs import proven_value
from qos.testing.chain import ALICE, BOB, VirtualChain, genesis_document
from qos.testing.consortium import consortium
from qos.testing.fuzzing import Target
from qos.testing.light_chain import light_block, members, time_of
from qos.testing.signers import AMINO, by, group, signed_by, single
from qos.testing.transactions import send

QUEUE = b"q" * 32
RULES = (RuleViolation,)
_OPTIONS = Options()


@cache
def _world() -> VirtualChain:
    return VirtualChain()


def _gift() -> MsgSend:
    return send(ALICE.address, BOB.address, 5)


def _transactions() -> tuple[bytes, ...]:
    chain = _world()
    team = group(2, single("a"), single("b"), single("c"))
    multi = signed_by(chain, by(team, AMINO, places=(0, 2)), send(team.address, BOB.address, 1))
    return chain.tx(ALICE, _gift()), multi, signed_by(chain, by(single("a"), AMINO), _gift())


def _decode_tx(data: bytes) -> None:
    for chain in (PUBLIC, BUSINESS, CASSINI):
        transaction.decode(chain, data)


def _check_tx(data: bytes) -> None:
    answer = _world().machine.check_tx(data)
    if answer.code and not (answer.codespace and answer.log):
        raise AssertionError("a transaction was refused without a reason")


def _simulate(data: bytes) -> None:
    answer = _world().machine.query(simulation.PATH, data, 0, prove=False)
    if answer.code and not answer.log:
        raise AssertionError("a simulation was refused without a reason")


def _query(data: bytes) -> None:
    paths = sorted(PUBLIC.queries)
    path = paths[data[0] % len(paths)] if data else ""
    answer = _world().machine.query(path, data[1:], 0, prove=False)
    if answer.code and not answer.log:
        raise AssertionError("a query was refused without a reason")


def _amino(data: bytes) -> None:
    kinds = sorted(PUBLIC.messages)
    amino_json(AnyRecord(type_url=kinds[data[0] % len(kinds)] if data else "", value=data[1:]))


def _key(data: bytes) -> None:
    wrapped = codec.decode(AnyRecord, data)
    multisig.address_of(wrapped.type_url, wrapped.value)


def _packet(data: bytes) -> None:
    found = packets.read_packet(data, QUEUE, 1, 100, 1)
    if found.kind == PacketKind.PACKET_KIND_RESULT:
        packets.read_result(found)


def _packets() -> tuple[bytes, ...]:
    request = Packet(
        version=1,
        queue_id=QUEUE,
        sequence=1,
        kind=PacketKind.PACKET_KIND_REQUEST,
        source_height=9,
        payload_type="transfer",
        payload=b"payload",
        payload_gas=1_000,
        timeout=time_of(5),
    )
    return (codec.encode(request),)


@cache
def _proven() -> tuple[bytes, bytes, bytes]:
    store = MultiStore(MemoryBackend(), {"acc": 1, "bank": 2})
    store.apply(1, {"bank": {b"%03d" % number: b"v" for number in range(40)}, "acc": {b"a": b"1"}})
    store.commit()
    proof = store.prove(1, "bank", b"007")
    return proof.operations[0], proof.operations[1], proof.app_hash


def _store_proof(data: bytes) -> None:
    first, second, app_hash = _proven()
    if data == first:
        return
    proven_value([data, second], app_hash, "bank", b"007")
    raise AssertionError("an altered proof was accepted")


def _light_block(data: bytes) -> None:
    trusted = trust_root(_block(1), header_hash(_block(1).signed_header.header)).state
    verify(trusted, codec.decode(LightBlock, data), options=_OPTIONS, now_ns=time_of(20))


@cache
def _block(height: int) -> LightBlock:
    return light_block(height, members(1, 2, 3, 4))


def _json(read: Callable[[strictjson.JsonValue], object]) -> Callable[[bytes], object]:
    return lambda data: read(strictjson.parse_json(data))


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "replace"))


def _dumped(*values: object) -> tuple[bytes, ...]:
    return tuple(json.dumps(value).encode() for value in values)


def _commit_json() -> tuple[bytes, ...]:
    signed = _block(2).signed_header
    return _dumped(comet_json.render_signed_header(signed))


def _validators_json() -> tuple[bytes, ...]:
    page = comet_json.ValidatorsPage(block_height=2, validators=_block(2).validators, total=4)
    return _dumped(comet_json.render_validators_page(page))


def _evidence_json() -> tuple[bytes, ...]:
    vote = {
        "type": 2,
        "height": "5",
        "round": 0,
        "block_id": {"hash": "AB" * 32, "parts": {"total": 1, "hash": "CD" * 32}},
        "timestamp": "2026-01-01T00:00:00Z",
        "validator_address": "EF" * 20,
        "validator_index": 0,
        "signature": "A" * 86 + "==",
    }
    rest = {"TotalVotingPower": "10", "ValidatorPower": "3", "Timestamp": "2026-01-01T00:00:00Z"}
    return _dumped({"type": DUPLICATE_VOTES, "value": {"vote_a": vote, "vote_b": vote, **rest}}, _attack_json())


def _attack_json() -> strictjson.JsonObject:
    block = _block(2)
    attack = types.LightClientAttackEvidence(
        conflicting_block=types.LightBlock(
            signed_header=block.signed_header,
            validator_set=types.ValidatorSet(validators=block.validators, proposer=block.validators[0]),
        ),
        common_height=1,
        byzantine_validators=block.validators[:2],
        total_voting_power=4,
        timestamp=time_of(1),
    )
    return render_evidence(types.Evidence(light_client_attack_evidence=attack))


def _start_chain(data: bytes) -> None:
    read_genesis(data)
    Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores)).init_chain(data)


def _tx_json() -> tuple[bytes, ...]:
    message = {"@type": "/cosmos.bank.v1beta1.MsgSend", "to_address": format_address(BOB.address)}
    return _dumped({"body": {"messages": [message], "memo": "a"}})


def _certificates() -> tuple[bytes, ...]:
    issued = consortium()
    return issued.root.certificate, issued.member.certificate, issued.node("node").certificate


TARGETS = (
    Target(name="tx", decode=_decode_tx, declared=RULES, seeds=_transactions),
    Target(name="check-tx", decode=_check_tx, declared=(), seeds=_transactions),
    Target(
        name="simulate",
        decode=_simulate,
        declared=(),
        seeds=lambda: tuple(codec.encode(SimulateRequest(tx_bytes=tx)) for tx in _transactions()),
    ),
    Target(name="query", decode=_query, declared=(), seeds=lambda: (b"\x00", b"\x05\x0a\x04aqos")),
    Target(
        name="amino-json",
        decode=_amino,
        declared=RULES,
        seeds=lambda: (b"\x00" + codec.encode(_gift()), b"\x01" + codec.encode(_gift())),
    ),
    Target(
        name="public-key",
        decode=_key,
        declared=RULES,
        seeds=lambda: (
            codec.encode(single("a").public),
            codec.encode(group(2, single("a"), single("b")).public),
        ),
    ),
    Target(name="packet", decode=_packet, declared=RULES, seeds=_packets),
    Target(
        name="receive",
        decode=lambda data: codec.decode(MsgReceive, data),
        declared=RULES,
        seeds=lambda: (b"",),
    ),
    Target(
        name="proof",
        decode=decode_proof,
        declared=(BadProof,),
        seeds=lambda: _proven()[:2],
    ),
    Target(name="store-proof", decode=_store_proof, declared=(BadProof,), seeds=lambda: _proven()[:1]),
    Target(
        name="light-block",
        decode=_light_block,
        declared=RULES,
        seeds=lambda: (codec.encode(_block(2)), codec.encode(_block(9))),
    ),
    Target(
        name="commit-json",
        decode=_json(comet_json.parse_signed_header),
        declared=(strictjson.BadJson, MalformedJson),
        seeds=_commit_json,
    ),
    Target(
        name="validators-json",
        decode=_json(comet_json.parse_validators_page),
        declared=(strictjson.BadJson, MalformedJson),
        seeds=_validators_json,
    ),
    Target(
        name="evidence-json",
        decode=_json(parse_evidence),
        declared=(strictjson.BadJson, MalformedJson),
        seeds=_evidence_json,
    ),
    Target(
        name="genesis",
        decode=_start_chain,
        declared=RULES,
        seeds=lambda: _dumped(genesis_document()),
    ),
    Target(
        name="tx-json",
        decode=_json(lambda value: from_json(Tx, value)),
        declared=(strictjson.BadJson, *RULES),
        seeds=_tx_json,
    ),
    Target(
        name="signatures-json",
        decode=_json(lambda value: from_json(SignatureDescriptors, value)),
        declared=(strictjson.BadJson, *RULES),
        seeds=lambda: _dumped({"signatures": [{"public_key": {"@type": "/cosmos.crypto.ed25519.PubKey"}, "data": {}}]}),
    ),
    Target(name="certificate", decode=certificates.read, declared=RULES, seeds=_certificates),
    Target(
        name="json",
        decode=strictjson.parse_json,
        declared=(strictjson.BadJson,),
        seeds=lambda: _dumped({"a": [1, "b", None, {"c": True}]}),
    ),
    Target(
        name="bech32",
        decode=_text(bech32.decode),
        declared=(bech32.BadBech32,),
        seeds=lambda: (format_address(ALICE.address).encode(),),
    ),
    Target(
        name="address",
        decode=_text(parse_address),
        declared=(BadAddress,),
        seeds=lambda: (format_address(ALICE.address).encode(),),
    ),
    Target(
        name="hex-address",
        decode=_text(eip55.parse),
        declared=(BadAddress,),
        seeds=lambda: (eip55.format_hex(ALICE.address).encode(),),
    ),
    Target(
        name="time",
        decode=_text(blocktime.parse_rfc3339),
        declared=(ValueError,),
        seeds=lambda: (b"2026-01-01T00:00:00.000000001+01:30",),
    ),
    Target(name="varint", decode=encoding.read_uvarint, declared=(ValueError,), seeds=lambda: (b"\xff\x01", b"\x00")),
    Target(
        name="search",
        decode=_text(parse_query),
        declared=RULES,
        seeds=lambda: (b"tm.event='Tx' AND transfer.recipient='qos1' AND tx.height>5",),
    ),
)
