"""From certificates to what they prove. Pure: no state, no clock."""

from collections.abc import Mapping

from qos.base.blocktime import SECOND_NS
from qos.base.encoding import length_prefixed
from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.crypto import certificates, p256
from qos.crypto.certificates import MEMBER_PATH_LENGTH, ROOT_PATH_LENGTH, BadCertificate, Certificate
from qos.crypto.der import BadDer
from qos.crypto.errors import BadSignature
from qos.modules.validators.consortium.errors import BadChain, BadList, BadProof, UnknownRoot
from qos.proto import codec
from qos.proto.records.qos_consortium_v1 import Member, Registration, RevocationList

_PROOF_TAG = b"qos/consortium/registration/1"
_SEAT_TAG = b"qos/consortium/seat/1"
_LIST_TAG = b"qos/consortium/revocation/1"
_MALFORMED = (BadCertificate, BadSignature, BadDer)


def possession_bytes(chain_id: str, account: Address) -> bytes:
    """Return what a node's key signs to be registered for an account of a chain."""
    return length_prefixed(_PROOF_TAG, chain_id.encode(), account)


def seat_bytes(chain_id: str, consensus_key: bytes) -> bytes:
    """Return what a node's key signs to hold a validator's seat on a chain."""
    return length_prefixed(_SEAT_TAG, chain_id.encode(), consensus_key)


def list_bytes(listed: RevocationList) -> bytes:
    """Return what a CA signs to revoke."""
    return length_prefixed(_LIST_TAG, codec.encode(listed))


def read_root(data: bytes) -> Certificate:
    """Return the certificate of a root, which signed itself. Raises: BadChain."""
    root = _read(data, "root")
    if root.path_length != ROOT_PATH_LENGTH or root.issuer != root.subject:
        raise BadChain(f"a root issues itself, with path length {ROOT_PATH_LENGTH}")
    try:
        p256.verify(root.public_key, root.signed, root.signature)
    except _MALFORMED as error:
        raise BadChain(f"the root did not sign itself: {error}") from None
    return root


def proven_member_ca(data: bytes, roots: Mapping[bytes, Certificate]) -> tuple[Certificate, Certificate]:
    """Return the CA of a member and the root that is shown to have issued it. Raises: BadChain, UnknownRoot."""
    member = _read(data, "member")
    if member.path_length != MEMBER_PATH_LENGTH:
        raise BadChain(f"a member is a CA of path length {MEMBER_PATH_LENGTH}")
    reasons = []
    for root in roots.values():
        try:
            return certificates.proven_issued(member, root), root
        except _MALFORMED as error:
            reasons.append(str(error))
    raise UnknownRoot(f"no root of this consortium issued {member.subject.common_name!r}: {'; '.join(reasons)}")


def proven_member(registration: Registration, roots: Mapping[bytes, Certificate]) -> Member:
    """Return what a registration's certificates prove; whether they count now is not asked here.

    Raises: BadChain, UnknownRoot.
    """
    member, root = proven_member_ca(registration.member, roots)
    node = _read(registration.node, "node")
    if node.path_length is not None:
        raise BadChain("an account registers the certificate of a node, not of a CA: the chain is too long")
    try:
        certificates.proven_issued(node, member)
    except _MALFORMED as error:
        raise BadChain(f"the member did not issue the node's certificate: {error}") from None
    if node.subject.organisation != member.subject.organisation:
        raise BadChain(f"a member issues for its own organisation, not for {node.subject.organisation!r}")
    return Member(
        account=registration.account,
        organisation=node.subject.organisation,
        name=node.subject.common_name,
        root_key=root.key_id,
        member_key=member.key_id,
        node_key=node.key_id,
        member_serial=member.serial,
        node_serial=node.serial,
        not_before=max(each.not_before_s for each in (root, member, node)) * SECOND_NS,
        not_after=min(each.not_after_s for each in (root, member, node)) * SECOND_NS,
    )


def proven_holder(node: bytes, statement: bytes, proof: bytes) -> Certificate:
    """Return the certificate of a node whose key is shown to be held by whoever makes the statement.

    Raises: BadChain, BadProof.
    """
    certificate = _read(node, "node")
    try:
        p256.verify(certificate.public_key, statement, proof)
    except _MALFORMED as error:
        raise BadProof(f"the proof is no signature of the certificate's key for this and this chain: {error}") from None
    return certificate


def proven_list(listed: RevocationList, issuer: Certificate, signature: bytes) -> RevocationList:
    """Return a revocation list its CA is shown to have signed. Raises: BadList."""
    if issuer.key_id != listed.issuer:
        raise BadList("the list is of another CA than the certificate")
    try:
        p256.verify(issuer.public_key, list_bytes(listed), signature)
    except _MALFORMED as error:
        raise BadList(f"the CA did not sign the list: {error}") from None
    return listed


def _read(data: bytes, what: str) -> Certificate:
    try:
        return certificates.read(data)
    except RuleViolation as error:
        raise BadChain(f"certificate of the {what}: {error}") from None
