"""One public chain for all tests of the gRPC and REST edges that only read."""

from collections.abc import Iterator

import pytest

from qos.testing.chain import ALICE, BOB
from qos.testing.edge_world import EdgeWorld, edge_world
from qos.testing.transactions import send


@pytest.fixture(scope="package")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeWorld]:
    """A chain with one transfer from alice to bob in it."""
    with edge_world(tmp_path_factory.mktemp("edges")) as world:
        world.commit(world.tx(ALICE, send(ALICE.address, BOB.address, 12_345)))
        yield world
