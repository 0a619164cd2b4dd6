"""Transactions made, signed and combined without a node, as files."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from qos.base.identifiers import VALIDATOR_PREFIX, format_address, parse_address
from qos.cli.offline import tx_bytes
from qos.machine.signing import AMINO
from qos.proto.json import from_json
from qos.proto.records.cosmos_tx_v1beta1 import Tx
from qos.testing.chain import BOB, FUNDS, VirtualChain, genesis_document
from qos.testing.command_line import qos
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys
from qos.wallet.phrase import entropy_of

PHRASE = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
GIFT = ("--to-address", format_address(BOB.address), "--amount", "5aqos", "--gas", "100000", "--fee", "0.001qos")
KINDS = ("secp256k1", "eth_secp256k1", "ed25519", "ed25519-legacy")


@dataclass(frozen=True)
class Home:
    folder: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        ended, out, err = qos(*arguments, "--home", self.folder)
        assert ended == code, err
        return err if code else out

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def address(self, name: str) -> str:
        return str(json.loads(self.run("keys", "show", name, "--output", "json"))["address"])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.file("phrase", PHRASE)
    made.file("secret", "correct horse")
    return made


def secret(home: Home) -> tuple[str, str]:
    return "--passphrase-file", str(home.folder / "secret")


def add(home: Home, name: str, algo: str = "secp256k1", index: int = 0) -> str:
    phrase = ("--phrase-file", str(home.folder / "phrase"))
    home.run("keys", "import", name, "--algo", algo, "--index", str(index), *phrase, *secret(home))
    return home.address(name)


def at(number: int, sequence: int = 0, chain_id: str = "qos-1") -> tuple[str, ...]:
    return ("--chain-id", chain_id, "--account-number", str(number), "--sequence", str(sequence))


def chain_with(address: str) -> VirtualChain:
    return VirtualChain(genesis_document(funds={parse_address(address): FUNDS}))


@pytest.mark.parametrize(
    "words",
    [
        ("staking", "revoke-validator"),
        ("staking", "activate-validator", "--top-up", "1qos"),
        ("staking", "edit-validator", "--description", '{"moniker": "savings"}', "--commission-rate", "0.11"),
        ("distribution", "withdraw-validator-commission"),
        ("slashing", "unjail"),
    ],
)
def test_what_a_validator_signs_names_it_as_a_validator(home: Home, words: tuple[str, ...]) -> None:
    """The key of its owner signs; the message holds the operator's form of that address."""
    operator = format_address(parse_address(add(home, "savings")), VALIDATOR_PREFIX)
    offline = ("--from", "savings", "--gas", "100000", "--fee", "0.001qos", "--generate-only")
    (message,) = json.loads(home.run("tx", *words, *offline))["body"]["messages"]
    assert operator in (message.get("validator_address"), message.get("validator_addr"))


def run(chain: VirtualChain, signed: str, home: Home) -> tuple[int, str]:
    result = chain.run_block(tx_bytes(Path(home.file("signed.json", signed)))).tx_results[0]
    return result.code, result.log


@pytest.mark.parametrize("mode", ["direct", "amino-json"])
@pytest.mark.parametrize("algo", KINDS)
def test_a_transaction_signed_offline_is_taken_by_a_chain(home: Home, algo: str, mode: str) -> None:
    address = add(home, "savings", algo)
    unsigned = home.run("tx", "bank", "send", "--from", "savings", *GIFT, "--generate-only")
    assert from_json(Tx, json.loads(unsigned)).signatures == ()
    file = home.file("tx.json", unsigned)
    signed = home.run("tx", "sign", file, "--from", "savings", "--sign-mode", mode, *at(0), *secret(home))
    chain = chain_with(address)
    assert run(chain, signed, home) == (0, "")
    assert chain.balance(BOB.address) == 5


def test_a_multisigs_members_sign_apart_and_the_combined_transaction_is_taken(home: Home) -> None:
    for index, (name, algo) in enumerate((("anna", "secp256k1"), ("ben", "ed25519"), ("cleo", "eth_secp256k1"))):
        add(home, name, algo, index)
    cleo = json.dumps(json.loads(home.run("keys", "show", "cleo", "--output", "json"))["key"])
    members = ("--member", "anna", "--member", "ben", "--member", cleo)
    made = json.loads(home.run("keys", "add-multisig", "team", *members, "--threshold", "2", "--output", "json"))
    assert home.address("team") == made["address"]
    file = home.file("tx.json", home.run("tx", "bank", "send", "--from", "team", *GIFT, "--generate-only"))
    chain = chain_with(made["address"])
    for sequence, pair in enumerate((("cleo", "anna"), ("ben", "cleo"), ("anna", "ben"))):
        signatures = [
            home.file(
                f"{name}.json",
                home.run("tx", "sign", file, "--from", name, "--multisig", "team", *at(0, sequence), *secret(home)),
            )
            for name in pair
        ]
        combined = home.run("tx", "multisign", file, "team", *signatures, *at(0, sequence))
        assert run(chain, combined, home) == (0, "")
    assert chain.balance(BOB.address) == 15


def two_of_three(home: Home) -> tuple[str, str]:
    """Return files of an unsigned transaction of `team` and of alice's signature at number 0, sequence 0."""
    devkeys.write(home.folder / "keys", DevKeys(entropy_of(PHRASE)))
    members = ("--member", "alice", "--member", "bob", "--member", "carol")
    home.run("keys", "add-multisig", "team", *members, "--threshold", "2")
    file = home.file("tx.json", home.run("tx", "bank", "send", "--from", "team", *GIFT, "--generate-only"))
    return file, signature(home, file, "alice")


def signature(home: Home, file: str, name: str, *where: str) -> str:
    text = home.run("tx", "sign", file, "--from", name, "--multisig", "team", *(where or at(0)))
    return home.file(f"{name}.json", text)


def test_signatures_that_do_not_make_a_multisig_are_refused_by_what_is_wrong(home: Home) -> None:
    file, alice = two_of_three(home)
    alone = home.run("tx", "multisign", file, "team", alice, *at(0), code=1)
    assert "1 members signed, 2 must" in alone
    twice = home.run("tx", "multisign", file, "team", alice, alice, *at(0), code=1)
    assert "1 members signed, 2 must" in twice
    stranger = home.run("tx", "multisign", file, "team", alice, signature(home, file, "dave"), *at(0), code=1)
    assert "no member" in stranger
    for where in (at(1), at(0, 0, "qos-2")):
        elsewhere = signature(home, file, "bob", *where)
        assert "another transaction, chain" in home.run(
            "tx", "multisign", file, "team", alice, elsewhere, *at(0), code=1
        )
    later = signature(home, file, "bob", *at(0, 1))
    assert "sequence 1, the next is 0" in home.run("tx", "multisign", file, "team", alice, later, *at(0), code=1)


def test_who_signs_for_several_signs_as_amino_json(home: Home) -> None:
    file, _ = two_of_three(home)
    direct = home.file("one.json", home.run("tx", "sign", file, "--from", "alice", *at(0)))
    assert "covers all signers" in home.run("tx", "sign", direct, "--from", "bob", *at(1), code=1)
    amino = ("--sign-mode", "amino-json")
    first = home.file("two.json", home.run("tx", "sign", file, "--from", "alice", *amino, *at(0)))
    both = from_json(Tx, json.loads(home.run("tx", "sign", first, "--from", "bob", *amino, *at(1))))
    assert both.auth_info is not None
    assert [info.mode_info.single.mode for info in both.auth_info.signer_infos] == [AMINO, AMINO]
    assert len(both.signatures) == 2


def test_a_multisig_does_not_sign_by_itself(home: Home) -> None:
    file, _ = two_of_three(home)
    assert "its members sign" in home.run("tx", "sign", file, "--from", "team", *at(0), code=2)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"body": 1}', '{"body": {"messages": [{"@type": "/none"}]}}'])
def test_a_file_that_is_no_transaction_is_wrong_usage(home: Home, text: str) -> None:
    add(home, "savings")
    file = home.file("tx.json", text)
    assert "holds no" in home.run("tx", "sign", file, "--from", "savings", *at(0), *secret(home), code=2)


def test_without_a_node_gas_and_fee_must_be_given(home: Home) -> None:
    address = add(home, "savings")
    gift = ("--to-address", address, "--amount", "5aqos")
    nobody = ("--node", "http://127.0.0.1:1")
    assert "--gas" in home.run("tx", "bank", "send", "--from", address, *gift, *nobody, "--generate-only", code=2)
    half = home.run("tx", "bank", "send", "--from", "savings", *gift, "--gas", "1", "--generate-only", code=2)
    assert "--fee" in half


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--member", "anna", "--member", "nobody", "--threshold", "1"), 2, "no key 'nobody'"),
        (("--member", "anna", "--threshold", "2"), 1, "2 of 1"),
        (("--member", "{", "--threshold", "1"), 2, "not JSON"),
        (("--member", '{"@type": "/cosmos.bank.v1beta1.MsgSend"}', "--threshold", "1"), 1, "may not sign here"),
        (("--member", "team", "--threshold", "1"), 1, "may not sign here"),
    ],
)
def test_what_makes_no_multisig_is_refused(home: Home, arguments: tuple[str, ...], code: int, says: str) -> None:
    add(home, "anna")
    home.run("keys", "add-multisig", "team", "--member", "anna", "--threshold", "1")
    assert says in home.run("keys", "add-multisig", "other", *arguments, code=code)


def test_a_name_is_used_once_whatever_the_kind_of_key(home: Home) -> None:
    add(home, "anna")
    home.run("keys", "add-multisig", "team", "--member", "anna", "--threshold", "1")
    for command in (
        ("keys", "add-multisig", "anna", "--member", "anna", "--threshold", "1"),
        ("keys", "new", "team", *secret(home)),
        ("keys", "new", "alice", *secret(home)),
    ):
        assert "exists already" in home.run(*command, code=1)
    home.run("keys", "delete", "team", "--yes")
    assert "no key" in home.run("keys", "show", "team", code=1)


def test_a_coin_type_no_wallet_uses_is_wrong_usage(home: Home) -> None:
    assert "coin type 1" in home.run("keys", "new", "odd", "--coin-type", "1", *secret(home), code=2)


def test_an_address_in_hex_is_taken_where_a_name_is(home: Home) -> None:
    add(home, "savings")
    shown = json.loads(home.run("keys", "show", "savings", "--output", "json"))
    gift = ("--to-address", shown["hex"], "--amount", "5aqos", "--gas", "1", "--fee", "1aqos", "--generate-only")
    made = json.loads(home.run("tx", "bank", "send", "--from", "savings", *gift))
    assert made["body"]["messages"][0]["to_address"] == shown["address"]
    wrong = ("--to-address", shown["hex"].lower().replace("0x", "0xA", 1)[:42], *gift[2:])
    assert "checksum" in home.run("tx", "bank", "send", "--from", "savings", *wrong, code=2)


def test_an_exported_key_says_its_kind_and_path(home: Home) -> None:
    add(home, "savings", "ed25519", 3)
    exported = json.loads(home.run("keys", "export", "savings", *secret(home), "--output", "json"))
    assert (exported["algo"], exported["path"]) == ("ed25519", "m/44'/389'/0'/0'/3'")
    assert exported["phrase"] == PHRASE
