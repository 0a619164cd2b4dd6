"""What the engine reads: keys in its format, its configuration out of ours."""

import tomllib
from base64 import b64decode
from dataclasses import replace

import pytest

from qos.engine.cometbft.errors import BadKeyFile, BadSignState
from qos.engine.cometbft.identity import (
    FRESH_SIGN_STATE,
    SignState,
    node_id,
    node_key_json,
    parse_node_key,
    parse_sign_state,
    validator_key_json,
)
from qos.engine.cometbft.settings import Paths, Peers, Settings, Timing, Trust, Waiting, render_settings

MADE_BY_THE_ENGINE = (
    "44QOobXL4gCB5ZUxYLreDHYQ7lx5V2mkGifVgxd15zlJzLPf7y0Yu3LLVRqyW8P3X3W6IlI9lB2lN6+eYuqqrQ==",
    "A65B00DDE3BBD09D1356BA0BFCB84AC6FFB4350D",
)
"""A private key that `cometbft init` wrote, and the address it gave."""

SETTINGS = Settings(
    moniker='näme "quoted"',
    application="tcp://127.0.0.1:1",
    rpc="tcp://127.0.0.1:2",
    metrics="127.0.0.1:3",
    log_level="info",
    index="kv",
    paths=Paths(
        genesis="/h/genesis.json",
        validator_key="/h/engine/key.json",
        sign_state="/h/state.json",
        node_key="/h/node_key.json",
        address_book="/h/data/engine/book.json",
        data="/h/data/engine",
        messages="/h/data/engine/cs.wal/wal",
    ),
    peers=Peers(
        listen="tcp://127.0.0.1:4",
        external_address="",
        persistent=("aa@h:1", "bb@h:2"),
        seeds=(),
        private_ids=(),
        unconditional_ids=(),
        exchange=True,
        strict_addresses=True,
        max_inbound=40,
        max_outbound=10,
    ),
    timing=Timing(block_ms=1_000, heartbeat_ms=0, propose_ms=3_000, vote_ms=1_000),
    waiting=Waiting(txs=5_000, bytes=64 << 20, cache=10_000, recheck=True),
    trust=Trust(servers=(), height=0, hash_hex="", period_s=100),
)


def test_keys_are_written_as_the_engine_writes_them() -> None:
    private, address = MADE_BY_THE_ENGINE
    seed = b64decode(private)[:32]
    written = validator_key_json(seed)
    assert f'"{private}"' in written
    assert f'"{address}"' in written
    assert node_id(seed) == address.lower()
    assert parse_node_key(node_key_json(seed).encode()) == seed


OTHER_SEED = node_key_json(bytes(32)).replace("AAAA", "AAAB", 1).encode()
"""Of another key than the public one beside it."""


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"priv_key": 5}', b'{"priv_key": {"value": "AAAA"}}', OTHER_SEED]
)
def test_a_damaged_node_key_is_refused(text: bytes) -> None:
    with pytest.raises(BadKeyFile):
        parse_node_key(text)


def test_what_was_signed_last_is_read_and_ordered() -> None:
    later = parse_sign_state(b'{"height": "7", "round": 0, "step": 3, "signature": "AA==", "signbytes": "00"}')
    assert later == SignState(height=7, round=0, step=3)
    assert parse_sign_state(FRESH_SIGN_STATE.encode()) < later
    for text in (b"", b"{}", b"[]", b'{"height": "x", "round": 0, "step": 0}'):
        with pytest.raises(BadSignState):
            parse_sign_state(text)


def test_the_configuration_says_what_was_meant() -> None:
    content = tomllib.loads(render_settings(SETTINGS))
    assert content["moniker"] == SETTINGS.moniker
    assert content["proxy_app"] == "tcp://127.0.0.1:1"
    assert content["priv_validator_state_file"] == "/h/state.json"
    assert content["p2p"]["persistent_peers"] == "aa@h:1,bb@h:2"
    assert content["consensus"]["timeout_commit"] == "1000ms"
    assert content["rpc"]["unsafe"] is False
    assert content["mempool"]["max_tx_bytes"] == 262_144
    assert content["statesync"]["enable"] is False


def test_servers_to_trust_ask_for_a_state_from_peers() -> None:
    trust = Trust(servers=("h:1", "h:2"), height=7, hash_hex="AB", period_s=100)
    section = tomllib.loads(render_settings(replace(SETTINGS, trust=trust)))["statesync"]
    assert section["enable"] is True
    assert (section["rpc_servers"], section["trust_height"], section["trust_hash"]) == ("h:1,h:2", 7, "AB")
    assert section["trust_period"] == "100s"
