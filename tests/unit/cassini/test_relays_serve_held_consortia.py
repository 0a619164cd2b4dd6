"""A relay works for a business chain only under the root CA the group provably holds (WP 1.4)."""

from base64 import b64encode
from typing import Any

import pytest

from qos.cassini.consortia import held_root, named_root, objection
from qos.client.lightblocks import genesis_root
from qos.machine import genesis
from qos.machine.genesis import GenesisDocument
from qos.proto.records.qos_relay_v1 import MsgHoldConsortium
from qos.store.ics23 import BadProof
from qos.testing.consortium import consortium, consortium_state
from qos.testing.relay_faults import BendingNode
from qos.testing.relay_group import RELAYS
from qos.testing.relay_world import HUB, RelayWorld, run_now

ROOT, OTHER = consortium().root.certificate, consortium("Mall").root.certificate


def document(app_state: dict[str, Any]) -> GenesisDocument:
    return GenesisDocument(
        chain_id="shop-1", time_ns=0, initial_height=1, validators=(), consensus_params={}, app_state=app_state
    )


def test_the_root_is_the_one_of_genesis() -> None:
    assert named_root(document({"consortium": consortium_state([])})) == ROOT
    assert named_root(document({})) is None
    removed = {"roots": [{"certificate": b64encode(ROOT).decode(), "removed": True}]}
    assert named_root(document({"consortium": removed})) is None


@pytest.mark.parametrize(
    ("named", "held", "reason"),
    [
        (None, None, ""),
        (ROOT, ROOT, ""),
        (ROOT, None, "fewer than two thirds"),
        (ROOT, OTHER, "another root CA"),
        (None, ROOT, "names none"),
    ],
)
def test_a_chain_is_served_when_both_say_the_same(named: bytes | None, held: bytes | None, reason: str) -> None:
    found = objection("shop-1", named, held)
    assert bool(found) == bool(reason)
    assert reason in found


def test_what_the_group_holds_is_read_with_its_proof() -> None:
    world = RelayWorld()
    trusted = genesis_root(genesis.parse(world.nodes[HUB].genesis))
    assert run_now(held_root(world.nodes[HUB], trusted, "mall-1", world.now_ns)).root is None
    for number, relay in enumerate(world.relays[:3]):
        said = MsgHoldConsortium(relay=RELAYS[number].address, chain_id="mall-1", root=ROOT)
        run_now(relay.group.send(said))
    world.step(20)
    assert run_now(held_root(world.nodes[HUB], trusted, "mall-1", world.now_ns)).root == ROOT

    def hide(result: dict[str, Any]) -> None:
        result["response"]["value"] = None

    node = BendingNode(world.nodes[HUB], "abci_query", hide)
    with pytest.raises(BadProof):
        run_now(held_root(node, trusted, "mall-1", world.now_ns))
