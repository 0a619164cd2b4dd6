"""Who saw, voted, signed and handed in a batch follows from Cassini blocks alone; a bent answer is refused."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from qos.base.errors import QosError
from qos.cassini.adapters.headers import ProvenHeaders
from qos.cassini.audit import Audit, Auditor, Deed, NothingToAudit
from qos.cassini.messages import Deliver
from qos.client.errors import BadAnswer
from qos.client.lightblocks import genesis_root
from qos.lightclient.errors import Invalid, WrongData, WrongResults
from qos.lightclient.verifier import Options
from qos.machine import genesis
from qos.testing.chain import ALICE
from qos.testing.relay_faults import Bend, BendingNode, another_packet, withholding
from qos.testing.relay_group import ATTESTERS, RELAYS
from qos.testing.relay_traffic import TRANSFER, send_some
from qos.testing.relay_world import HUB, QOS, SHOP, RelayWorld, run_now

MEMBERS = {account.address: key.public for account, key in zip(RELAYS, ATTESTERS, strict=True)}


def sent(world: RelayWorld, count: int = 3) -> None:
    send_some(world, count)
    world.until(world.settled, seconds=60)
    world.step(20)


def audited(world: RelayWorld, batch: int = 1, node: Any = None) -> Audit:
    root = genesis_root(genesis.parse(world.nodes[HUB].genesis))
    headers = ProvenHeaders(root, Options(), kept=10_000, steps_back=10_000)
    return run_now(Auditor(node or world.nodes[HUB], headers, MEMBERS, world.now_ns).audit(batch))


def who(audit: Audit, deed: Deed) -> set[int]:
    numbers: Mapping[bytes, int] = {key.address: number for number, key in enumerate(RELAYS)}
    return {numbers[act.relay] for act in audit.acts if act.deed is deed}


def test_all_that_four_honest_relays_did_is_found_and_nothing_else():
    world = RelayWorld()
    sent(world)
    found = audited(world)
    assert found.vote.packet_hashes == world.batches()[0].packet_hashes
    assert who(found, Deed.VOTED) >= {0, 1, 2}
    assert who(found, Deed.SIGNED) == {0, 1, 2, 3}
    assert who(found, Deed.DIFFERED) == set()
    deliveries = [relay.number for relay in world.relays if any(isinstance(order, Deliver) for order in relay.done)]
    assert who(found, Deed.SUBMITTED) <= set(deliveries)
    assert len(who(found, Deed.SUBMITTED)) == 1
    assert found.first_block <= found.fixed_at <= found.attested_at <= found.last_block


def test_the_submission_names_the_transaction_that_delivered():
    world = RelayWorld()
    sent(world)
    submission = next(act for act in audited(world).acts if act.deed is Deed.SUBMITTED)
    delivered = [sha256(tx).hexdigest() for block in world.blocks(SHOP) for tx in block.data.txs]
    assert submission.detail in delivered


def test_who_was_silent_and_who_saw_something_else_shows():
    world = RelayWorld()
    world.relays[1].tamper = another_packet
    sent(world)
    found = audited(world)
    assert who(found, Deed.DIFFERED) <= {1}
    assert who(found, Deed.VOTED) == {0, 2, 3}


def test_a_relay_that_neither_votes_nor_signs_does_not_appear():
    world = RelayWorld()
    world.relays[2].down = True
    sent(world)
    assert who(audited(world), Deed.VOTED) == who(audited(world), Deed.SIGNED) == {0, 1, 3}


def test_a_batch_handed_in_by_nobody_says_so():
    world = RelayWorld()
    for relay in world.relays:
        relay.tamper = withholding(Deliver)
    world.send(QOS, ALICE, TRANSFER)
    world.step(60)
    found = audited(world)
    assert who(found, Deed.SUBMITTED) == set()
    assert found.attested_at


def first_tx(result: dict[str, Any], text: str) -> None:
    data = result["block"]["data"]
    data["txs"] = [text, *data["txs"][1:]] if data["txs"] else [text]


def drop_last_tx(result: dict[str, Any]) -> None:
    result["block"]["data"]["txs"] = (result["block"]["data"]["txs"] or [])[:-1]


def bend_results(result: dict[str, Any], **fields: object) -> None:
    result["txs_results"] = [each | fields for each in result["txs_results"] or []]


def bend_header(result: dict[str, Any], **fields: object) -> None:
    result["signed_header"]["header"] |= fields


@pytest.mark.parametrize(
    ("method", "bend", "refusal"),
    [
        ("block", lambda result: first_tx(result, "AAAA"), WrongData),
        ("block", drop_last_tx, WrongData),
        ("block_results", lambda result: bend_results(result, code=1), WrongResults),
        ("block_results", lambda result: bend_results(result, data="AAAA"), WrongResults),
        ("block_results", lambda result: result.update(txs_results=None), WrongResults),
        ("commit", lambda result: bend_header(result, data_hash="AB" * 32), (Invalid, BadAnswer)),
        ("commit", lambda result: bend_header(result, last_results_hash="AB" * 32), (Invalid, BadAnswer)),
        ("validators", lambda result: result.update(validators=result["validators"][1:]), (Invalid, BadAnswer)),
        ("tx_search", lambda result: result.update(txs=[]), NothingToAudit),
    ],
)
def test_a_tampered_answer_is_refused(method: str, bend: Bend, refusal: type[QosError]):
    world = RelayWorld()
    sent(world)
    with pytest.raises(refusal):
        audited(world, node=BendingNode(world.nodes[HUB], method, bend))


def test_hints_that_hide_where_a_batch_was_fixed_change_nothing():
    world = RelayWorld()
    sent(world)

    def only_the_newest(result: dict[str, Any]) -> None:
        result["txs"] = result["txs"][-1:]

    node = BendingNode(world.nodes[HUB], "tx_search", only_the_newest)
    try:
        found = audited(world, node=node)
    except NothingToAudit:
        return
    assert found.fixed_at == audited(world).fixed_at


def test_a_batch_there_is_not_is_refused():
    world = RelayWorld()
    sent(world)
    with pytest.raises(NothingToAudit, match="no batch 77"):
        audited(world, 77)
