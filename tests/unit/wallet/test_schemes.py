"""Each scheme derives the keys that other wallets derive from the same phrase (T1)."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qos.base.errors import RuleViolation
from qos.base.identifiers import format_address
from qos.base.strictjson import JsonValue
from qos.crypto import eip55, keys, multisig
from qos.wallet import keystore
from qos.wallet.derivation import (
    ED25519,
    ED25519_LEGACY,
    ETH_SECP256K1,
    SCHEMES,
    SECP256K1,
    KeyPath,
    Scheme,
    SeedSigner,
    derive,
)
from qos.wallet.errors import BadKeystore, KeyExists, NoSuchKey, WrongPassphrase
from qos.wallet.io.keyring import Keyring
from qos.wallet.io.publickeys import PublicKeys, read_public_key
from qos.wallet.keystore import Cost
from qos.wallet.phrase import entropy_of, seed_of

ENTROPY = entropy_of("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about")
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
ALL = tuple(SCHEMES.values())


def address_of(signer: SeedSigner) -> str:
    return format_address(multisig.address_of(signer.key.type_url, signer.key.value))


def test_an_ethereum_wallets_phrase_leads_to_its_first_address() -> None:
    signer = SeedSigner(ENTROPY, KeyPath(coin_type=60), ETH_SECP256K1)
    address = multisig.address_of(signer.key.type_url, signer.key.value)
    assert eip55.format_hex(address) == "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"


def test_the_ed25519_chain_of_slip_10_is_followed() -> None:
    """Test vector 1 of SLIP-0010 for ed25519, chain m/0H/1H."""
    seed = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
    derived = ED25519.derive(seed, "m/0'/1'")
    assert derived.hex() == "b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2"
    assert ED25519.path_of(KeyPath(account=3, index=4)) == "m/44'/389'/3'/0'/4'"


def test_the_first_wallets_took_the_hash_of_the_derived_key_as_seed() -> None:
    signer = SeedSigner(ENTROPY, KeyPath(), ED25519_LEGACY)
    secret = sha256(derive(seed_of(ENTROPY), "m/44'/389'/0'/0/0")).digest()
    assert signer.public_key == Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    assert multisig.address_of(signer.key.type_url, signer.key.value) == sha256(signer.public_key).digest()[:20]


@pytest.mark.parametrize("scheme", ALL, ids=lambda scheme: scheme.name)
def test_a_signer_of_each_scheme_signs_for_the_key_it_shows(scheme: Scheme) -> None:
    signer = SeedSigner(ENTROPY, KeyPath(), scheme)
    keys.verify(signer.key, b"document", signer.sign(b"document"))


def test_no_two_schemes_coin_types_accounts_or_indexes_share_an_address() -> None:
    paths = [KeyPath(), KeyPath(coin_type=118), KeyPath(coin_type=60), KeyPath(account=1), KeyPath(index=1)]
    shown = [address_of(SeedSigner(ENTROPY, path, scheme)) for scheme in ALL for path in paths]
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("scheme", ALL, ids=lambda scheme: scheme.name)
def test_a_sealed_key_of_each_scheme_opens_to_the_same_signer(tmp_path: Path, scheme: Scheme) -> None:
    ring = Keyring(folder=tmp_path, cost=CHEAP)
    path = KeyPath(account=2, index=5, coin_type=118)
    sealed = ring.add("savings", ENTROPY, "correct horse", path, scheme)
    assert ring.get("savings") == sealed
    assert ring.open("savings", "correct horse") == SeedSigner(ENTROPY, path, scheme)
    assert sealed.address == address_of(SeedSigner(ENTROPY, path, scheme))


@pytest.mark.parametrize(
    ("planted", "refused"),
    [
        ({"scheme": "ed25519-legacy"}, WrongPassphrase),
        ({"coin_type": 118}, WrongPassphrase),
        ({"coin_type": 389}, WrongPassphrase),
        ({"coin_type": 1}, BadKeystore),
        ({"scheme": "sr25519"}, BadKeystore),
        ({"scheme": 1}, BadKeystore),
    ],
)
def test_a_changed_scheme_or_coin_type_does_not_open(
    tmp_path: Path, planted: dict[str, object], refused: type[Exception]
) -> None:
    ring = Keyring(folder=tmp_path, cost=CHEAP)
    ring.add("savings", ENTROPY, "correct horse", KeyPath(coin_type=60), ED25519)
    file = tmp_path / "savings.key.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | planted))
    with pytest.raises(refused):
        ring.open("savings", "correct horse")


def test_a_file_from_before_there_were_schemes_still_opens() -> None:
    key = keystore.SealedKey(
        address="", public_key=b"\x02" * 33, path=KeyPath(), cost=CHEAP, salt=b"s" * 16, nonce=b"n" * 12, sealed=b""
    )
    text = keystore.render(keystore.seal(ENTROPY, "p", key))
    assert "scheme" not in text
    assert "coin_type" not in text
    assert keystore.unseal(keystore.read(text), "p") == ENTROPY
    assert '"scheme": "ed25519"' in keystore.render(replace(key, scheme=ED25519, public_key=b"k" * 32))


GROUP = multisig.multisig_key(2, tuple(SeedSigner(ENTROPY, KeyPath(index=index), SECP256K1).key for index in range(3)))


def test_a_multisig_is_kept_under_a_name_once_and_can_be_deleted(tmp_path: Path) -> None:
    kept = PublicKeys(tmp_path / "keys")
    added = kept.add("team", GROUP)
    assert kept.get("team") == added
    assert kept.names() == ("team",)
    with pytest.raises(KeyExists):
        kept.add("team", GROUP)
    kept.delete("team")
    for use in (kept.get, kept.delete):
        with pytest.raises(NoSuchKey):
            use("team")


@pytest.mark.parametrize(
    "change",
    [
        ("qos-public-key-1", "qos-public-key-2"),
        ('"threshold": 2', '"threshold": 3'),
        ('"threshold": 2', '"threshold": 4'),
        ("/cosmos.crypto.multisig.LegacyAminoPubKey", "/cosmos.bank.v1beta1.MsgSend"),
        ("{", "["),
    ],
)
def test_a_damaged_file_of_a_multisig_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    kept = PublicKeys(tmp_path)
    kept.add("team", GROUP)
    file = tmp_path / "team.public.json"
    file.write_text(file.read_text().replace(*change))
    with pytest.raises(BadKeystore):
        kept.get("team")


@pytest.mark.parametrize("value", [None, "x", {}, {"@type": "/x"}, {"@type": "/cosmos.crypto.ed25519.PubKey"}, []])
def test_json_that_is_no_public_key_is_refused(value: JsonValue) -> None:
    with pytest.raises(RuleViolation):
        read_public_key(value)
