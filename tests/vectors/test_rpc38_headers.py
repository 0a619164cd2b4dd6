"""Recorded RPC answers of CometBFT v0.38: headers and commits parse, render back, hash and verify.

`block_by_hash` was recorded on another run with another validator: its commit has no set here to verify with.

`serialization/block_header.json` is of an older header with two more fields: it is read, its hash is not known.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qos.lightclient import comet_json
from qos.lightclient.commits import verify_commit
from qos.lightclient.hashes import commit_hash, consensus_hash, data_hash, header_hash, validators_hash
from qos.lightclient.verifier import ONE_THIRD, TrustLevel
from qos.proto.records.tendermint_types import Header, Validator

KINDS = {
    "rpc38/blocks": (
        "rpc38/block_at_height_[1-9]*.json",
        "rpc38/block_by_hash*.json",
        "rpc38/blockchain_*.json",
        "rpc38/commit_at_height_*.json",
    ),
    "rpc38/genesis": ("rpc38/genesis*.json",),
    "rpc38/consensus_params": ("rpc38/consensus_params*.json",),
    "rpc38/serialization/headers": ("rpc38/serialization/block_header*.json",),
    "rpc38/serialization/trust": ("rpc38/serialization/trust_threshold*.json",),
}
KNOWN_HASH = "F30A71F2409FB15AACAEDB6CC122DFA2525BEE9CAE521721B06BFDCA291B8D56"
"""Of block_header_with_known_hash.json, as the test of tendermint-rs that owns the file states it."""


def named_blocks(value: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield (block id, header) wherever an answer has both for one block."""
    if isinstance(value, list):
        for item in value:
            yield from named_blocks(item)
    elif isinstance(value, dict):
        block = value.get("block", value)
        if "block_id" in value and "header" in block:
            yield value["block_id"], block["header"]
        elif "signed_header" in value:
            signed = value["signed_header"]
            yield signed["commit"]["block_id"], signed["header"]
        else:
            yield from named_blocks(list(value.values()))


def commits(result: dict[str, Any]) -> Iterator[tuple[Header, dict[str, Any], bytes]]:
    """Yield (a header of the same set, commit, hash of the block it is for)."""
    if "block" in result:
        header = comet_json.parse_header(result["block"]["header"])
        yield header, result["block"]["last_commit"], header.last_block_id.hash
    if "signed_header" in result:
        header = comet_json.parse_header(result["signed_header"]["header"])
        yield header, result["signed_header"]["commit"], header_hash(header)


def genesis_validators(folder: Path) -> tuple[Validator, ...]:
    listed = json.loads((folder / "rpc38/genesis.json").read_text())["result"]["genesis"]["validators"]
    return comet_json.parse_validators([{**validator, "voting_power": validator["power"]} for validator in listed])


@pytest.mark.vectors("rpc38/blocks")
def test_header_hashes_recompute_and_headers_render_back(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    cases = list(named_blocks(json.loads(vector_file.read_text())["result"]))
    for block_id, raw in cases:
        header = comet_json.parse_header(raw)
        assert header_hash(header) == comet_json.parse_block_id(block_id).hash
        assert comet_json.render_header(header) == raw
        assert comet_json.render_block_id(comet_json.parse_block_id(block_id)) == block_id
    vector_cases(vector_file, len(cases))


@pytest.mark.vectors("rpc38/blocks")
def test_commits_verify_and_render_back(
    vector_file: Path, vector_folder: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    validators = genesis_validators(vector_folder)
    answers = list(commits(json.loads(vector_file.read_text())["result"]))
    for header, raw, block_hash in answers:
        commit = comet_json.parse_commit(raw)
        assert comet_json.render_commit(commit) == raw
        if commit.height and header.validators_hash == validators_hash(validators):
            assert verify_commit(header.chain_id, validators, commit, block_hash).power == 10
    if answers:
        vector_cases(vector_file, len(answers))


@pytest.mark.vectors("rpc38/blocks")
def test_a_block_names_its_transactions_and_the_commit_it_carries(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    result = json.loads(vector_file.read_text())["result"]
    if "block" in result:
        header = comet_json.parse_header(result["block"]["header"])
        assert header.last_commit_hash == commit_hash(comet_json.parse_commit(result["block"]["last_commit"]))
        assert header.data_hash == data_hash(b64decode(tx) for tx in result["block"]["data"]["txs"])
        vector_cases(vector_file, 1)


@pytest.mark.vectors("rpc38/genesis")
def test_the_genesis_set_hashes_to_what_the_first_header_names(
    vector_file: Path, vector_folder: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    first = json.loads((vector_folder / "rpc38/block_at_height_1.json").read_text())["result"]["block"]["header"]
    listed = json.loads(vector_file.read_text())["result"]["genesis"]["validators"]
    validators = comet_json.parse_validators([{**item, "voting_power": item["power"]} for item in listed])
    assert comet_json.render_hash(validators_hash(validators)) == first["validators_hash"]
    vector_cases(vector_file, 1)


@pytest.mark.vectors("rpc38/consensus_params")
def test_the_block_limits_hash_to_the_consensus_hash(
    vector_file: Path, vector_folder: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    block = json.loads(vector_file.read_text())["result"]["consensus_params"]["block"]
    header = json.loads((vector_folder / "rpc38/block_at_height_1.json").read_text())["result"]["block"]["header"]
    found = consensus_hash(int(block["max_bytes"]), int(block["max_gas"]))
    assert comet_json.render_hash(found) == header["consensus_hash"]
    vector_cases(vector_file, 1)


def rpc_header(raw: dict[str, Any]) -> Header:
    last = raw["last_block_id"]
    return comet_json.parse_header({**raw, "last_block_id": {"hash": last["hash"], "parts": last["part_set_header"]}})


@pytest.mark.vectors("rpc38/serialization/headers")
def test_serialised_headers_are_read(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    raw = json.loads(vector_file.read_text())
    header = rpc_header(raw)
    rendered = comet_json.render_header(header)
    assert {name: rendered[name] for name in raw.keys() & rendered.keys() - {"last_block_id"}} == {
        name: raw[name] for name in raw.keys() & rendered.keys() - {"last_block_id"}
    }
    if "known_hash" in vector_file.name:
        assert comet_json.render_hash(header_hash(header)) == KNOWN_HASH
    vector_cases(vector_file, 1)


@pytest.mark.vectors("rpc38/serialization/trust")
def test_the_serialised_trust_level_is_a_third(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    raw = json.loads(vector_file.read_text())
    assert TrustLevel(numerator=int(raw["numerator"]), denominator=int(raw["denominator"])) == ONE_THIRD
    vector_cases(vector_file, 1)
