"""A block with evidence through gRPC and REST: CometBFT's wire form, and its JSON by the names of the fields."""

from types import SimpleNamespace
from typing import Any

import anyio

from qos.proto import codec
from qos.proto.json import to_json
from qos.proto.records.cosmos_base_tendermint_v1beta1 import GetBlockByHeightRequest, GetBlockByHeightResponse
from qos.rpc.services.blocks import block_by_height
from qos.rpc.services.ledger import NamedBlock, Tip
from qos.testing.engine_worlds import produce, seed_of, seeds_of, world
from qos.testing.offences import double_vote_on, lunatic_attack

CHAIN = world((10, 10, 10, 10))
PRODUCER = CHAIN.producer()
BLOCKS = produce(PRODUCER, *([] for _ in range(4)))
VOTES, ATTACK = double_vote_on(CHAIN.store, seed_of(1), 2), lunatic_attack(CHAIN.store, seeds_of(2), 4, common=3)
CARRIER = PRODUCER.produce(PRODUCER.state.time_ns + 10**9, [], (VOTES, ATTACK))


class Ledger:
    """Knows one block."""

    async def tip(self) -> Tip:
        return Tip(height=CARRIER.height, base=1, catching_up=False)

    async def block(self, height: int) -> NamedBlock:
        assert height == CARRIER.height
        return NamedBlock(block_id=CARRIER.block_id, block=CARRIER.block)


def answer() -> GetBlockByHeightResponse:
    node: Any = SimpleNamespace(ledger=Ledger())
    return anyio.run(block_by_height, node, GetBlockByHeightRequest(height=CARRIER.height))


def test_the_block_is_encoded_with_its_evidence_under_both_names() -> None:
    found = codec.decode(GetBlockByHeightResponse, codec.encode(answer()))
    assert found.block == CARRIER.block
    assert found.sdk_block is not None
    assert found.sdk_block.evidence == CARRIER.block.evidence


def test_rest_shows_evidence_by_kind_and_votes_by_name() -> None:
    shown: Any = to_json(answer())
    votes, attack = shown["block"]["evidence"]["evidence"]
    assert votes["duplicate_vote_evidence"]["vote_a"]["type"] == "SIGNED_MSG_TYPE_PRECOMMIT"
    assert votes["duplicate_vote_evidence"]["validator_power"] == "10"
    found = attack["light_client_attack_evidence"]
    assert (found["common_height"], len(found["byzantine_validators"])) == ("3", 2)
    assert found["conflicting_block"]["signed_header"]["header"]["height"] == "4"
    assert shown["sdk_block"]["evidence"] == shown["block"]["evidence"]
