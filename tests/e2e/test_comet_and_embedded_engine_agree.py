"""[N1] What CometBFT decided gives the same app hash at every height under the embedded engine, on any host.

The long run has over 10,000 transactions in over 500 blocks, and the other two kinds of chain too.
"""

from pathlib import Path

import pytest

from qos.engine import blocks
from qos.engine import evidence as proofs
from qos.lightclient.comet_json import parse_header, parse_validators_page
from qos.proto.records.tendermint_types import Evidence, ValidatorSet
from qos.rpc.services import comet_calls
from qos.testing.comet_node import CometNode
from qos.testing.decided_chain import Decided
from qos.testing.deciders import CometDecider
from qos.testing.engine_program import BUILD_TIMEOUT_S, engine_program
from qos.testing.hosts import HOSTS
from qos.testing.offences import second_block
from qos.testing.sameness import ChainKind, check, started
from qos.testing.sameness_load import run_load

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * BUILD_TIMEOUT_S)]
KINDS = ("public", pytest.param("business", marks=pytest.mark.long), pytest.param("cassini", marks=pytest.mark.long))


@pytest.mark.parametrize("kind", KINDS)
def test_both_engines_come_to_the_same_app_hash_at_every_height(
    kind: ChainKind, tmp_path: Path, long_run: bool
) -> None:
    node = CometNode(engine_program(), tmp_path, block_ms=50, kind=kind)
    try:
        chain = started(kind, CometDecider(node), node.key["pub_key"]["value"])
        if long_run:
            run_load(chain, blocks=500, txs=10_000, each_block=30)
        else:
            run_load(chain, blocks=60, txs=500, each_block=6)
        carriers = [each for each in chain.decided if each.evidence] + [chain.accuse(second_block_of(node))]
        assert len(carriers) == (2 if kind == "public" else 1)
        for each in carriers:
            encoded_as_there(node, each)
        assert [each.app_hash for each in chain.decided] == node_hashes(node, len(chain.decided))
        check(chain, node.seed, tmp_path / "blocks", HOSTS if long_run else HOSTS[2:])
    finally:
        node.close()


def second_block_of(node: CometNode) -> Evidence:
    """Return another finished header of one round: an attack on light clients by all who signed both."""
    height = str(node.height - 2)
    page = parse_validators_page(node.call("validators", height=height))
    members = ValidatorSet(validators=page.validators, proposer=page.validators[0])
    own = parse_header(node.call("header", height=height)["header"])
    return second_block(own, members, (node.seed,), byzantine=page.validators)


def encoded_as_there(node: CometNode, carrier: Decided) -> None:
    """Compare a block with evidence as we encode it with the parts the engine signed."""
    height = carrier.block.height
    named = comet_calls.block(height).parse(node.call("block", height=str(height)))
    assert named.block.evidence.evidence == carrier.evidence
    assert blocks.name(named.block, blocks.encode(named.block)) == named.block_id
    assert named.block.header.evidence_hash == proofs.root(carrier.evidence)


def node_hashes(node: CometNode, blocks: int) -> list[bytes]:
    """Return the app hash behind each block as the header after it names it."""
    node.until_height(blocks + 1)
    return [bytes.fromhex(each) for each in node.header_hashes(2, blocks + 1).values()]
