"""What a relay keeps of its light clients is believed at the next start only if it is whole and of that chain."""

import json
from pathlib import Path

import pytest

from qos.cassini.io import trust
from qos.client.lightblocks import genesis_root
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import trust_root
from qos.machine import genesis
from qos.machine.genesis import GenesisDocument
from qos.proto import codec
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.testing.chain import genesis_document
from qos.testing.light_chain import CHAIN_ID, light_block, members


def document(chain_id: str = CHAIN_ID) -> GenesisDocument:
    return genesis.parse(json.dumps(genesis_document(chain_id=chain_id)).encode())


def state() -> TrustedState:
    block = light_block(5, members(1, 2, 3, 4))
    return trust_root(block, header_hash(block.signed_header.header)).state


def test_what_was_kept_is_trusted_again(tmp_path: Path) -> None:
    trust.save(tmp_path, state())
    assert trust.load(tmp_path, document()) == state()


def test_nothing_kept_is_genesis_and_genesis_is_not_kept(tmp_path: Path) -> None:
    root = genesis_root(document())
    trust.save(tmp_path, root)
    assert not list(tmp_path.iterdir())
    assert trust.load(tmp_path, document()) == root


def test_another_chains_state_or_damage_is_refused_by_the_files_name(tmp_path: Path) -> None:
    file = tmp_path / f"{CHAIN_ID}.state"
    bad = codec.encode(state())[:-1], b"", codec.encode(TrustedState(chain_id=CHAIN_ID, height=5, time=0))
    for data in bad:
        file.write_bytes(data)
        with pytest.raises(trust.TrustDamaged, match=r"light-1\.state is damaged"):
            trust.load(tmp_path, document())
    trust.save(tmp_path, state())
    file.replace(tmp_path / "light-2.state")
    with pytest.raises(trust.TrustDamaged, match="is of 'light-1'"):
        trust.load(tmp_path, document("light-2"))
