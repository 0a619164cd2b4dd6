"""[N1] The same blocks over ABCI and under the embedded engine: the same app hash at every height, on any host.

Here the other engine is a small one of ours that speaks ABCI; `tests/e2e` has the same with CometBFT. Every kind of
message a chain knows is in a block: a new kind that could not be makes the test fail.
"""

from base64 import b64encode
from pathlib import Path

import pytest

from qos.crypto import ed25519
from qos.node.chain_lists import chain_of
from qos.testing.deciders import FakeDecider
from qos.testing.engine_worlds import seed_of
from qos.testing.hosts import HOSTS
from qos.testing.sameness import ChainKind, check, started
from qos.testing.sameness_load import run_load

KEY = b64encode(ed25519.public_key(seed_of(0))).decode()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["public", "business", "cassini"])
def test_every_kind_of_message_gives_the_same_app_hashes_on_any_host(
    kind: ChainKind, tmp_path: Path, long_run: bool
) -> None:
    chain = started(kind, FakeDecider(chain_of(kind)), KEY)
    if long_run:
        run_load(chain, blocks=500, txs=10_000, each_block=20)
    else:
        run_load(chain, blocks=60, txs=500, each_block=6)
    check(chain, seed_of(0), tmp_path / "blocks", HOSTS if long_run else HOSTS[2:])
