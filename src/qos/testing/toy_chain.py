"""A chain of another family, as small as can be: what a third party's adapter has to look like.

Blocks are signed by one notary, whose public key is all that is trusted; a block names the hash of every packet sent so
far. There is no node: `ToyChain` is the chain, and a source that lies is a copy of it with other content.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

from qos.base import merkle
from qos.base.blocktime import DAY_NS
from qos.base.encoding import length_prefixed, u64
from qos.base.errors import RuleViolation
from qos.base.identifiers import BASE_DENOM, Address
from qos.cassini.adapters.contract import Adapter, AdapterUnavailable
from qos.cassini.findings import Absent, Finding, Measure, ProvenHeader, Queue, Route, Unknown, seen
from qos.cassini.messages import Deliver, HeadSeen, Inquiry, QueuesRead, Report
from qos.crypto import secp256k1
from qos.crypto.errors import BadSignature
from qos.modules.crosschain.qcp import attestation
from qos.modules.crosschain.qcp.attestation import MAX_BATCH, RelayGroup
from qos.modules.crosschain.qcp.packets import packet_hash, queue_id
from qos.proto import codec
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.qos_qcp_v1 import AssetTransfer, Packet, PacketKind, ProvenPacket

GENESIS = b"g" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyBlock:
    """A final block: the hashes of all packets sent until then, and the notary's signature over it."""

    height: int
    packets: tuple[bytes, ...]
    signature: bytes

    def digest(self, chain_id: str) -> bytes:
        """Return what the notary signs; it names the block."""
        return sha256(length_prefixed(chain_id.encode(), u64(self.height), *self.packets)).digest()


@dataclass(slots=True, kw_only=True)
class ToyChain:
    """The chain: an outbox to one peer, an inbox from it, relays it believes."""

    chain_id: str
    peer: str
    relays: RelayGroup
    notary: bytes
    outbox: list[bytes] = field(default_factory=list)
    blocks: list[ToyBlock] = field(default_factory=list)
    inbox: list[bytes] = field(default_factory=list)
    submitted: list[bytes] = field(default_factory=list)

    @property
    def key(self) -> bytes:
        """Return the notary's public key."""
        return secp256k1.public_key(self.notary)

    @property
    def outgoing(self) -> bytes:
        """Return the id of the queue to the peer."""
        return queue_id(self.chain_id, GENESIS, self.peer, GENESIS, 1)

    @property
    def incoming(self) -> bytes:
        """Return the id of the queue from the peer."""
        return queue_id(self.peer, GENESIS, self.chain_id, GENESIS, 1)

    def send(self, amount: int, now_ns: int) -> None:
        """Put a packet into the outbox."""
        payload = AssetTransfer(
            denom=BASE_DENOM, amount=amount, sender=Address(b"s" * 20), recipient=Address(b"r" * 20)
        )
        packet = Packet(
            version=1,
            queue_id=self.outgoing,
            sequence=len(self.outbox) + 1,
            kind=PacketKind.PACKET_KIND_REQUEST,
            source_height=len(self.blocks) + 1,
            timeout=now_ns + DAY_NS,
            payload_gas=60_000,
            payload_type="transfer",
            payload=codec.encode(payload),
        )
        self.outbox.append(codec.encode(packet))

    def seal(self) -> None:
        """Make a final block."""
        bare = ToyBlock(
            height=len(self.blocks) + 1, packets=tuple([packet_hash(each) for each in self.outbox]), signature=b""
        )
        signature = secp256k1.sign(self.notary, bare.digest(self.chain_id))
        self.blocks.append(replace(bare, signature=signature))

    def receive(self, delivery: Deliver) -> None:
        """Take attested packets in order. Raises: RuleViolation subclasses, AdapterUnavailable for a gap."""
        abstract = attestation.proven_abstract(delivery.attestation, self.relays, self.incoming)
        hashes = attestation.covered_hashes(abstract, delivery.hashes)
        for each in delivery.packets:
            position = len(self.inbox) + 1 - abstract.first
            if not 0 <= position < len(hashes) or packet_hash(each.packet) != hashes[position]:
                raise AdapterUnavailable(f"packet {len(self.inbox) + 1} is the next one, and not this")
            self.inbox.append(each.packet)


class ToyAdapter(Adapter):
    """The family's adapter: believes blocks its notary signed, and no source."""

    def __init__(self, chain: ToyChain, *, key: bytes, reached: bool = True) -> None:
        """Look at a chain through a source that may lie, trusting a notary's key."""
        self.chain_id = chain.chain_id
        self._chain, self._key, self._reached = chain, key, reached

    def follow(self) -> AsyncIterator[HeadSeen]:
        """Yield the newest block once: whoever drives the toy tells the rest."""
        return self._newest()

    async def _newest(self) -> AsyncIterator[HeadSeen]:
        yield HeadSeen(chain_id=self.chain_id, height=await self.newest_height(), changed=True)

    async def queues(self, peer: str) -> QueuesRead:
        """Read both queues. Raises: AdapterUnavailable."""
        chain = self._source()
        sent = len(chain.blocks[-1].packets) if chain.blocks else 0
        return QueuesRead(
            chain_id=self.chain_id, peer=peer, height=len(chain.blocks), outbox=sent, inbox=len(chain.inbox)
        )

    async def registration(self, source: str) -> Queue:
        """Return the queue from the peer. Raises: AdapterUnavailable."""
        chain = self._source()
        if source != chain.peer:
            raise AdapterUnavailable(f"{self.chain_id} does not know {source}")
        return Queue(
            route=Route(source=source, destination=self.chain_id),
            queue_id=chain.incoming,
            epoch=chain.relays.epoch,
            with_proof=False,
            signers=tuple([key for key in chain.relays.keys if key not in chain.relays.struck]),
            needed=attestation.quorum(len(chain.relays.keys)),
        )

    async def prove(self, inquiry: Inquiry, now_ns: int) -> Finding:
        """Prove packets by the block of a height."""
        del now_ns
        try:
            block = self._final(inquiry.height)
        except AdapterUnavailable as error:
            return Unknown(reason=str(error))
        known = block.packets if inquiry.queue.queue_id == self._chain.outgoing else ()
        last = inquiry.last or min(len(known), inquiry.first + MAX_BATCH - 1)
        if not inquiry.first <= last <= len(known):
            return Absent(height=inquiry.height, sequence=max(inquiry.first, len(known) + 1))
        packets: list[ProvenPacket] = []
        measure = Measure()
        for sequence in range(inquiry.first, last + 1):
            encoded = self._chain.outbox[sequence - 1]
            if packet_hash(encoded) != known[sequence - 1]:
                return Unknown(reason=f"the source shows another packet {sequence} than its block names")
            if not measure.takes(encoded):
                break
            packets.append(ProvenPacket(packet=encoded))
        name = block.digest(self.chain_id)
        header = ProvenHeader(height=block.height, header_hash=name, app_hash=merkle.root(block.packets))
        return seen(header, inquiry.first, packets, len(known))

    def _final(self, height: int) -> ToyBlock:
        chain = self._source()
        if not 1 <= height <= len(chain.blocks):
            raise AdapterUnavailable(f"{self.chain_id} has no block {height}")
        block = chain.blocks[height - 1]
        try:
            secp256k1.verify(self._key, block.digest(self.chain_id), block.signature)
        except BadSignature as error:
            raise AdapterUnavailable(f"block {height} is not the notary's: {error}") from None
        return block

    async def path(self, trusted: TrustedState, height: int, now_ns: int) -> tuple[LightBlock, ...]:
        """Refuse: no chain has a light client of this family. Raises: AdapterUnavailable."""
        raise AdapterUnavailable(f"{self.chain_id} has no headers a light client of {trusted.chain_id} could read")

    async def newest_height(self) -> int:
        """Return the newest block's height. Raises: AdapterUnavailable."""
        return len(self._source().blocks)

    async def deliver(self, delivery: Deliver, source: Adapter, now_ns: int) -> bytes:
        """Hand a batch in. Raises: AdapterUnavailable."""
        del source, now_ns
        chain = self._source()
        try:
            chain.receive(delivery)
        except RuleViolation as error:
            raise AdapterUnavailable(f"{self.chain_id}: {error}") from None
        tx_hash = sha256(codec.encode(delivery.attestation)).digest()
        chain.submitted.append(tx_hash)
        return tx_hash

    async def keep_trust(self, source: Adapter, now_ns: int) -> bytes:
        """Do nothing: there is no light client here that could age."""
        del source, now_ns
        return b""

    async def report(self, report: Report) -> bytes:
        """Strike the key. Raises: AdapterUnavailable."""
        chain = self._source()
        chain.relays = replace(chain.relays, struck=tuple(sorted({*chain.relays.struck, report.key})))
        return sha256(report.key).digest()

    def _source(self) -> ToyChain:
        if not self._reached:
            raise AdapterUnavailable(f"{self.chain_id}: no source answers")
        return self._chain
