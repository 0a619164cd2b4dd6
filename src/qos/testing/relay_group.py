"""A Cassini chain of test relays, and what its members send."""

from base64 import b64encode

from qos.base import merkle
from qos.base.identifiers import format_address
from qos.chains.cassini import CASSINI
from qos.crypto import secp256k1
from qos.modules.crosschain.qcp.attestation import digest
from qos.proto.record import Record
from qos.proto.records.qos_qcp_v1 import Abstract
from qos.proto.records.qos_relay_v1 import (
    Batch,
    MsgObserve,
    MsgReportEquivocation,
    MsgSign,
    QueryBatchesRequest,
    QueryBatchesResponse,
    QueryVotesRequest,
    QueryVotesResponse,
)
from qos.testing.chain import VirtualChain, genesis_document
from qos.testing.transactions import Key, key_of

RELAYS = tuple(key_of(f"relay {i}") for i in range(4))
ATTESTERS = tuple(key_of(f"attester {i}") for i in range(4))
STRANGER = key_of("stranger")
QUEUE, OTHER_QUEUE = b"q" * 32, b"p" * 32
GAS = 5_000_000


def relay_state(size: int = 4) -> dict[str, object]:
    """Return the genesis of a group of test relays."""
    pairs = [(key_of(f"relay {i}"), key_of(f"attester {i}")) for i in range(size)]
    return {
        "members": [
            {"address": format_address(one.address), "key": b64encode(two.public).decode()} for one, two in pairs
        ]
    }


def cassini(size: int = 4) -> VirtualChain:
    """Return a running Cassini chain of that many members."""
    genesis = genesis_document(
        CASSINI, chain_id="cassini-1", gas_price=0, relay=relay_state(size), funds={STRANGER.address: 10**20}
    )
    return VirtualChain(genesis, chain=CASSINI)


def hashes_of(first: int, last: int, salt: bytes = b"") -> tuple[bytes, ...]:
    """Return made-up packet hashes; another salt gives other ones."""
    return tuple(merkle.leaf_hash(b"%d" % at + salt) for at in range(first, last + 1))


def abstract_of(first: int = 1, last: int = 3, *, height: int = 9, salt: bytes = b"", queue: bytes = QUEUE) -> Abstract:
    """Return an abstract over made-up packets."""
    return Abstract(
        queue_id=queue,
        version=1,
        height=height,
        header_hash=merkle.leaf_hash(b"header %d" % height),
        app_hash=b"a" * 32,
        first=first,
        last=last,
        packet_root=merkle.root(hashes_of(first, last, salt)),
    )


def observe(
    who: Key, abstract: Abstract, salt: bytes = b"", *, source: str = "qos-1", destination: str = "shop-1"
) -> MsgObserve:
    """Return a member's vote for an abstract."""
    return MsgObserve(
        relay=who.address,
        source_chain=source,
        destination_chain=destination,
        abstract=abstract,
        packet_hashes=hashes_of(abstract.first, abstract.last, salt),
    )


def run(chain: VirtualChain, *sent: tuple[Key, Record]) -> list[tuple[str, int, str]]:
    """Run one block of transactions, one a message, and return codespace, code and log of each."""
    txs = [chain.tx(who, message, gas=GAS, price=0) for who, message in sent]
    return [(each.codespace, each.code, each.log) for each in chain.run_block(*txs).tx_results]


def codes(chain: VirtualChain, *sent: tuple[Key, Record]) -> list[tuple[str, int]]:
    """Run one block and return codespace and code of each transaction."""
    return [each[:2] for each in run(chain, *sent)]


OK = ("", 0)


def fixed(chain: VirtualChain, abstract: Abstract | None = None) -> Batch:
    """Vote an abstract through and return its batch."""
    agreed = abstract or abstract_of()
    assert codes(chain, *[(who, observe(who, agreed)) for who in RELAYS[:3]]) == [OK] * 3
    return batches(chain)[-1]


def batches(chain: VirtualChain) -> tuple[Batch, ...]:
    """Return all kept batches."""
    found: list[Batch] = []
    while True:
        asked = QueryBatchesRequest(from_number=found[-1].number + 1 if found else 0)
        page = chain.query("/qos.relay.v1.Query/Batches", asked, QueryBatchesResponse).batches
        if not page:
            return tuple(found)
        found.extend(page)


def votes(chain: VirtualChain, queue: bytes = QUEUE) -> int:
    """Return how many votes stand for a queue."""
    asked = QueryVotesRequest(queue_id=queue)
    return len(chain.query("/qos.relay.v1.Query/Votes", asked, QueryVotesResponse).votes)


def signature(position: int, batch: Batch) -> tuple[Key, MsgSign]:
    """Return a member with its signature of a batch."""
    signed = secp256k1.sign(ATTESTERS[position].private, digest(batch.abstract))
    return RELAYS[position], MsgSign(relay=RELAYS[position].address, batch=batch.number, signature=signed)


def contradiction(liar: int) -> MsgReportEquivocation:
    """Return a report about one relay that signed different packets under two headers."""
    one, two = abstract_of(height=9), abstract_of(height=10, salt=b"lie")
    key = ATTESTERS[liar]
    return MsgReportEquivocation(
        reporter=RELAYS[3].address,
        key=key.public,
        first=one,
        first_signature=secp256k1.sign(key.private, digest(one)),
        first_hashes=hashes_of(1, 3),
        second=two,
        second_signature=secp256k1.sign(key.private, digest(two)),
        second_hashes=hashes_of(1, 3, b"lie"),
    )
