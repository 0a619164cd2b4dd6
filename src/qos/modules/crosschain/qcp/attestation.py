"""Attestations (Q10a): what relays sign, how many must, and what their signatures prove.

Pure: the registered keys are arguments. The Cassini chain and the relays use it too, so that all count alike.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise

from qos.base import merkle
from qos.base.encoding import length_prefixed, u64
from qos.base.errors import RuleViolation
from qos.crypto import secp256k1
from qos.crypto.errors import BadSignature
from qos.modules.crosschain.qcp.errors import (
    BadRelaySignature,
    MalformedAbstract,
    NotEnoughRelays,
    UnknownRelay,
    UnsortedSignatures,
    WrongEpoch,
    WrongQueue,
    WrongVersion,
)
from qos.proto.records.qos_qcp_v1 import Abstract, Attestation, RelaySignature

VERSION = 1
"""The first protocol version; its size limits are constants equal on both sides (Q2)."""
MIN_RELAYS = 4
MAX_RELAYS = 64
MAX_BATCH = 64
"""Packets one abstract may cover."""
HASH_BYTES = 32
CACHED_ROOTS = 128
"""Roots kept: every member votes for the same hashes, and they are looked at again when they are signed."""
_TAG = b"qos/qcp/attestation/1"
_PAUSE_TAG = b"qos/qcp/pause/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayGroup:
    """The relay keys of one epoch, sorted. A struck key signs no more and still counts in n (R3)."""

    epoch: int
    keys: tuple[bytes, ...]
    struck: tuple[bytes, ...] = ()


def digest(abstract: Abstract) -> bytes:
    """Return what relays sign: SHA-256 over the length-prefixed tag and fields, integers as u64 big-endian."""
    fields = (
        _TAG,
        abstract.queue_id,
        u64(abstract.version),
        u64(abstract.epoch),
        u64(abstract.height),
        abstract.header_hash,
        abstract.app_hash,
        u64(abstract.first),
        u64(abstract.last),
        abstract.packet_root,
    )
    return sha256(length_prefixed(*fields)).digest()


def pause_digest(incoming: bytes, inbox: int) -> bytes:
    """Return what relays sign to pause deliveries of a queue at an inbox sequence."""
    return sha256(length_prefixed(_PAUSE_TAG, incoming, u64(inbox))).digest()


def quorum(total: int) -> int:
    """Return how many of `total` relays are more than two thirds: floor(2n/3) + 1."""
    return 2 * total // 3 + 1


def pause_quorum(total: int) -> int:
    """Return how many of `total` relays are more than one third: floor(n/3) + 1."""
    return total // 3 + 1


def packet_root(hashes: Sequence[bytes]) -> bytes:
    """Return the RFC 6962 root over packet hashes. Raises: MalformedAbstract unless 1 to 64 hashes of 32 bytes."""
    return _packet_root(tuple(hashes))


@lru_cache(maxsize=CACHED_ROOTS)
def _packet_root(hashes: tuple[bytes, ...]) -> bytes:
    if not 1 <= len(hashes) <= MAX_BATCH or any(len(each) != HASH_BYTES or not any(each) for each in hashes):
        raise MalformedAbstract(f"a batch has 1 to {MAX_BATCH} packets, each named by a hash of {HASH_BYTES} bytes")
    return merkle.root(hashes)


def whole(abstract: Abstract) -> Abstract:
    """Return an abstract whose every field is filled and within bounds. Raises: MalformedAbstract, WrongVersion."""
    names = (abstract.queue_id, abstract.header_hash, abstract.app_hash, abstract.packet_root)
    if any(len(each) != HASH_BYTES or not any(each) for each in names):
        raise MalformedAbstract("an id or hash of the abstract is empty, zero or not 32 bytes")
    if abstract.version < VERSION:
        raise WrongVersion("an abstract names the version of its packets")
    if abstract.height < 2 or abstract.first < 1 or not 0 <= abstract.last - abstract.first < MAX_BATCH:
        raise MalformedAbstract(f"abstract of packets {abstract.first} to {abstract.last} at height {abstract.height}")
    return abstract


def covered_hashes(abstract: Abstract, hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the hashes of an abstract's packets once they are shown to be those under its root.

    Raises: MalformedAbstract.
    """
    if len(hashes) != abstract.last - abstract.first + 1:
        raise MalformedAbstract(f"{len(hashes)} hashes for packets {abstract.first} to {abstract.last}")
    if packet_root(hashes) != abstract.packet_root:
        raise MalformedAbstract("the packet hashes do not lead to the attested root")
    return tuple(hashes)


def proven_abstract(attestation: Attestation, group: RelayGroup, queue_id: bytes) -> Abstract:
    """Return the abstract once more than two thirds of the group signed it for this queue.

    Raises: MalformedAbstract, WrongVersion, WrongQueue, WrongEpoch, and as `proven_signers`, NotEnoughRelays.
    """
    abstract = whole(attestation.abstract)
    if abstract.queue_id != queue_id:
        raise WrongQueue("the attestation is for another queue")
    if abstract.epoch != group.epoch:
        raise WrongEpoch(f"attestation of epoch {abstract.epoch}, {group.epoch} is current")
    needed = quorum(len(group.keys))
    signers = proven_signers(digest(abstract), attestation.signatures, group)
    if len(signers) < needed:
        raise NotEnoughRelays(len(signers), needed, len(group.keys))
    return abstract


def proven_signers(signed: bytes, signatures: Sequence[RelaySignature], group: RelayGroup) -> tuple[bytes, ...]:
    """Return the keys of a group that signed a digest, each once; every signature given must be good.

    Raises: UnsortedSignatures, UnknownRelay, BadRelaySignature.
    """
    keys = tuple([each.key for each in signatures])
    if any(left >= right for left, right in pairwise(keys)):
        raise UnsortedSignatures("signatures must be sorted by key, each key once")
    allowed: Collection[bytes] = frozenset(group.keys) - frozenset(group.struck)
    for each in signatures:
        if each.key not in allowed:
            raise UnknownRelay(f"key {each.key.hex()} is not registered here or was struck")
        verify_relay(each.key, signed, each.signature)
    return keys


def verify_relay(key: bytes, signed: bytes, signature: bytes) -> None:
    """Check one relay's signature: 64 bytes, low s. Raises: BadRelaySignature."""
    try:
        secp256k1.verify(key, signed, signature)
    except BadSignature as error:
        raise BadRelaySignature(f"signature of {key.hex()}: {error}") from None


def check_keys(keys: Sequence[bytes], refuse: type[RuleViolation]) -> None:
    """Refuse a group that is too small or large, unsorted, or holds what is no key. Raises: `refuse`."""
    if not MIN_RELAYS <= len(keys) <= MAX_RELAYS:
        raise refuse(f"{len(keys)} relay keys: {MIN_RELAYS} to {MAX_RELAYS} are needed to survive one fault")
    if any(left >= right for left, right in pairwise(keys)):
        raise refuse("relay keys must be sorted, each once")
    for key in keys:
        if not secp256k1.is_public_key(key):
            raise refuse(f"{key.hex()[:80]!r} is no compressed secp256k1 key")
