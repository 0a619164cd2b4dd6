"""The file of holdings: sorted in bounded memory, copied after a check, laid into a new home."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from qos.base.identifiers import Address
from qos.machine.genesis import BadGenesis
from qos.modules.assets.bank.holdings import line_of
from qos.node import holdings, public_genesis
from qos.node.chain_node import composed
from qos.node.errors import NodeError
from qos.node.home import ChainHome
from qos.testing.node_homes import make_home, running

ADDRESSES = [Address(sha256(b"%d" % number).digest()[:20]) for number in range(40)]
LINES = [line_of(address, "aqos", 5 + place) for place, address in enumerate(ADDRESSES)]


def test_lines_are_sorted_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "LINES_A_PART", 7)
    file = tmp_path / "genesis.holdings"
    named = holdings.write_holdings(iter(LINES), file)
    assert file.read_bytes() == b"".join(sorted(LINES))
    assert named.sha256 == sha256(file.read_bytes()).hexdigest()
    assert (named.accounts, named.total[0].amount) == (40, sum(range(5, 45)))
    assert [path.name for path in tmp_path.iterdir()] == ["genesis.holdings"]


def test_a_holding_stands_once(tmp_path: Path) -> None:
    with pytest.raises(BadGenesis, match="does not follow"):
        holdings.write_holdings(iter([*LINES, line_of(ADDRESSES[7], "aqos", 1)]), tmp_path / "genesis.holdings")
    assert not list(tmp_path.iterdir())


def test_a_copy_is_whole_or_none(tmp_path: Path) -> None:
    file, copy = tmp_path / "genesis.holdings", tmp_path / "copy.holdings"
    named = holdings.write_holdings(iter(LINES), file)
    holdings.copy_holdings(file, copy, named)
    assert copy.read_bytes() == file.read_bytes()
    copy.unlink()
    file.write_bytes(file.read_bytes()[:-1] + b"9\n")
    with pytest.raises(BadGenesis):
        holdings.copy_holdings(file, copy, named)
    assert [path.name for path in tmp_path.iterdir()] == ["genesis.holdings"]


def test_nothing_is_laid_under_blocks(tmp_path: Path) -> None:
    home = make_home(tmp_path / "node")
    with running(home) as node:
        node.make(2)
    with pytest.raises(NodeError, match="has blocks"):
        holdings.lay(home)


def named_in(home: ChainHome, file: Path) -> None:
    """Write the file and name it in the genesis of a home."""
    named = holdings.write_holdings(iter(LINES), file)
    document = json.loads(home.genesis_file.read_bytes())
    home.genesis_file.write_text(json.dumps(public_genesis.with_holdings(document, named)))


def test_a_node_on_the_embedded_engine_begins_with_the_file_in_its_home(tmp_path: Path) -> None:
    """And goes on without it: who has block 1 reads no genesis."""
    home = make_home(tmp_path / "node")
    named_in(home, home.holdings_file)
    with running(home) as node:
        node.make(1)
        assert node.machine.store.reader().get("bank", b"\x02\x14" + ADDRESSES[3] + b"aqos") == b"8"
    home.holdings_file.unlink()
    with composed(home) as parts:
        assert parts.engine.height == 1


def test_a_node_on_the_embedded_engine_says_what_it_lacks(tmp_path: Path) -> None:
    home = make_home(tmp_path / "node")
    named_in(home, tmp_path / "elsewhere.holdings")
    with pytest.raises(BadGenesis, match="put the file of holdings there"), composed(home):
        pass
