"""Whose turn it is to propose, against the sequence CometBFT's own test expects."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qos.engine import rotation

KINDS = {"comet/proposer_rotation": ("comet/proposer_rotation*.json",)}


@pytest.mark.vectors("comet/proposer_rotation")
def test_proposers_come_in_the_order_of_comet(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    vector = json.loads(vector_file.read_text())
    expected = next(turns for name, turns in vector.items() if name.startswith("expect"))
    members = rotation.new_set(
        rotation.validator(each["address_ascii"].encode(), b"k" * 32, each["power"]) for each in vector["validators"]
    )
    for turn in expected:
        assert members.proposer is not None
        assert members.proposer.address.decode() == turn
        members = rotation.advance(members)
    vector_cases(vector_file, len(expected))
