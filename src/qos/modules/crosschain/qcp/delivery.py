"""From a message to packets that are proven: nothing else of the message may be used after that (Q3, Q10)."""

from dataclasses import dataclass

from qos.machine.context import Context
from qos.modules.crosschain.qcp import attestation, client, queues
from qos.modules.crosschain.qcp.errors import MalformedAbstract, WrongVersion
from qos.modules.crosschain.qcp.packet_errors import AlreadyReceived, NotProven, PacketNotAttested, SequenceGap
from qos.modules.crosschain.qcp.packets import packet_hash, read_packet
from qos.modules.crosschain.qcp.params import Figures
from qos.modules.crosschain.qcp.peers import group_of, needs_proof, receiving_version
from qos.modules.crosschain.qcp.state import OUTBOX, STORE
from qos.proto.records.qos_qcp_v1 import Abstract, MsgReceive, Packet, Peer, ProvenPacket
from qos.store.ics23 import BadProof
from qos.store.proofs import proven_value

SIGNATURE_GAS = 3_000
"""Checking one relay's signature."""
PACKET_GAS = 1_000
"""Hashing and reading one packet."""
PROOF_GAS = 3_000
"""Checking the two links of a proof, bytes apart."""
PROOF_BYTE_GAS = 4
"""Parsing and hashing one byte of a proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A packet shown to be the next of its queue, with the hash that names it."""

    packet: Packet
    hash: bytes


def proven_packets(ctx: Context, peer: Peer, msg: MsgReceive, figures: Figures) -> tuple[Proven, ...]:
    """Return the packets of a delivery, in order from the next sequence on, once all of them are proven.

    Raises: OutOfGas before the work; MalformedAbstract, as `attestation.proven_abstract`; as `client`;
    AlreadyReceived, SequenceGap, NotProven, PacketNotAttested, and as `packets.read_packet`.
    """
    _charge(ctx, peer, msg)
    abstract = attestation.proven_abstract(msg.attestation, group_of(peer), peer.incoming)
    if abstract.version != receiving_version(peer):
        raise WrongVersion(
            f"attestation of version {abstract.version}, this queue speaks {receiving_version(peer)} now"
        )
    hashes = attestation.covered_hashes(abstract, msg.packet_hashes)
    app_hash = b""
    if needs_proof(peer):
        client.check_live(ctx, peer.chain_id, figures.client)
        app_hash = client.accepted_app_hash(ctx, peer.chain_id, abstract)
    expected = queues.inbox(ctx, peer) + 1
    _check_covers(abstract, expected, len(msg.packets))
    found = []
    for position, claimed in enumerate(msg.packets):
        sequence = expected + position
        data = proven_bytes(peer, claimed, sequence, app_hash) if needs_proof(peer) else claimed.packet
        found.append(_attested(data, hashes[sequence - abstract.first], peer, sequence, abstract))
    return tuple(found)


def _charge(ctx: Context, peer: Peer, msg: MsgReceive) -> None:
    gas = SIGNATURE_GAS * len(msg.attestation.signatures) + PACKET_GAS * (len(msg.packets) + len(msg.packet_hashes))
    if needs_proof(peer):
        size = sum([len(each.store_proof) + len(each.chain_proof) for each in msg.packets])
        gas += PROOF_GAS * len(msg.packets) + PROOF_BYTE_GAS * size
    ctx.gas.consume(gas)


def _check_covers(abstract: Abstract, expected: int, count: int) -> None:
    if not count:
        raise MalformedAbstract("a delivery has at least one packet")
    if abstract.last < expected:
        raise AlreadyReceived(expected, abstract.last)
    if abstract.first > expected:
        raise SequenceGap(expected, abstract.first)
    if expected + count - 1 > abstract.last:
        raise MalformedAbstract(f"{count} packets from {expected} on, but only up to {abstract.last} is attested")


def proven_bytes(peer: Peer, claimed: ProvenPacket, sequence: int, app_hash: bytes) -> bytes:
    """Return what the peer's outbox holds under exactly this queue and sequence.

    What is claimed must be just that: whoever reads deliveries in blocks has no proofs. Raises: NotProven.
    """
    key = OUTBOX.raw_key((peer.incoming, sequence))
    try:
        data = proven_value((claimed.store_proof, claimed.chain_proof), app_hash, STORE, key)
    except BadProof as error:
        raise NotProven(f"packet {sequence} of {peer.chain_id}: {error}") from None
    if claimed.packet != data:
        raise NotProven(f"packet {sequence} of {peer.chain_id}: the proof is for another packet than the one brought")
    return data


def _attested(data: bytes, expected_hash: bytes, peer: Peer, sequence: int, abstract: Abstract) -> Proven:
    named = packet_hash(data)
    if named != expected_hash:
        raise PacketNotAttested(f"packet {sequence} has hash {named.hex()}, {expected_hash.hex()} is attested")
    return Proven(packet=read_packet(data, peer.incoming, sequence, abstract.height, abstract.version), hash=named)
