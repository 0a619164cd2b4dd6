"""Round one: members vote, more than two thirds fix a batch."""

from dataclasses import replace
from typing import Any

import pytest

from qos.modules.crosschain.qcp.attestation import quorum
from qos.modules.relay.observations.operations import MAX_VOTES
from qos.proto import codec
from qos.proto.records.cosmos_base_abci_v1beta1 import TxMsgData
from qos.proto.records.qos_relay_v1 import MsgObserveResponse
from qos.testing.relay_group import (
    GAS,
    OTHER_QUEUE,
    RELAYS,
    abstract_of,
    batches,
    cassini,
    codes,
    fixed,
    hashes_of,
    observe,
    run,
    votes,
)
from qos.testing.transactions import key_of

BLOCK = 32


def test_two_of_four_votes_fix_nothing_and_the_third_fixes_the_batch() -> None:
    chain = cassini()
    agreed = abstract_of()
    run(chain, *[(who, observe(who, agreed)) for who in RELAYS[:2]])
    assert not batches(chain)
    run(chain, (RELAYS[2], observe(RELAYS[2], agreed)))
    batch = batches(chain)[0]
    assert (batch.number, batch.abstract, batch.packet_hashes) == (1, agreed, hashes_of(1, 3))
    assert votes(chain) == 0


@pytest.mark.parametrize("size", range(4, 11))
def test_a_batch_needs_strictly_more_than_two_thirds(size: int) -> None:
    chain = cassini(size)
    agreed = abstract_of()
    for count in range(1, size + 1):
        who = key_of(f"relay {count - 1}")
        run(chain, (who, observe(who, agreed)))
        assert bool(batches(chain)) == (3 * count > 2 * size)
        if batches(chain):
            assert count == quorum(size)
            return


def test_members_vote_what_comes_behind_without_waiting_for_what_is_before() -> None:
    chain = cassini()
    spans = [abstract_of(1, 3), abstract_of(4, 6), abstract_of(7, 9)]
    for who in RELAYS[:3]:
        assert codes(chain, *[(who, observe(who, span)) for span in spans[:1]]) == [("", 0)]
        assert codes(chain, *[(who, observe(who, span)) for span in spans[2:]]) == [("", 0)]
    assert [batch.abstract for batch in batches(chain)] == [spans[0], spans[2]]
    for who in RELAYS[:3]:
        run(chain, (who, observe(who, spans[1])))
    assert [batch.abstract for batch in batches(chain)] == [spans[0], spans[2], spans[1]]
    assert votes(chain) == 0


def test_a_batch_settles_the_votes_on_packets_it_holds_and_no_others() -> None:
    chain = cassini()
    run(chain, (RELAYS[0], observe(RELAYS[0], abstract_of(3, 5))))
    run(chain, (RELAYS[1], observe(RELAYS[1], abstract_of(4, 6))))
    fixed(chain, abstract_of(1, 3))
    assert votes(chain) == 1


def test_one_relay_voting_four_times_is_one_vote() -> None:
    chain = cassini()
    agreed = abstract_of()
    for _ in range(4):
        run(chain, (RELAYS[0], observe(RELAYS[0], agreed)))
    assert not batches(chain)
    assert votes(chain) == 1


def test_votes_that_differ_in_any_field_do_not_count_together() -> None:
    chain = cassini()
    run(
        chain,
        (RELAYS[0], observe(RELAYS[0], abstract_of())),
        (RELAYS[1], observe(RELAYS[1], abstract_of(height=10))),
        (RELAYS[2], observe(RELAYS[2], abstract_of(), destination="mall-1")),
        (RELAYS[3], observe(RELAYS[3], abstract_of(salt=b"x"), b"x")),
    )
    assert not batches(chain)


def test_a_relay_replaces_its_vote() -> None:
    chain = cassini()
    run(chain, (RELAYS[0], observe(RELAYS[0], abstract_of(height=8))))
    batch = fixed(chain, abstract_of(height=9))
    assert batch.abstract.height == 9


def test_a_late_vote_for_a_fixed_batch_answers_with_its_number_and_starts_nothing() -> None:
    chain = cassini()
    batch = fixed(chain)
    result = chain.run_block(chain.tx(RELAYS[3], observe(RELAYS[3], batch.abstract), gas=GAS, price=0)).tx_results[0]
    response = codec.decode(TxMsgData, result.data).msg_responses[0]
    assert codec.unpack(MsgObserveResponse, response) == MsgObserveResponse(batch=batch.number)
    assert votes(chain) == 0


def test_queues_are_independent() -> None:
    chain = cassini()
    run(chain, (RELAYS[0], observe(RELAYS[0], abstract_of(queue=OTHER_QUEUE))))
    fixed(chain)
    assert votes(chain, OTHER_QUEUE) == 1


def test_what_was_undelivered_can_be_fixed_again_under_a_later_header() -> None:
    chain = cassini()
    first = fixed(chain)
    again = fixed(chain, abstract_of(height=20))
    assert (first.number, again.number) == (1, 2)
    assert again.packet_hashes == first.packet_hashes


@pytest.mark.parametrize(
    "change",
    [
        {"queue_id": bytes(32)},
        {"header_hash": bytes(32)},
        {"app_hash": bytes(32)},
        {"packet_root": bytes(32)},
        {"packet_root": b"r" * 32},
        {"height": 1},
        {"first": 0},
        {"first": 4},
        {"last": 2},
        {"last": 66},
    ],
)
def test_a_vote_for_an_abstract_that_names_nothing_or_miscounts_is_refused(change: dict[str, Any]) -> None:
    chain = cassini()
    bent = replace(abstract_of(), **change)
    assert codes(chain, (RELAYS[0], replace(observe(RELAYS[0], abstract_of()), abstract=bent))) == [("qcp", 7)]
    assert votes(chain, bent.queue_id) == 0


def test_a_vote_that_names_no_protocol_version_is_refused() -> None:
    bent = replace(abstract_of(), version=0)
    assert codes(cassini(), (RELAYS[0], observe(RELAYS[0], bent))) == [("qcp", 9)]


@pytest.mark.parametrize(("source", "destination"), [("", "shop-1"), ("qos-1", "Q"), ("qos-1", "qos-1")])
def test_a_vote_that_names_no_way_between_two_chains_is_refused(source: str, destination: str) -> None:
    bent = observe(RELAYS[0], abstract_of(), source=source, destination=destination)
    assert codes(cassini(), (RELAYS[0], bent)) == [("relay", 3)]


def test_a_member_cannot_fill_the_state_with_votes_on_queues_that_are_not_there() -> None:
    chain = cassini()
    places = [(bytes((9, number)) * 16, first) for number in range(MAX_VOTES // 4) for first in (1, 2, 3, 4)]
    votes_cast = [observe(RELAYS[0], abstract_of(first, first, queue=queue)) for queue, first in places]
    for start in range(0, MAX_VOTES, BLOCK):
        some = votes_cast[start : start + BLOCK]
        txs = [chain.tx(RELAYS[0], vote, gas=GAS, price=0, ahead=at) for at, vote in enumerate(some)]
        assert not any(each.code for each in chain.run_block(*txs).tx_results)
    assert codes(chain, (RELAYS[0], observe(RELAYS[0], abstract_of(queue=OTHER_QUEUE)))) == [("relay", 6)]
    again = replace(votes_cast[3], abstract=replace(votes_cast[3].abstract, height=99))
    assert codes(chain, (RELAYS[0], again)) == [("", 0)]
    for relay in RELAYS[1:3]:
        run(chain, (relay, replace(votes_cast[0], relay=relay.address)))
    assert len(batches(chain)) == 1
    assert codes(chain, (RELAYS[0], observe(RELAYS[0], abstract_of(queue=OTHER_QUEUE)))) == [("", 0)]
