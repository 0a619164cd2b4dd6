"""What the command line's light client keeps is believed later only if it is whole and of that chain."""

from pathlib import Path

import pytest

from qos.base.strictjson import render_json
from qos.cli.errors import UsageError
from qos.cli.trusting import kept_state
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import trust_root
from qos.proto.json import to_json
from qos.testing.light_chain import CHAIN_ID, light_block, members


def test_a_kept_state_reads_back(tmp_path: Path) -> None:
    block = light_block(5, members(1, 2))
    state = trust_root(block, header_hash(block.signed_header.header)).state
    file = tmp_path / "kept.json"
    file.write_text(render_json(to_json(state)))
    assert kept_state(file, CHAIN_ID) == state
    with pytest.raises(UsageError, match=r"kept\.json .* it is of 'light-1'") as refused:
        kept_state(file, "light-2")
    assert "--trust HEIGHT:HASH" in refused.value.next_step


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"chain_id": "light-1", "height": "5"}', '{"height": []}'])
def test_a_damaged_one_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "kept.json").write_text(text)
    with pytest.raises(UsageError, match=r"kept\.json"):
        kept_state(tmp_path / "kept.json", CHAIN_ID)
