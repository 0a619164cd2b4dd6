"""What an attestation, a header and a whole delivery cost the chain that checks them, in CPU time of one process."""

import time
from collections.abc import Callable

from qos.lightclient.verifier import proven_header
from qos.modules.crosschain.qcp import attestation
from qos.modules.crosschain.qcp.delivery import proven_packets
from qos.modules.crosschain.qcp.params import figures
from qos.modules.crosschain.qcp.peers import group_of
from qos.modules.crosschain.qcp.state import HEADERS
from qos.testing.chain import ALICE
from qos.testing.qcp_deliveries import load, update
from qos.testing.qcp_network import CARRIER, connected, expect_ok, transfer

ROUNDS = 200
BATCH = 64


def costs() -> dict[str, float]:
    """Return microseconds of CPU: an attestation of 4 relays, a header of 4 validators, a packet with its proof."""
    hub, shop = connected()
    trusted = next(state for _, state in HEADERS.items(shop.state()))
    expect_ok(hub.do(ALICE, *[transfer(ALICE, shop, 5)] * BATCH))
    hub.run_block()
    step = update(hub, shop)
    expect_ok(shop.do(CARRIER, step))
    batch = load(hub, shop, 1, BATCH, height=step.light_block.signed_header.header.height).message()
    peer, found = shop.peer("qos-1"), figures(shop.state())
    now_ns = shop.next_block().time_ns
    attested = _timed(lambda: attestation.proven_abstract(batch.attestation, group_of(peer), peer.incoming))
    header = _timed(lambda: proven_header(trusted, step.light_block, options=found.client, now_ns=now_ns))
    packets = _timed(lambda: proven_packets(shop.scratch(), peer, batch, found), ROUNDS // 20)
    return {
        "attestation_us": attested,
        "header_us": header,
        "proven_packet_us": round((packets - attested) / BATCH, 1),
    }


def _timed(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    started = time.process_time_ns()
    for _ in range(rounds):
        work()
    return round((time.process_time_ns() - started) / rounds / 1_000, 1)
