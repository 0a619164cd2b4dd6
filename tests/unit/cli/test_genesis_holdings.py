"""`qos genesis add-holdings` and what `qos node init` makes of it, at the command line."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from qos.base.identifiers import Address, format_address
from qos.chains.public import PUBLIC
from qos.node.home import ChainHome
from qos.store.io.lmdb import open_store
from qos.testing.chain import ALICE, genesis_document
from qos.testing.command_line import qos_json

ADDRESSES = [Address(sha256(b"%d" % number).digest()[:20]) for number in range(40)]
BALANCE = b"\x02\x14" + ADDRESSES[3] + b"aqos"


def listed(folder: Path, *more: str) -> Path:
    """Write a list of holders as people do."""
    file = folder / "holders.csv"
    lines = [f"{format_address(address)},{place + 1}.5qos" for place, address in enumerate(ADDRESSES)]
    file.write_text("\n".join([*lines, *more]) + "\n", "utf-8")
    return file


def written(folder: Path) -> Path:
    """Write a document that a chain can start from."""
    file = folder / "genesis.json"
    file.write_text(json.dumps(genesis_document(funds={ALICE.address: 10**20})), "utf-8")
    return file


def test_a_list_becomes_a_file_that_the_document_names(tmp_path: Path) -> None:
    document = written(tmp_path)
    code, said = qos_json("genesis", "add-holdings", listed(tmp_path), "--file", document)
    assert (code, said["accounts"]) == (0, 40)
    named = json.loads(document.read_bytes())["app_state"]["bank"]["holdings"]
    assert named["sha256"] == said["sha256"] == sha256((tmp_path / "genesis.holdings").read_bytes()).hexdigest()
    assert int(named["total"][0]["amount"]) == sum((2 * number + 1) * 10**18 // 2 for number in range(1, 41))
    assert qos_json("genesis", "add-holdings", listed(tmp_path), "--file", document) == (0, said)


def test_a_new_node_has_the_holdings_laid(tmp_path: Path) -> None:
    document, home = written(tmp_path), ChainHome(tmp_path / "node")
    qos_json("genesis", "add-holdings", listed(tmp_path), "--file", document)
    code, _ = qos_json("node", "init", "--genesis", document, "--home", home.folder)
    assert code == 0
    assert home.holdings_file.read_bytes() == (tmp_path / "genesis.holdings").read_bytes()
    store = open_store(home.state_folder, PUBLIC.stores)
    assert (store.version, store.reader().get("bank", BALANCE)) == (0, b"%d" % (45 * 10**17))
    store.close()


def test_a_node_is_not_made_from_another_file(tmp_path: Path) -> None:
    document, home = written(tmp_path), ChainHome(tmp_path / "node")
    qos_json("genesis", "add-holdings", listed(tmp_path), "--file", document)
    file = tmp_path / "genesis.holdings"
    file.write_bytes(file.read_bytes().replace(b"aqos 1500", b"aqos 9500"))
    code, said = qos_json("node", "init", "--genesis", document, "--home", home.folder)
    assert code == 1
    assert "SHA-256" in said["message"]
    assert not home.config_file.exists()
    file.unlink()
    code, said = qos_json("node", "init", "--genesis", document, "--home", home.folder)
    assert code == 1
    assert "put the file of holdings there" in said["message"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("qos1nobody,5qos", "line 41"),
        ("x", "line 41"),
        (f"{format_address(ADDRESSES[0])},0qos", "holds something"),
        (f"{format_address(ADDRESSES[0])},5 apples", "line 41"),
        (f"{format_address(ADDRESSES[0])},5qos", "does not follow"),
    ],
)
def test_a_bad_line_of_a_list_changes_nothing(tmp_path: Path, line: str, sentence: str) -> None:
    document = written(tmp_path)
    before = document.read_bytes()
    code, said = qos_json("genesis", "add-holdings", listed(tmp_path, line), "--file", document)
    assert code in {1, 2}
    assert sentence in said["message"]
    assert document.read_bytes() == before
    assert not (tmp_path / "genesis.holdings").exists()


def test_a_list_that_is_not_there_is_said(tmp_path: Path) -> None:
    code, said = qos_json("genesis", "add-holdings", tmp_path / "none.csv", "--file", written(tmp_path))
    assert code == 2
    assert "is no file" in said["message"]
