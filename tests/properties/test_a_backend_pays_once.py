"""A back-end that repeats a call until it is answered pays once for each key, whatever is lost or killed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.client.errors import Unreachable
from qos.proto.records.qos_qcp_v1 import SendResponse
from qos.rpc.services.status import CallRefused
from qos.testing.backend_world import BackendWorld, Killed, payment
from qos.testing.chain import ALICE, FUNDS
from qos.testing.relay_world import SHOP

FAULTS = st.lists(st.sampled_from(["ok", "unsent", "unheard", "killed", "killed late"]), max_size=8)


def sent(world: BackendWorld, key: int) -> SendResponse:
    """Send as a back-end does: again with the same key until there is an answer."""
    while True:
        try:
            return world.send(payment(f"order-{key}", amount=key))
        except Killed:
            world.restart()
        except (Unreachable, CallRefused):
            world.chains.step()


@settings(max_examples=max(4, settings().max_examples // 5))
@given(FAULTS, st.lists(st.integers(1, 3), min_size=1, max_size=6))
def test_every_key_is_paid_once_under_any_faults(
    tmp_path_factory: pytest.TempPathFactory, faults: list[str], keys: list[int]
) -> None:
    world = BackendWorld(tmp_path_factory.mktemp("journal"))
    world.wire.faults = iter(faults)
    answers: dict[int, SendResponse] = {}
    for key in keys:
        answer = sent(world, key)
        assert answers.setdefault(key, answer) == answer
    world.chains.step(30)
    assert world.sent() == len(set(keys))
    assert world.chains.balance(SHOP, ALICE.address) == FUNDS - sum(set(keys))
    world.close()
