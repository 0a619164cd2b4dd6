"""Two abstracts signed by one relay that cannot both be true (R3). Valid on any chain, in any order."""

from collections.abc import Sequence
from dataclasses import dataclass

from qos.modules.crosschain.qcp.attestation import covered_hashes, digest, verify_relay, whole
from qos.modules.crosschain.qcp.errors import NoContradiction
from qos.proto.records.qos_qcp_v1 import Abstract


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One abstract as a relay signed it, with the hashes of its packets."""

    abstract: Abstract
    hashes: Sequence[bytes]
    signature: bytes


def contradicts(first: Statement, second: Statement) -> bool:
    """Tell whether two statements of one epoch and queue name different headers of one height or different packets.

    The hashes must be the covered ones: see `proven_equivocation`.
    """
    one, two = first.abstract, second.abstract
    if one.queue_id != two.queue_id or one.epoch != two.epoch:
        return False
    named_one, named_two = (one.header_hash, one.app_hash), (two.header_hash, two.app_hash)
    if one.height == two.height and named_one != named_two:
        return True
    low, high = max(one.first, two.first), min(one.last, two.last)
    shared = range(low, high + 1)
    return any(first.hashes[at - one.first] != second.hashes[at - two.first] for at in shared)


def proven_equivocation(key: bytes, first: Statement, second: Statement) -> bytes:
    """Return the key once both statements are shown to be its own and to contradict each other.

    Raises: MalformedAbstract, WrongVersion, BadRelaySignature, NoContradiction.
    """
    for statement in (first, second):
        covered_hashes(whole(statement.abstract), statement.hashes)
        verify_relay(key, digest(statement.abstract), statement.signature)
    if not contradicts(first, second):
        raise NoContradiction("both abstracts can be true")
    return key
