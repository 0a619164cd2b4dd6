"""Decoders of what others hand over, founders, relays and witnesses, and of the files a validator's home keeps."""

import json
import tempfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

from qos.base.amounts import E18
from qos.base.strictjson import BadJson, JsonObject, parse_json, render_json
from qos.cli.errors import UsageError
from qos.cli.rotating import as_object, read_message
from qos.client.transactions import PrivateKey
from qos.engine.cometbft.errors import BadKeyFile, BadSignState
from qos.engine.cometbft.identity import node_key_json, parse_node_key, parse_sign_state
from qos.engine.embedded.evidence_pool import EvidencePool
from qos.engine.embedded.producer import Producer
from qos.lightclient.duplicate_votes import FalseEvidence
from qos.lightclient.evidence_json import parse_evidence, render_evidence
from qos.lightclient.json_values import MalformedJson
from qos.machine.genesis import BadGenesis
from qos.modules.assets.bank.holdings import MAX_LINE_BYTES, Reading, line_of
from qos.node import public_genesis, relay_keys
from qos.node.errors import BadConfig
from qos.proto.records.cosmos_staking_v1beta1 import Description
from qos.proto.records.qos_qcp_v1 import MsgRotateRelays, RelaySignature
from qos.proto.records.qos_staking_v1 import GenesisValidator
from qos.testing.engine_worlds import World, produce, seeds_of, world
from qos.testing.fuzzing import Target
from qos.testing.offences import double_vote_on, lunatic_attack
from qos.testing.stake import RATES, owner_of
from qos.testing.stake_chain import consensus_key
from qos.testing.transactions import key_of

CHAIN_ID = "qos-9"
FRESH_NS = 1_798_761_600 * 10**9


def _file(read: Callable[[Path], object], name: str = "file") -> Callable[[bytes], None]:
    """Return a decoder of a file's bytes."""

    def decode(data: bytes) -> None:
        with tempfile.TemporaryDirectory(prefix="qos-fuzz-") as folder:
            file = Path(folder) / name
            file.write_bytes(data)
            read(file)

    return decode


def _founder(file: Path) -> None:
    public_genesis.collect(_template(), [public_genesis.read(file)])


@cache
def _template() -> JsonObject:
    return public_genesis.template(CHAIN_ID, FRESH_NS)


def _founders() -> tuple[bytes, ...]:
    owner = owner_of(0)
    wish = GenesisValidator(
        owner=owner.address,
        consensus_key=consensus_key(0),
        self_bond=50_000 * E18,
        description=Description(moniker="v"),
        commission=RATES,
    )
    signed = public_genesis.signed_validator(_template(), wish, PrivateKey(owner.private))
    return (render_json(signed).encode(),)


def _holdings(data: bytes) -> None:
    lines = BytesIO(data)
    reading = Reading()
    for _ in reading.holdings(iter(lambda: lines.readline(MAX_LINE_BYTES + 1), b"")):
        pass
    reading.found()


def _lines() -> tuple[bytes, ...]:
    return (b"".join(sorted(line_of(b"%020d" % number, "aqos", 10**number) for number in range(5))),)


def _rotations() -> tuple[bytes, ...]:
    keys = tuple(sorted(key_of(f"attester {number}").public for number in range(4)))
    signature = RelaySignature(key=keys[0], signature=b"s" * 64)
    rotation = MsgRotateRelays(
        submitter=owner_of(0).address, chain_id="shop-1", epoch=2, relay_keys=keys, height=9, signatures=(signature,)
    )
    return (render_json(as_object(rotation)).encode(),)


@cache
def _chain() -> tuple[World, Producer]:
    made = world((10, 10, 10, 10))
    producer = made.producer()
    produce(producer, *([] for _ in range(6)))
    return made, producer


def _evidence(data: bytes) -> None:
    """Hand evidence in, as anybody may by RPC."""
    made, producer = _chain()
    EvidencePool(made.store, producer.genesis, lambda: producer.state).add(parse_evidence(parse_json(data)))


def _proofs() -> tuple[bytes, ...]:
    store, seeds = _chain()[0].store, seeds_of(4)
    found = double_vote_on(store, seeds[0], 3), lunatic_attack(store, seeds, 5, common=2)
    return tuple([json.dumps(render_evidence(each)).encode() for each in found])


TARGETS = (
    Target(name="founder", decode=_file(_founder), declared=(BadConfig,), seeds=_founders),
    Target(name="holdings", decode=_holdings, declared=(BadGenesis,), seeds=_lines),
    Target(name="rotation", decode=_file(read_message), declared=(UsageError,), seeds=_rotations),
    Target(name="evidence", decode=_evidence, declared=(BadJson, MalformedJson, FalseEvidence), seeds=_proofs),
    Target(
        name="node-key",
        decode=parse_node_key,
        declared=(BadKeyFile,),
        seeds=lambda: (node_key_json(b"n" * 32).encode(),),
    ),
    Target(
        name="sign-state",
        decode=parse_sign_state,
        declared=(BadSignState,),
        seeds=lambda: (b'{"height": "5", "round": 0, "step": 3}',),
    ),
    Target(
        name="relay-keys",
        decode=_file(lambda file: relay_keys.load(file.parent), relay_keys.FILE_NAME),
        declared=(BadConfig,),
        seeds=lambda: (json.dumps({"account": "11" * 32, "attestation": "22" * 32}).encode(),),
    ),
)
