"""Threshold multisig: several single keys, of which some number must sign (T1).

The key is Cosmos's LegacyAminoPubKey: its address is the first 20 bytes of the SHA-256 of its amino encoding, so the
order of the members and the threshold are part of it. A multisig is no member of another one. Who signed is a compact
bit array, a bit a member, the first member's the most significant.
"""

from functools import lru_cache
from hashlib import sha256

from qos.base.encoding import uvarint
from qos.base.identifiers import ADDRESS_LENGTH, Address
from qos.crypto.errors import BadSignature
from qos.crypto.keys import ALGORITHMS, MULTISIG_URL, UnsupportedKey, algorithm_of, raw_key
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_crypto_multisig import LegacyAminoPubKey
from qos.proto.records.cosmos_crypto_multisig_v1beta1 import CompactBitArray

MAX_MEMBERS = 15
"""So that the signatures of all members stay below what a signature may have."""

_AMINO_PREFIX = bytes.fromhex("22c1f7e2")


def is_multisig(public_key: AnyRecord) -> bool:
    """Tell whether a key is a multisig."""
    return public_key.type_url == MULTISIG_URL


@lru_cache(maxsize=4096)
def read(value: bytes) -> LegacyAminoPubKey:
    """Read a multisig key. Raises: UnsupportedKey, MalformedBytes, MalformedField."""
    found = codec.decode(LegacyAminoPubKey, value)
    if not 1 <= found.threshold <= len(found.public_keys):
        raise UnsupportedKey(
            f"{found.threshold} of {len(found.public_keys)} keys is no threshold of a multisig: invalid pubkey"
        )
    for member in found.public_keys:
        raw_key(member.type_url, member.value)
    return found


def multisig_key(threshold: int, members: tuple[AnyRecord, ...]) -> AnyRecord:
    """Return the key of `threshold` out of members, in their order. Raises: UnsupportedKey, malformed members."""
    if len(members) > MAX_MEMBERS:
        raise UnsupportedKey(f"a multisig has at most {MAX_MEMBERS} members, not {len(members)}: invalid pubkey")
    made = codec.pack(LegacyAminoPubKey(threshold=threshold, public_keys=members))
    read(made.value)
    return made


def address_of(type_url: str, value: bytes) -> Address:
    """Return the address a key of any kind controls.

    Raises: UnsupportedKey, BadSignature when it is no point of its curve, MalformedBytes, MalformedField.
    """
    return _address_of_group(value) if type_url == MULTISIG_URL else _address_of_single(type_url, value)


@lru_cache(maxsize=4096)
def _address_of_group(value: bytes) -> Address:
    return Address(sha256(amino_encoding(value)).digest()[:ADDRESS_LENGTH])


@lru_cache(maxsize=65_536)
def _address_of_single(type_url: str, value: bytes) -> Address:
    return algorithm_of(type_url).address(raw_key(type_url, value))


def amino_encoding(value: bytes) -> bytes:
    """Return the amino encoding of a multisig key, which its address is the hash of. Raises: as `read`."""
    key = read(value)
    encoded = _AMINO_PREFIX + b"\x08" + uvarint(key.threshold)
    for member in key.public_keys:
        raw = raw_key(member.type_url, member.value)
        inner = ALGORITHMS[member.type_url].amino_prefix + uvarint(len(raw)) + raw
        encoded += b"\x12" + uvarint(len(inner)) + inner
    return encoded


def signers(bits: CompactBitArray, members: int) -> tuple[int, ...]:
    """Return the places of the members that signed. Raises: BadSignature when the array is not for so many."""
    size = _octets(members)
    if bits.extra_bits_stored != members % 8 or len(bits.elems) != size:
        raise BadSignature(f"the bit array of signers does not fit {members} members")
    number = int.from_bytes(bits.elems, "big")
    spare = 8 * size - members
    if number & (1 << spare) - 1:
        raise BadSignature("the bit array of signers names members that do not exist")
    return tuple(place for place in range(members) if number >> (8 * size - 1 - place) & 1)


def bit_array(places: tuple[int, ...], members: int) -> CompactBitArray:
    """Return the bit array that names the places."""
    size = _octets(members)
    number = sum(1 << (8 * size - 1 - place) for place in places)
    return CompactBitArray(extra_bits_stored=members % 8, elems=number.to_bytes(size, "big"))


def _octets(bits: int) -> int:
    whole, extra = divmod(bits, 8)
    return whole + (extra > 0)
