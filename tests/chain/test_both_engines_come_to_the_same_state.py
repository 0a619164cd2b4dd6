"""[N1] The same blocks over ABCI and under the embedded engine: the same app hash at every height, on any host.

Here the other engine is a small one of ours that speaks ABCI; `tests/e2e` has the same with CometBFT. Every kind of
message a chain knows is in a block: a new kind that could not be makes the test fail.
"""

from base64 import b64encode
from pathlib import Path

import pytest

from qos.base.identifiers import BASE_DENOM
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.crypto import ed25519
from qos.testing.chain import PUBLIC_FEES
from qos.testing.comet_node import CONSENSUS_PARAMS
from qos.testing.decided_chain import DecidedChain
from qos.testing.deciders import FakeDecider
from qos.testing.engine_worlds import seed_of
from qos.testing.hosts import HOSTS, lines_of
from qos.testing.relay_group import relay_state
from qos.testing.sameness_load import codes_in, kinds_in, run_load
from qos.testing.transactions import GAS_PRICE

KEY = b64encode(ed25519.public_key(seed_of(0))).decode()
FEES = {"fees": {"params": {"denom": BASE_DENOM, "gas_price": str(GAS_PRICE)} | PUBLIC_FEES}}


def decided(kind: str) -> DecidedChain:
    """Return a chain of a kind, started by the engine that speaks ABCI."""
    if kind == "public":
        return DecidedChain(
            FakeDecider(PUBLIC), KEY, chain=PUBLIC, params=CONSENSUS_PARAMS, states=FEES, price=50 * GAS_PRICE
        )
    chain, chain_id, states = (
        (BUSINESS, "shop-1", {}) if kind == "business" else (CASSINI, "cassini-1", {"relay": relay_state()})
    )
    return DecidedChain(
        FakeDecider(chain), KEY, chain=chain, chain_id=chain_id, params=CONSENSUS_PARAMS, states=states, price=0
    )


@pytest.mark.parametrize("kind", ["public", "business", "cassini"])
def test_every_kind_of_message_gives_the_same_app_hashes_on_any_host(kind: str, tmp_path: Path, long_run: bool) -> None:
    chain = decided(kind)
    size = {"blocks": 500, "txs": 10_000, "each_block": 20} if long_run else {"blocks": 60, "txs": 500, "each_block": 6}
    run_load(chain, **size)
    assert kinds_in(chain) == frozenset(chain.machine.chain.messages)
    assert codes_in(chain) >= {("", 0), ("sdk", 5), ("sdk", 11), ("sdk", 32)}
    chain.record().write(tmp_path / "blocks")
    arguments = ["-m", "qos.testing.replay_blocks", str(tmp_path / "blocks"), seed_of(0).hex()]
    expected = [each.app_hash.hex() for each in chain.decided]
    for host in HOSTS if long_run else HOSTS[2:]:
        assert lines_of(host, arguments) == expected
