"""Where the other programs of a node are: read from the files they write, refused in words when they are not there."""

from pathlib import Path

import pytest

from qos.node.errors import BadConfig
from qos.node.private_addresses import address_in


def test_an_address_is_the_one_that_was_written(tmp_path: Path) -> None:
    file = tmp_path / "engine.json"
    file.write_text('{"pid": 5, "rpc": "http://127.0.0.1:7"}')
    assert address_in(file, "rpc") == "http://127.0.0.1:7"


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"rpc": 5}'])
def test_what_is_missing_says_how_to_start_the_node(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "engine.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadConfig) as refused:
        address_in(file, "rpc")
    assert "engine.json" in str(refused.value)
    assert "qos node start" in refused.value.next_step
