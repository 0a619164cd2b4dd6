"""X.509 certificates of one narrow profile, read the same by every version of every library.

A library that tolerates one byte more than its next release would split a chain, so the rules read certificates
themselves and refuse whatever is not in the profile: version 3, P-256 with SHA-256, names of organisation and common
name, the extensions below and no others. Times are seconds since 1970; nobody here knows what time it is.
"""

from dataclasses import dataclass
from hashlib import sha256

from qos.base.blocktime import NANOSECONDS, parse_rfc3339
from qos.base.errors import ErrorCode, RuleViolation
from qos.crypto import der, p256
from qos.crypto.der import BadDer, Element

MAX_BYTES = 2048
MAX_NAME_CHARACTERS = 64
MAX_SERIAL_BYTES = 20
MAX_HOSTS = 16
ROOT_PATH_LENGTH, MEMBER_PATH_LENGTH = 1, 0
_SIGNED_WITH = bytes.fromhex("300a06082a8648ce3d040302")
_KEY_KIND = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
_VERSION_3 = bytes.fromhex("a003020102")
_ORGANISATION, _COMMON_NAME = bytes.fromhex("55040a"), bytes.fromhex("550403")
_SUBJECT_KEY, _USAGE, _HOSTS = bytes.fromhex("551d0e"), bytes.fromhex("551d0f"), bytes.fromhex("551d11")
_CONSTRAINTS, _ISSUER_KEY, _PURPOSES = bytes.fromhex("551d13"), bytes.fromhex("551d23"), bytes.fromhex("551d25")
_KNOWN = frozenset((_SUBJECT_KEY, _USAGE, _HOSTS, _CONSTRAINTS, _ISSUER_KEY, _PURPOSES))
_NODE_PURPOSES = (bytes.fromhex("2b06010505070301"), bytes.fromhex("2b06010505070302"))
_EXTENSIONS_TAG = 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
DIGITAL_SIGNATURE, KEY_CERT_SIGN, CRL_SIGN = 0, 5, 6


class BadCertificate(RuleViolation):
    """A certificate is not of the profile."""

    code = ErrorCode("crypto", 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Who a certificate is for, or from."""

    organisation: str
    common_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a certificate says. `path_length` is None for a node, which may issue nothing."""

    serial: bytes
    issuer: Name
    subject: Name
    not_before_s: int
    not_after_s: int
    public_key: bytes
    path_length: int | None
    signed: bytes
    signature: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256 of the public key."""
        return sha256(self.public_key).digest()


def read(data: bytes) -> Certificate:
    """Read a certificate in DER; nothing is verified. Raises: BadCertificate, BadDer, BadSignature on a bad key."""
    if len(data) > MAX_BYTES:
        raise BadCertificate(f"the certificate has {len(data)} bytes, at most {MAX_BYTES} are read")
    body, algorithm, signature = der.exactly(
        der.whole(data, der.SEQUENCE).content, der.SEQUENCE, der.SEQUENCE, der.BIT_STRING
    )
    version, serial, inner, issuer, validity, subject, key, extensions = der.exactly(
        body.content,
        _VERSION_3[0],
        der.INTEGER,
        *(der.SEQUENCE,) * 5,
        _EXTENSIONS_TAG,
    )
    if version.encoded != _VERSION_3:
        raise BadCertificate("the certificate is not of version 3")
    if algorithm.encoded != _SIGNED_WITH or inner.encoded != _SIGNED_WITH:
        raise BadCertificate("certificates are signed by ECDSA with SHA-256")
    start, end = der.several(validity.content, 2, 2)
    return Certificate(
        serial=_serial(serial),
        issuer=_name(issuer),
        subject=_name(subject),
        not_before_s=_time(start),
        not_after_s=_time(end),
        public_key=_public_key(key),
        path_length=_path_length(_extensions(extensions)),
        signed=body.encoded,
        signature=der.bits(signature),
    )


def proven_issued(certificate: Certificate, issuer: Certificate) -> Certificate:
    """Return a certificate whose issuer is shown to have signed it. Raises: BadCertificate, BadSignature, BadDer."""
    if certificate.issuer != issuer.subject:
        raise BadCertificate(
            f"{certificate.subject.common_name!r} was issued by {certificate.issuer.common_name!r}, "
            f"not by {issuer.subject.common_name!r}"
        )
    if issuer.path_length is None:
        raise BadCertificate(f"{issuer.subject.common_name!r} is no CA")
    if certificate.path_length is not None and certificate.path_length >= issuer.path_length:
        raise BadCertificate(f"{issuer.subject.common_name!r} may not issue a CA of path length that long")
    p256.verify(issuer.public_key, certificate.signed, certificate.signature)
    return certificate


def _serial(element: Element) -> bytes:
    number = der.integer(element)
    found = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if not 0 < len(found) <= MAX_SERIAL_BYTES:
        raise BadCertificate(f"a serial number is positive and has at most {MAX_SERIAL_BYTES} bytes")
    return found


def _name(element: Element) -> Name:
    parts = []
    for relative, kind in zip(
        der.exactly(element.content, der.SET, der.SET), (_ORGANISATION, _COMMON_NAME), strict=True
    ):
        (pair,) = der.exactly(relative.content, der.SEQUENCE)
        named, value = der.exactly(pair.content, der.OID, der.UTF8)
        if named.content != kind:
            raise BadCertificate("a name is an organisation and a common name, in this order")
        parts.append(der.text(value, MAX_NAME_CHARACTERS))
    return Name(organisation=parts[0], common_name=parts[1])


def _time(element: Element) -> int:
    """Read a time as RFC 5280 writes it: with two digits of the year up to 2049, with four from 2050 on."""
    try:
        digits = element.content.decode("ascii")
        if element.tag == der.UTC_TIME and len(digits) == 13:
            digits = ("19" if digits >= "50" else "20") + digits
        elif element.tag != der.GENERALIZED_TIME or digits < "2050":
            raise BadCertificate("a time is a UTCTime up to 2049 and a GeneralizedTime from 2050 on")
        if len(digits) != 15 or not digits.endswith("Z"):
            raise BadCertificate("a time has seconds and ends with Z")
        stamp = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:]}"
        return parse_rfc3339(stamp) // NANOSECONDS
    except ValueError:
        raise BadCertificate("a time in the certificate does not exist") from None


def _public_key(element: Element) -> bytes:
    kind, key = der.exactly(element.content, der.SEQUENCE, der.BIT_STRING)
    if kind.encoded != _KEY_KIND:
        raise BadCertificate("the key of a certificate is of P-256")
    found = der.bits(key)
    p256.key_id(found)
    return found


def _extensions(element: Element) -> dict[bytes, tuple[bool, bytes]]:
    """Return the extensions by kind: whether critical, and the value."""
    found: dict[bytes, tuple[bool, bytes]] = {}
    for each in der.values(der.whole(element.content, der.SEQUENCE).content):
        kind, *middle, value = der.several(each.content, 2, 3)
        if each.tag != der.SEQUENCE or (kind.tag, value.tag) != (der.OID, der.OCTET_STRING):
            raise BadCertificate("an extension is a kind, whether it is critical, and a value")
        if kind.content not in _KNOWN or kind.content in found:
            raise BadCertificate(f"extension {kind.content.hex()} is unknown or stands twice")
        found[kind.content] = (bool(middle) and der.truth(middle[0]), value.content)
    _check_hosts(found)
    return found


def _check_hosts(found: dict[bytes, tuple[bool, bytes]]) -> None:
    if _HOSTS in found:
        hosts = list(der.values(der.whole(found[_HOSTS][1], der.SEQUENCE).content))
        if len(hosts) > MAX_HOSTS or any(host.tag not in (_DNS_NAME, _IP_ADDRESS) for host in hosts):
            raise BadCertificate(f"at most {MAX_HOSTS} hosts, each a DNS name or an IP address")


def _path_length(found: dict[bytes, tuple[bool, bytes]]) -> int | None:
    """Return how many CAs may follow, None for a node; usages have to fit. Raises: BadCertificate, BadDer."""
    if not {_USAGE, _CONSTRAINTS} <= found.keys() or not (found[_USAGE][0] and found[_CONSTRAINTS][0]):
        raise BadCertificate("key usage and basic constraints are there and critical")
    usages = der.flags(der.whole(found[_USAGE][1], der.BIT_STRING))
    parts = der.several(der.whole(found[_CONSTRAINTS][1], der.SEQUENCE).content, 0, 2)
    if not parts:
        if usages != {DIGITAL_SIGNATURE} or _purposes(found) != _NODE_PURPOSES:
            raise BadCertificate("a node's key signs, for TLS server and client, and does nothing else")
        return None
    if len(parts) != 2 or not der.truth(parts[0]) or usages != {KEY_CERT_SIGN, CRL_SIGN} or _PURPOSES in found:
        raise BadCertificate("a CA's key signs certificates and revocations, under a path length, and nothing else")
    return der.integer(parts[1])


def _purposes(found: dict[bytes, tuple[bool, bytes]]) -> tuple[bytes, ...]:
    if _PURPOSES not in found:
        return ()
    listed = list(der.values(der.whole(found[_PURPOSES][1], der.SEQUENCE).content))
    if any(each.tag != der.OID for each in listed):
        raise BadDer("a purpose is an object identifier")
    return tuple([each.content for each in listed])
