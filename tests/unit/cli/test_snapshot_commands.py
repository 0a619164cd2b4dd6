"""`qos snapshot` and `qos export` at the command line: what they print, and what they say when they cannot."""

import json
from pathlib import Path

import pytest

from qos.testing.command_line import qos
from qos.testing.node_homes import make_home, running


def test_a_snapshot_is_exported_listed_and_imported(tmp_path: Path) -> None:
    home = make_home(tmp_path / "node")
    with running(home) as node:
        node.make(6)
    code, out, _ = qos("snapshot", "export", "--home", home.folder, "--output", "json")
    made = json.loads(out)
    assert (code, made["height"], made["chain_id"]) == (0, 5, "qos-1")
    code, out, _ = qos("snapshot", "list", "--home", home.folder, "--output", "json")
    assert (code, json.loads(out)["snapshots"]) == (0, [made])
    fresh = make_home(tmp_path / "fresh")
    trust = ("--trust", "0x" + made["next_header_hash"])
    code, out, _ = qos("snapshot", "import", made["folder"], *trust, "--home", fresh.folder)
    assert code == 0
    assert "height: 5" in out
    code, _, err = qos("snapshot", "import", made["folder"], *trust, "--home", fresh.folder)
    assert code == 1
    assert "holds a state already" in err
    assert "next:" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("snapshot", "import", "/nowhere", "--trust", "zz"), 2, "64 hexadecimal digits"),
        (("snapshot", "import", "/nowhere"), 1, "manifest.json"),
        (("snapshot", "export"), 1, "no blocks"),
        (("export",), 1, "no blocks"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    home = make_home(tmp_path / "node")
    found, _, err = qos(*arguments, "--home", home.folder)
    assert found == code
    assert said in err
    assert "next:" in err


def test_a_folder_without_a_network_is_told(tmp_path: Path) -> None:
    code, _, err = qos("snapshot", "list", "--home", tmp_path)
    assert code == 2
    assert "qos up" in err
