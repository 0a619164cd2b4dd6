"""[L2] [V8] Random money, bonds, rewards and votes: every invariant after every block, export and import equal.

`make simulate` lives 20 seeds of 500 blocks.
"""

import pytest

from qos.testing.simulation import Simulation, continued, exported, live_and_go_on


@pytest.mark.parametrize("seed", [28])
def test_a_random_life_keeps_every_invariant_and_two_continuations_agree(seed: int) -> None:
    accepted, refused = live_and_go_on(seed, 60)
    assert accepted > 20
    assert refused > 20


def test_two_imports_of_one_export_hold_the_same() -> None:
    sim = Simulation(7)
    sim.live(20)
    one, two = continued(sim.chain), continued(sim.chain)
    assert exported(one) == exported(two)
    assert one.height == sim.chain.height + 1
