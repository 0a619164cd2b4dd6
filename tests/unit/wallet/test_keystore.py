import json
from dataclasses import replace
from pathlib import Path

import pytest

from qos.base.identifiers import format_address
from qos.crypto import keys, secp256k1
from qos.wallet import keystore
from qos.wallet.derivation import KeyPath, SeedSigner
from qos.wallet.errors import BadKeystore, BadPhrase, KeyExists, NoSuchKey, WalletError, WrongPassphrase
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys
from qos.wallet.io.keyring import Keyring
from qos.wallet.keystore import Cost
from qos.wallet.phrase import entropy_of, words_of

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
ENTROPY = bytes(range(32))


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keyring(folder=tmp_path / "keys", cost=CHEAP)


def test_a_sealed_key_opens_to_the_same_signer(ring: Keyring) -> None:
    sealed = ring.add("savings", ENTROPY, "correct horse")
    signer = ring.open("savings", "correct horse")
    document = b"a document"
    keys.verify(sealed.key, document, signer.sign(document))
    assert sealed.address == format_address(secp256k1.address(signer.public_key))
    assert ring.names() == ("savings",)


def test_the_file_is_the_owners_alone_and_holds_no_secret_in_the_open(ring: Keyring) -> None:
    ring.add("savings", ENTROPY, "correct horse")
    file = ring.folder / "savings.key.json"
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    assert ENTROPY not in content
    assert words_of(ENTROPY).split()[0].encode() not in content


def test_a_guess_costs_64_mib_and_half_a_second_unless_somebody_chose_otherwise(tmp_path: Path) -> None:
    """Threat 36: less memory would let one graphics card guess thousands at a time."""
    ring = Keyring(folder=tmp_path / "keys")
    ring.add("savings", ENTROPY, "correct horse")
    written = json.loads((ring.folder / "savings.key.json").read_text())["argon2id"]
    assert (written["memory_kib"], written["passes"], written["lanes"]) == (65_536, 3, 4)


def test_another_passphrase_does_not_open(ring: Keyring) -> None:
    ring.add("savings", ENTROPY, "correct horse")
    with pytest.raises(WrongPassphrase):
        ring.open("savings", "correct horse ")


@pytest.mark.parametrize(
    ("field", "value"),
    [("address", "qos1v9skzctpv9skzctpv9skzctpv9skzctpphcst5"), ("index", 1), ("account", 1)],
)
def test_a_changed_open_field_does_not_open(ring: Keyring, field: str, value: object) -> None:
    ring.add("savings", ENTROPY, "correct horse")
    file = ring.folder / "savings.key.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: value}))
    with pytest.raises(WrongPassphrase):
        ring.open("savings", "correct horse")


def test_every_flipped_byte_of_the_sealed_part_is_noticed() -> None:
    blank = keystore.SealedKey(
        address="", public_key=b"\x02" * 33, path=KeyPath(), cost=CHEAP, salt=b"s" * 16, nonce=b"n" * 12, sealed=b""
    )
    key = keystore.seal(ENTROPY, "p", blank)
    assert keystore.unseal(key, "p") == ENTROPY
    for index in range(len(key.sealed)):
        flipped = bytearray(key.sealed)
        flipped[index] ^= 1
        with pytest.raises(WrongPassphrase):
            keystore.unseal(replace(key, sealed=bytes(flipped)), "p")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "qos-keystore-2"},
        {"argon2id": {"memory_kib": 2**31, "passes": 1, "lanes": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA=="}},
        {"argon2id": {"memory_kib": 64, "passes": 0, "lanes": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA=="}},
        {"argon2id": None},
        {"nonce": "AAAA"},
        {"sealed": "!"},
        {"index": -1},
        {"index": True},
    ],
)
def test_a_planted_file_is_refused_before_it_costs_anything(ring: Keyring, change: dict[str, object]) -> None:
    ring.add("savings", ENTROPY, "correct horse")
    file = ring.folder / "savings.key.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(BadKeystore):
        ring.open("savings", "correct horse")


def test_a_key_is_never_overwritten(ring: Keyring) -> None:
    ring.add("savings", ENTROPY, "one")
    with pytest.raises(KeyExists):
        ring.add("savings", bytes(32), "two")
    assert ring.open("savings", "one").entropy == ENTROPY


@pytest.mark.parametrize("name", ["", "../evil", "Upper", "a/b", "a" * 33, "1st"])
def test_a_name_that_could_leave_the_folder_is_refused(ring: Keyring, name: str) -> None:
    with pytest.raises(WalletError):
        ring.add(name, ENTROPY, "p")


def test_a_key_needs_a_passphrase(ring: Keyring) -> None:
    with pytest.raises(WalletError, match="empty passphrase"):
        ring.add("savings", ENTROPY, "")


def test_a_deleted_key_is_gone(ring: Keyring) -> None:
    ring.add("savings", ENTROPY, "p")
    ring.delete("savings")
    for use in (ring.delete, ring.get):
        with pytest.raises(NoSuchKey):
            use("savings")


def test_words_and_entropy_are_two_forms_of_one_secret() -> None:
    assert entropy_of("  " + words_of(ENTROPY).replace(" ", "  ")) == ENTROPY
    for bad in ("", "abandon", words_of(ENTROPY) + " abandon", words_of(ENTROPY).replace(" ", " zzz ", 1)):
        with pytest.raises(BadPhrase):
            entropy_of(bad)


def test_development_keys_survive_their_file_and_say_what_they_are(tmp_path: Path) -> None:
    keys = DevKeys(ENTROPY)
    devkeys.write(tmp_path, keys)
    file = tmp_path / devkeys.FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["kind"] == "dev"
    assert devkeys.read(tmp_path) == keys
    assert len({keys.address(name) for name in devkeys.ACCOUNTS}) == len(devkeys.ACCOUNTS)


def test_a_signer_does_not_show_its_entropy() -> None:
    signer = SeedSigner(ENTROPY)
    assert ENTROPY.hex() not in repr(signer)
    assert "\\x01\\x02" not in repr(signer)
    assert "\\x01\\x02" not in repr(DevKeys(ENTROPY))
