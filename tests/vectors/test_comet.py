"""Hashes and sign bytes of CometBFT v0.38.25."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qos.base.blocktime import parse_rfc3339
from qos.lightclient.hashes import canonical_vote_bytes, header_hash
from qos.proto.records.tendermint_types import BlockID, Header, PartSetHeader
from qos.proto.records.tendermint_version import Consensus

KINDS = {"comet/header_hash": ("comet/header_hash*.json",), "comet/sign_bytes": ("comet/sign_bytes*.json",)}


@pytest.mark.vectors("comet/header_hash")
def test_the_header_hash_is_that_of_comet(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    vector = json.loads(vector_file.read_text())
    fields = vector["header"]
    last, parts = fields["last_block_id"], fields["last_block_id"]["part_set_header"]
    hashes = {name: bytes.fromhex(fields[name]) for name in fields if name.endswith(("_hash", "_address"))}
    header = Header(
        version=Consensus(**fields["version"]),
        chain_id=fields["chain_id"],
        height=fields["height"],
        time=parse_rfc3339(fields["time"]),
        last_block_id=BlockID(
            hash=bytes.fromhex(last["hash"]),
            part_set_header=PartSetHeader(total=parts["total"], hash=bytes.fromhex(parts["hash"])),
        ),
        **hashes,
    )
    assert header_hash(header).hex().upper() == vector["expect"]
    vector_cases(vector_file, 1)


@pytest.mark.vectors("comet/sign_bytes")
def test_votes_are_signed_over_the_bytes_comet_signs(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    cases = json.loads(vector_file.read_text())["cases"]
    for case in cases:
        time_ns = parse_rfc3339(case["time"])
        found = canonical_vote_bytes(case["type"], case["height"], case["round"], None, time_ns, case["chain_id"])
        assert found.hex() == case["sign_bytes_hex"]
    vector_cases(vector_file, len(cases))
