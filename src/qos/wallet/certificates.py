"""Issuing X.509 certificates of the consortium profile: roots, members, nodes (the rules read them in qos.crypto).

P-256 rather than ed25519: the TLS of gRPC, of browsers and of most key stores takes no ed25519 certificate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from qos.crypto import certificates
from qos.crypto.certificates import (
    MAX_HOSTS,
    MAX_NAME_CHARACTERS,
    MEMBER_PATH_LENGTH,
    ROOT_PATH_LENGTH,
    Certificate,
)
from qos.wallet.errors import BadRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate in DER with its private key."""

    certificate: bytes
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def content(self) -> Certificate:
        """What it says, as the rules read it."""
        return certificates.read(self.certificate)

    def sign(self, message: bytes) -> bytes:
        """Sign a message (ECDSA with SHA-256, DER)."""
        return self.key.sign(message, ec.ECDSA(SHA256()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a certificate should say. Times are seconds since 1970; `hosts` are names and addresses for TLS servers."""

    organisation: str
    common_name: str
    not_before_s: int
    not_after_s: int
    hosts: tuple[str, ...] = ()


def issue_root(wanted: Wanted) -> Issued:
    """Return a CA that signs itself. Raises: BadRequest."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _issue(wanted, key, _name(wanted), key, ROOT_PATH_LENGTH)


def issue_member(root: Issued, wanted: Wanted) -> Issued:
    """Return the CA of a member. Raises: BadRequest."""
    if root.content.path_length != ROOT_PATH_LENGTH:
        raise BadRequest(f"{root.content.subject.common_name!r} is no root, so it issues no CA of a member")
    return _issue(wanted, root.key, _issuer_name(root), ec.generate_private_key(ec.SECP256R1()), MEMBER_PATH_LENGTH)


def issue_node(member: Issued, wanted: Wanted) -> Issued:
    """Return the certificate of a node, which may only bear its member's organisation. Raises: BadRequest."""
    if member.content.path_length != MEMBER_PATH_LENGTH:
        raise BadRequest(f"{member.content.subject.common_name!r} is no CA of a member, so it issues no node")
    if wanted.organisation != member.content.subject.organisation:
        raise BadRequest(f"a member issues for its own organisation, not for {wanted.organisation!r}")
    return _issue(wanted, member.key, _issuer_name(member), ec.generate_private_key(ec.SECP256R1()), None)


def _issue(
    wanted: Wanted,
    signing: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    path_length: int | None,
) -> Issued:
    if not wanted.not_before_s < wanted.not_after_s or len(wanted.hosts) > MAX_HOSTS:
        raise BadRequest(f"a certificate ends after it begins and names at most {MAX_HOSTS} hosts")
    is_authority = path_length is not None
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(wanted))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(wanted.not_before_s, UTC))
        .not_valid_after(datetime.fromtimestamp(wanted.not_after_s, UTC))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True)
        .add_extension(_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if not is_authority:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(purposes, critical=False)
    if wanted.hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(_hosts(wanted.hosts)), critical=False)
    made = builder.sign(signing, SHA256())
    return Issued(certificate=made.public_bytes(serialization.Encoding.DER), key=key)


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(wanted: Wanted) -> x509.Name:
    for text in (wanted.organisation, wanted.common_name):
        if not 0 < len(text) <= MAX_NAME_CHARACTERS or not text.isprintable():
            raise BadRequest(f"{text[:80]!r}: a name has 1 to {MAX_NAME_CHARACTERS} printable characters")
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, wanted.organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, wanted.common_name),
        ]
    )


def _issuer_name(issuer: Issued) -> x509.Name:
    return x509.load_der_x509_certificate(issuer.certificate).subject


def _hosts(hosts: Sequence[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def to_pem(*certificate_chain: bytes) -> bytes:
    """Write certificates as PEM, the first one first."""
    loaded = [x509.load_der_x509_certificate(each) for each in certificate_chain]
    return b"".join([each.public_bytes(serialization.Encoding.PEM) for each in loaded])


def key_to_pem(key: ec.EllipticCurvePrivateKey, passphrase: str = "") -> bytes:
    """Write a private key as PKCS 8 PEM, sealed when there is a passphrase."""
    sealing: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        sealing = serialization.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealing)


def key_from_pem(data: bytes, passphrase: str = "") -> ec.EllipticCurvePrivateKey:
    """Read a private key of P-256. Raises: BadRequest when it is another kind, sealed, or the passphrase is wrong."""
    try:
        key = serialization.load_pem_private_key(data, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadRequest(
            f"the private key cannot be opened: {error}; give its passphrase, or none if it has none"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadRequest("the private key is none of P-256")
    return key
