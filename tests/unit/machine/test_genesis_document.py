import json
from typing import Any

import pytest

from qos.base.errors import RuleViolation
from qos.chains.public import PUBLIC
from qos.machine import genesis
from qos.machine.genesis import MAX_TOTAL_POWER, BadGenesis
from qos.machine.machine import Machine
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import genesis_document

KEY = {"type": "tendermint/PubKeyEd25519", "value": "dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnY="}
OTHER = {"type": "tendermint/PubKeyEd25519", "value": "d3Z2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnY="}


def document(**changes: object) -> bytes:
    return json.dumps(genesis_document() | changes).encode()


def start(data: bytes) -> None:
    Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores)).init_chain(data)


def test_a_document_says_who_validates_and_where_the_chain_begins() -> None:
    parsed = genesis.parse(document(initial_height="7", validators=[{"pub_key": KEY, "power": "3"}]))
    assert (parsed.chain_id, parsed.initial_height) == ("qos-1", 7)
    assert [(v.public_key, v.power) for v in parsed.validators] == [(b"v" * 32, 3)]
    assert parsed.time_ns == 1_767_225_600 * 10**9


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": "Qos-1"},
        {"chain_id": None},
        {"genesis_time": "2026-02-30T00:00:00Z"},
        {"genesis_time": None},
        {"initial_height": "0"},
        {"initial_height": -1},
        {"initial_height": True},
        {"initial_height": "1x"},
        {"validators": []},
        {"validators": None},
        {"validators": 5},
        {"validators": {"pub_key": KEY}},
        {"validators": ["x"]},
        {"validators": [{"power": "1"}]},
        {"validators": [{"pub_key": KEY}]},
        {"validators": [{"pub_key": KEY, "power": "0"}]},
        {"validators": [{"pub_key": KEY, "power": "-1"}]},
        {"validators": [{"pub_key": KEY | {"value": "dnZ2"}, "power": "1"}]},
        {"validators": [{"pub_key": KEY | {"value": "?"}, "power": "1"}]},
        {"validators": [{"pub_key": KEY | {"type": "tendermint/PubKeySecp256k1"}, "power": "1"}]},
        {"validators": [{"pub_key": KEY, "power": "1"}, {"pub_key": KEY, "power": "1"}]},
        {"consensus_params": []},
        {"app_state": None},
        {"app_state": []},
        {"app_state": {"accounts": {}}},
        {"app_state": {**PUBLIC.stores}},
    ],
    ids=str,
)
def test_a_document_that_says_nonsense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadGenesis):
        start(document(**changes))


def test_total_power_reaches_its_limit_and_no_further() -> None:
    def powers(first: int) -> list[object]:
        return [{"pub_key": KEY, "power": str(first)}, {"pub_key": OTHER, "power": "1"}]

    genesis.parse(document(validators=powers(MAX_TOTAL_POWER - 1)))
    with pytest.raises(BadGenesis):
        genesis.parse(document(validators=powers(MAX_TOTAL_POWER)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b'{"chain_id": "a", "chain_id": "b"}',
        b'{"chain_id": 1.5}',
        b'{"chain_id": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        document().decode().encode("utf-16"),
    ],
    ids=range(11),
)
def test_what_is_not_strict_json_is_refused(data: bytes) -> None:
    with pytest.raises(BadGenesis):
        genesis.parse(data)


@pytest.mark.parametrize("state", [None, 0, [], "x", {"unknown": 1}, {"accounts": {}}, {"accounts": [None]}])
@pytest.mark.parametrize("module", ["accounts", "bank", "fees"])
def test_a_module_state_of_another_shape_is_refused(module: str, state: object) -> None:
    with pytest.raises(RuleViolation):
        start(document(app_state=genesis_document()["app_state"] | {module: state}))


@pytest.mark.parametrize("kind", [None, 0, [], {}, True, "", "/", "/qos.none.v1.X"])
def test_a_key_of_no_type_is_refused(kind: object) -> None:
    account = {"address": "qos1" + "q" * 38, "pub_key": {"@type": kind}}
    with pytest.raises(RuleViolation):
        start(json.dumps(genesis_document(accounts={"accounts": [account]})).encode())
