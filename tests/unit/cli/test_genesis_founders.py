"""`qos genesis` from the template to a document that starts, as four founders use it, with what `qos node` shows."""

from base64 import b64decode
from pathlib import Path

import pytest

from qos.testing.command_line import qos_json
from qos.wallet.io import devkeys
from qos.wallet.io.devkeys import DevKeys

FOUNDERS = ("validator-0", "validator-1", "validator-2", "validator-3")


@pytest.fixture
def founders(tmp_path: Path) -> Path:
    """A home with the founders' keys."""
    home = tmp_path / "home"
    (home / "keys").mkdir(parents=True)
    devkeys.write(home / "keys", DevKeys(bytes(16)))
    return home


def test_founders_make_a_document_that_starts(tmp_path: Path, founders: Path) -> None:
    document = ("--file", tmp_path / "genesis.json")
    assert qos_json("genesis", "new", "qos-1", "2027-01-01T00:00:00Z", *document)[0] == 0
    code, said = qos_json("genesis", "validate", *document)
    assert (code, said["next"]) == (1, "mend it in the document and validate again")
    for number, name in enumerate(FOUNDERS):
        assert qos_json("genesis", "add-account", name, "60000qos", *document, "--home", founders)[0] == 0
        _, node = qos_json("node", "init", "--home", tmp_path / name, "--port-base", 0)
        key = node["consensus_key"] if number % 2 else b64decode(node["consensus_key"]).hex()
        wish = ("--consensus-key", key, "--self-bond", "50000qos", "--from", name)
        assert qos_json("genesis", "add-validator", f"v{number}", *wish, *document, "--home", founders)[0] == 0
    assert qos_json("genesis", "collect", *document) == (0, {"file": str(document[1]), "validators": 4})
    code, said = qos_json("genesis", "validate", *document)
    assert (code, said["validators"], said["power"]) == (0, 4, 200000)


@pytest.mark.parametrize("key", ["", "ab", "00" * 31, "zz" * 32, "AAAA"])
def test_what_is_no_key_is_refused_with_where_to_find_it(tmp_path: Path, founders: Path, key: str) -> None:
    document = ("--file", tmp_path / "genesis.json")
    qos_json("genesis", "new", "qos-1", "2027-01-01T00:00:00Z", *document)
    wish = ("--consensus-key", key, "--self-bond", "50000qos", "--from", FOUNDERS[0])
    code, said = qos_json("genesis", "add-validator", "v", *wish, *document, "--home", founders)
    assert (code, said["next"]) == (2, "give it as qos node show does")
