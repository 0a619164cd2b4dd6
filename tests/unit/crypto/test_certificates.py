"""Certificates of the consortium profile: read exactly, and nothing else read at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from qos.base.errors import RuleViolation
from qos.crypto import certificates, p256
from qos.crypto.certificates import BadCertificate, Name
from qos.crypto.der import BadDer
from qos.crypto.errors import BadSignature
from qos.testing.consortium import START_S, YEAR_S, consortium, wanted
from qos.wallet.certificates import issue_member, issue_node, key_from_pem, key_to_pem, to_pem
from qos.wallet.errors import BadRequest

GROUP = consortium()
NODE = GROUP.node("node")
KEY = ec.derive_private_key(7, ec.SECP256R1())
DIGITAL = {"digital_signature": True}
AUTHORITY = {"key_cert_sign": True, "crl_sign": True}
BOTH_PURPOSES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


def usage(**used: bool) -> x509.KeyUsage:
    first = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    others = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**dict.fromkeys((*first, *others), False) | used)


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


SHOP = name((NameOID.ORGANIZATION_NAME, "Shop"), (NameOID.COMMON_NAME, "node"))


def built(
    *,
    subject: x509.Name = SHOP,
    key=KEY,
    signer=KEY,
    digest=SHA256,
    constraints: tuple[bool, int | None] = (False, None),
    critical: bool = True,
    used: dict[str, bool] = DIGITAL,
    purposes=BOTH_PURPOSES,
    extra: tuple[x509.ExtensionType, ...] = (),
    end: datetime = datetime(2030, 1, 1, tzinfo=UTC),
) -> bytes:
    """A certificate by a library, good unless a part is changed."""
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(SHOP).public_key(key.public_key())
    builder = builder.serial_number(77).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(end)
    ca, length = constraints
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=length), critical=critical)
    builder = builder.add_extension(usage(**used), critical=critical)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    for extension in extra:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, digest()).public_bytes(serialization.Encoding.DER)


def test_all_three_kinds_are_read_as_the_library_reads_them() -> None:
    for issued in (GROUP.root, GROUP.member, NODE):
        theirs = x509.load_der_x509_certificate(issued.certificate)
        ours = issued.content
        assert int.from_bytes(ours.serial, "big") == theirs.serial_number
        assert ours.not_before_s == theirs.not_valid_before_utc.timestamp()
        assert ours.not_after_s == theirs.not_valid_after_utc.timestamp()
        assert ours.signed == theirs.tbs_certificate_bytes
        assert ours.signature == theirs.signature
        assert (ours.subject.organisation, ours.subject.common_name) == tuple(each.value for each in theirs.subject)
    assert [each.content.path_length for each in (GROUP.root, GROUP.member, NODE)] == [1, 0, None]
    assert NODE.content.issuer == Name(organisation="Shop", common_name="Shop CA")


def test_what_the_library_builds_to_the_profile_is_read() -> None:
    assert certificates.read(built()).serial == b"\x4d"
    hosts = x509.SubjectAlternativeName([x509.DNSName("shop.example")])
    assert certificates.read(built(extra=(hosts,))).path_length is None
    assert certificates.read(built(constraints=(True, 0), used=AUTHORITY, purposes=())).path_length == 0


@pytest.mark.parametrize("year", [2049, 2050])
def test_times_change_their_form_in_2050(year: int) -> None:
    end = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert certificates.read(built(end=end)).not_after_s == end.timestamp()


@pytest.mark.parametrize(
    "wrong",
    [
        built(used=DIGITAL | AUTHORITY),
        built(used={"key_agreement": True}),
        built(purposes=()),
        built(purposes=BOTH_PURPOSES[:1]),
        built(purposes=BOTH_PURPOSES[::-1]),
        built(purposes=(*BOTH_PURPOSES, ExtendedKeyUsageOID.CODE_SIGNING)),
        built(constraints=(True, None), used=AUTHORITY, purposes=()),
        built(constraints=(True, 0), used=AUTHORITY),
        built(constraints=(True, 0), used=DIGITAL, purposes=()),
        built(critical=False),
        built(key=ec.generate_private_key(ec.SECP384R1())),
        built(key=rsa.generate_private_key(65537, 2048)),
        built(key=ed25519.Ed25519PrivateKey.generate()),
        built(digest=SHA384),
        built(extra=(x509.PrecertPoison(),)),
        built(extra=(x509.SubjectAlternativeName([x509.RFC822Name("a@shop.example")]),)),
        built(extra=(x509.SubjectAlternativeName([x509.DNSName(f"h{at}.example") for at in range(17)]),)),
        built(subject=name((NameOID.COMMON_NAME, "node"), (NameOID.ORGANIZATION_NAME, "Shop"))),
        built(subject=name((NameOID.COMMON_NAME, "node"))),
        built(subject=name((NameOID.ORGANIZATION_NAME, "S\n"), (NameOID.COMMON_NAME, "node"))),
    ],
)
def test_what_is_not_of_the_profile_is_refused(wrong: bytes) -> None:
    with pytest.raises((BadCertificate, BadDer, BadSignature)):
        certificates.read(wrong)


def test_a_certificate_beyond_the_limit_is_not_looked_at() -> None:
    with pytest.raises(BadCertificate, match="2049 bytes"):
        certificates.read(bytes(certificates.MAX_BYTES + 1))


def test_no_changed_byte_leaves_a_certificate_believed() -> None:
    good, member = NODE.certificate, GROUP.member.content
    assert certificates.proven_issued(NODE.content, member) == NODE.content
    for at in range(len(good)):
        changed = good[:at] + bytes((good[at] ^ 1 << at % 8,)) + good[at + 1 :]
        with pytest.raises((BadCertificate, BadDer, BadSignature)):
            certificates.proven_issued(certificates.read(changed), member)


def test_no_cut_and_no_tail_is_read() -> None:
    for end in range(len(NODE.certificate)):
        with pytest.raises(RuleViolation):
            certificates.read(NODE.certificate[:end])
    with pytest.raises(BadDer):
        certificates.read(NODE.certificate + b"\x00")


def test_an_issuer_is_a_ca_of_that_name_key_and_depth() -> None:
    member, root = GROUP.member.content, GROUP.root.content
    assert certificates.proven_issued(member, root) == member
    with pytest.raises(BadCertificate, match="not by"):
        certificates.proven_issued(NODE.content, root)
    with pytest.raises(BadCertificate, match="is no CA"):
        certificates.proven_issued(NODE.content, replace(member, path_length=None))
    with pytest.raises(BadCertificate, match="path length"):
        certificates.proven_issued(member, replace(root, path_length=0))
    other = consortium("Rival").root.content
    with pytest.raises(BadSignature):
        certificates.proven_issued(member, replace(root, public_key=other.public_key))


@pytest.mark.parametrize(
    "wrong",
    ["3003020101", "300702010102020001", "3006020101020180", "308006020101020101", "30060201010201", ""],
    ids=["one number", "zero in front", "negative", "long length", "cut", "empty"],
)
def test_a_signature_has_one_encoding(wrong: str) -> None:
    with pytest.raises(BadDer):
        p256.verify(NODE.content.public_key, b"message", bytes.fromhex(wrong))


def test_a_signature_is_of_one_key_over_one_message() -> None:
    signature = NODE.sign(b"message")
    p256.verify(NODE.content.public_key, b"message", signature)
    for key, message in ((GROUP.member.content.public_key, b"message"), (NODE.content.public_key, b"massage")):
        with pytest.raises(BadSignature):
            p256.verify(key, message, signature)
    zero = bytes.fromhex("3006020100020101")
    with pytest.raises(BadSignature, match="order"):
        p256.verify(NODE.content.public_key, b"message", zero)


@pytest.mark.parametrize("key", [b"", b"\x02" + bytes(32), b"\x04" + bytes(64), b"\x04" + b"\xff" * 64])
def test_a_key_is_an_uncompressed_point(key: bytes) -> None:
    with pytest.raises(BadSignature):
        p256.key_id(key)


def test_issuing_refuses_what_the_rules_would_refuse() -> None:
    with pytest.raises(BadRequest, match="own organisation"):
        issue_node(GROUP.member, wanted("Rival", "node"))
    for bad in (wanted("", "node"), wanted("S" * 65, "node"), wanted("Shop", "a\nb")):
        with pytest.raises(BadRequest, match="characters"):
            issue_member(GROUP.root, bad)
    with pytest.raises(BadRequest, match="ends after"):
        GROUP.node("backwards", start_s=START_S + YEAR_S, end_s=START_S)


def test_keys_come_back_from_their_files_and_only_with_the_passphrase() -> None:
    sealed = key_to_pem(NODE.key, "secret")
    assert key_from_pem(sealed, "secret").private_numbers() == NODE.key.private_numbers()
    assert key_from_pem(key_to_pem(NODE.key)).private_numbers() == NODE.key.private_numbers()
    for passphrase in ("", "wrong"):
        with pytest.raises(BadRequest):
            key_from_pem(sealed, passphrase)
    other = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(BadRequest, match="P-256"):
        key_from_pem(key_to_pem(other))


def test_a_chain_in_pem_has_the_node_first() -> None:
    loaded = x509.load_pem_x509_certificates(to_pem(NODE.certificate, GROUP.member.certificate))
    assert [each.public_bytes(serialization.Encoding.DER) for each in loaded] == [
        NODE.certificate,
        GROUP.member.certificate,
    ]
    assert loaded[0].not_valid_after_utc - loaded[0].not_valid_before_utc == timedelta(days=366)
