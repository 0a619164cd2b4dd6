"""The command line in this process: what it offers, how it refuses, what it exits with."""

import json
from pathlib import Path

import pytest

from qos.cli.generated import command_name
from qos.proto import catalog
from qos.testing.command_line import qos


def test_every_declared_message_and_query_has_a_command() -> None:
    for service, group in (("Msg", "tx"), ("Query", "query")):
        for each in catalog.services(service):
            code, out, _ = qos(group, each.area, "--help")
            assert code == 0
            for method in each.methods:
                assert command_name(method.name) in out.split(), each.full_name


def test_every_generated_command_explains_itself() -> None:
    for service, group in (("Msg", "tx"), ("Query", "query")):
        for area, method in [(each.area, method) for each in catalog.services(service) for method in each.methods]:
            code, out, _ = qos(group, area, command_name(method.name), "--help")
            assert code == 0
            assert "--output" in out
            fields = catalog.message(method.request).fields if service == "Query" else ()
            assert all(field.name.upper() in out for field in fields if field.required)


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (("staking", "delegation"), "{DELEGATOR_ADDR} {VALIDATOR_ADDR}"),
        (("staking", "redelegations"), "[DELEGATOR_ADDR]"),
        (("gov", "vote"), "{PROPOSAL_ID} {VOTER}"),
        (("gov", "params"), "[PARAMS_TYPE]"),
        (("staking", "pool"), ""),
    ],
)
def test_what_a_query_is_about_is_named_without_an_option(words: tuple[str, ...], usage: str) -> None:
    """What its HTTP path names, too; in brackets where it may be left out."""
    code, out, _ = qos("query", *words, "--help")
    assert code == 0
    shown, _, _ = out.partition("\n\n")
    assert shown.split() == f"Usage: qos query {' '.join(words)} [OPTIONS] {usage}".split()


def test_commands_have_the_names_of_the_grammar() -> None:
    assert command_name("AllBalances") == "balances"
    assert command_name("SendTransfer") == "send-transfer"
    code, out, _ = qos("tx", "bank", "send", "--help")
    assert code == 0
    for option in ("--from", "--to-address", "--amount", "--fee", "--wait"):
        assert option in out
    assert "--from-address" not in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("tx", "bank", "send", "--from", "a"),
        ("query", "bank", "balances"),
        ("query", "bank", "balances", "bob", "--nope"),
        ("status", "--output", "yaml"),
    ],
)
def test_wrong_usage_exits_with_two(arguments: tuple[str, ...]) -> None:
    code, out, err = qos(*arguments)
    assert code == 2
    assert out == ""
    assert "Error" in err


def test_an_error_in_json_has_codespace_code_message_and_next(tmp_path: Path) -> None:
    cases = (
        (2, ("tx", "bank", "send", "--from", "a")),
        (2, ("query", "bank", "balances", "nobody")),
        (3, ("status",)),
        (3, ("query", "fees", "params", "--node", "http://127.0.0.1:1")),
        (1, ("keys", "show", "nobody")),
    )
    for expected, arguments in cases:
        home = () if arguments[:2] == ("tx", "bank") else ("--home", str(tmp_path))
        code, out, err = qos(*arguments, *home, "--output", "json")
        report = json.loads(err)
        assert code == expected, arguments
        assert out == ""
        assert set(report) == {"codespace", "code", "message", "next"}
        assert report["code"] > 0
        assert report["message"]
        assert report["next"]


def test_a_key_is_made_listed_shown_exported_and_deleted(tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n")
    home, passphrase = ("--home", str(tmp_path)), ("--passphrase-file", str(secret))
    code, out, _ = qos("keys", "new", "savings", *home, *passphrase, "--output", "json")
    made = json.loads(out)
    assert code == 0
    assert len(made["phrase"].split()) == 24
    code, out, _ = qos("keys", "list", *home, "--output", "json")
    assert json.loads(out) == {"keys": [{"name": "savings", "address": made["address"], "kind": "sealed"}]}
    code, out, _ = qos("keys", "export", "savings", *home, *passphrase, "--output", "json")
    assert json.loads(out)["phrase"] == made["phrase"]
    phrase = tmp_path / "phrase"
    phrase.write_text(made["phrase"])
    code, out, _ = qos("keys", "import", "again", "--phrase-file", str(phrase), *home, *passphrase, "--output", "json")
    assert json.loads(out)["address"] == made["address"]
    code, _, _ = qos("keys", "delete", "savings", "--yes", *home)
    assert code == 0
    code, _, err = qos("keys", "show", "savings", *home)
    assert (code, "no key" in err) == (1, True)


def test_a_wrong_passphrase_is_refused(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("correct horse")
    wrong.write_text("battery staple")
    qos("keys", "new", "savings", "--home", str(tmp_path), "--passphrase-file", str(right))
    code, out, err = qos("keys", "export", "savings", "--home", str(tmp_path), "--passphrase-file", str(wrong))
    assert code == 1
    assert out == ""
    assert "passphrase" in err
