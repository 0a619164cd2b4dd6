"""Keys of every kind lead to the addresses other wallets show, and to no other (T1, threats 33 and 38)."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.base import bech32
from qos.base.errors import RuleViolation
from qos.base.identifiers import (
    ACCOUNT_PREFIX,
    CONSENSUS_PREFIX,
    VALIDATOR_PREFIX,
    Address,
    BadAddress,
    format_address,
    parse_address,
)
from qos.crypto import eip55, keys, multisig, secp256k1
from qos.crypto.errors import BadSignature
from qos.crypto.keccak import keccak256
from qos.crypto.keys import ALGORITHMS, ED25519, ETH_SECP256K1, SECP256K1, Algorithm
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_crypto_multisig_v1beta1 import CompactBitArray

GENERATOR = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
EDWARDS = bytes.fromhex("12ee6f581fe55673a1e9e1382a0829e32075a0aa4763c968bc526e1852e78c95")
SECRET = sha256(b"secret").digest()
MEMBERS = (
    keys.wrapped(SECP256K1, GENERATOR),
    keys.wrapped(ETH_SECP256K1, GENERATOR),
    keys.wrapped(ED25519, EDWARDS),
)


def address_of(key: AnyRecord) -> Address:
    return multisig.address_of(key.type_url, key.value)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (MEMBERS[0], "qos1w508d6qejxtdg4y5r3zarvary0c5xw7k9ghjh3"),
        (MEMBERS[1], "qos10e0525sfrf53yh2aljmm3sn9jq5njk7lm4vwcc"),
        (MEMBERS[2], "qos1pfq05em6sfkls66ut4m2257p7qwlk448gjmvgt"),
        (multisig.multisig_key(2, MEMBERS), "qos1ne0hw25upmne4wf82th7cprr2q2p857a5pdtk3"),
    ],
    ids=["secp256k1", "eth_secp256k1", "ed25519", "two of the three"],
)
def test_an_address_is_the_one_cosmjs_shows(key: AnyRecord, expected: str) -> None:
    assert format_address(address_of(key)) == expected


def test_the_amino_encoding_of_a_multisig_is_the_one_cosmjs_hashes() -> None:
    expected = (
        f"22c1f7e208021226eb5ae98721{GENERATOR.hex()}12265d7423df21{GENERATOR.hex()}12251624de6420{EDWARDS.hex()}"
    )
    assert multisig.amino_encoding(multisig.multisig_key(2, MEMBERS).value).hex() == expected


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        (SECP256K1, "tendermint/PubKeySecp256k1"),
        (ETH_SECP256K1, "os/PubKeyEthSecp256k1"),
        (ED25519, "tendermint/PubKeyEd25519"),
    ],
)
def test_an_amino_prefix_follows_from_the_amino_name(algorithm: Algorithm, name: str) -> None:
    """go-amino: SHA-256 of the name, without leading zeros three bytes, again without leading zeros four."""
    rest = sha256(name.encode()).digest().lstrip(b"\0")[3:].lstrip(b"\0")
    assert algorithm.amino_prefix == rest[:4]


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"hello", "1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8"),
    ],
)
def test_keccak_has_its_known_digests(data: bytes, digest: str) -> None:
    assert keccak256(data).hex() == digest


def test_the_ethereum_key_one_has_its_known_address() -> None:
    assert secp256k1.ethereum_address(GENERATOR).hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
    with pytest.raises(BadSignature):
        secp256k1.ethereum_address(b"\2" + b"\xff" * 32)


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=lambda algorithm: algorithm.name)
def test_a_key_of_each_kind_verifies_what_it_signed_and_nothing_else(algorithm: Algorithm) -> None:
    public = keys.wrapped(algorithm, algorithm.public_key(SECRET))
    signature = algorithm.sign(SECRET, b"document")
    keys.verify(public, b"document", signature)
    assert len(signature) == 64
    for index in range(64):
        with pytest.raises(BadSignature):
            keys.verify(public, b"document", signature[:index] + bytes([signature[index] ^ 1]) + signature[index + 1 :])
    for message, forged in ((b"documen", signature), (b"document", signature + b"\0"), (b"document", b"")):
        with pytest.raises(BadSignature):
            keys.verify(public, message, forged)


def test_cosmos_and_ethereum_keys_sign_different_digests() -> None:
    assert SECP256K1.sign(SECRET, b"document") != ETH_SECP256K1.sign(SECRET, b"document")
    with pytest.raises(BadSignature):
        keys.verify(MEMBERS[1], b"document", SECP256K1.sign(SECRET, b"document"))


@pytest.mark.parametrize(
    "key",
    [
        AnyRecord(type_url="/cosmos.crypto.sr25519.PubKey", value=b"\x0a\x20" + bytes(32)),
        AnyRecord(type_url="/cosmos.crypto.secp256k1.PubKey", value=b"\x0a\x20" + bytes(32)),
        AnyRecord(type_url="/cosmos.crypto.ed25519.PubKey", value=b"\x0a\x21" + bytes(33)),
        AnyRecord(type_url="/cosmos.crypto.secp256k1.PubKey", value=b"\x0a\x21" + GENERATOR + b"\x10\x01"),
        AnyRecord(type_url="cosmos.crypto.secp256k1.PubKey", value=b"\x0a\x21" + GENERATOR),
        AnyRecord(),
    ],
)
def test_what_is_no_key_has_no_address_and_verifies_nothing(key: AnyRecord) -> None:
    with pytest.raises(RuleViolation):
        address_of(key)
    with pytest.raises(RuleViolation):
        keys.verify(key, b"", bytes(64))
    with pytest.raises(RuleViolation):
        multisig.multisig_key(1, (key,))


@given(st.integers(1, 15), st.data())
def test_a_bit_array_names_the_members_it_was_made_of(members: int, data: st.DataObject) -> None:
    places = tuple(sorted(data.draw(st.sets(st.integers(0, members - 1)))))
    assert multisig.signers(multisig.bit_array(places, members), members) == places


@given(st.integers(0, 2**32 - 1), st.binary(max_size=3), st.integers(1, 15))
def test_a_bit_array_has_one_form(extra: int, elems: bytes, members: int) -> None:
    given_bits = CompactBitArray(extra_bits_stored=extra, elems=elems)
    try:
        places = multisig.signers(given_bits, members)
    except BadSignature:
        return
    assert multisig.bit_array(places, members) == given_bits


PREFIXES = (ACCOUNT_PREFIX, VALIDATOR_PREFIX, CONSENSUS_PREFIX, "cosmos", "qosacc", "qo", "qoss", "QOS")


@pytest.mark.parametrize("shown", PREFIXES)
@pytest.mark.parametrize("wanted", [ACCOUNT_PREFIX, VALIDATOR_PREFIX, CONSENSUS_PREFIX])
def test_an_address_is_read_under_its_own_prefix_only(shown: str, wanted: str) -> None:
    text = bech32.encode(shown.lower(), bytes(20))
    text = text.upper() if shown.isupper() else text
    if shown == wanted:
        assert parse_address(text, wanted) == bytes(20)
        return
    with pytest.raises(BadAddress):
        parse_address(text, wanted)


CHECKSUMMED = (
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
)
"""The examples of EIP-55."""


@pytest.mark.parametrize("text", CHECKSUMMED)
def test_an_address_in_hex_carries_its_checksum(text: str) -> None:
    address = eip55.parse(text)
    assert eip55.format_hex(address) == text
    assert eip55.parse(text.lower()) == address
    assert eip55.parse("0x" + text[2:].upper()) == address


@pytest.mark.parametrize(
    "text",
    [
        "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg",
        "",
    ],
)
def test_a_mistyped_address_in_hex_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        eip55.parse(text)
