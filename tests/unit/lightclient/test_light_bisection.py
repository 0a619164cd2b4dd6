"""Bisection asks for no more than it needs and believes nobody."""

from dataclasses import replace

import pytest

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.lightclient import errors
from qos.lightclient.bisection import bisect
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import ONE_THIRD, TWO_THIRDS, Options, TrustLevel, Verified, trust_root
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.testing.light_chain import ABSENT, BlockShelf, drive, light_block, members, time_of

NOW = time_of(1000)
PAPER = Options(trust_level=TWO_THIRDS, trusting_period_ns=10 * DAY_NS, clock_drift_ns=10 * SECOND_NS)


def root_of(block: LightBlock) -> TrustedState:
    return trust_root(block, header_hash(block.signed_header.header)).state


def walk(shelf: BlockShelf, start: LightBlock, target: int, options: Options = PAPER) -> tuple[Verified, ...]:
    return drive(bisect(root_of(start), target, options=options, now_ns=NOW), shelf)


def heights(path: tuple[Verified, ...]) -> list[int]:
    return [verified.header.height for verified in path]


def alices_chain() -> tuple[LightBlock, ...]:
    """Whitepaper 5.1: A B C D in the night, A B C E at nine, A B E F at noon."""
    night, nine, noon = members(1, 2, 3, 4), members(1, 2, 3, 5), members(1, 2, 5, 6)
    return (
        light_block(1, night),
        light_block(2, night, nine),
        light_block(3, nine),
        light_block(4, nine, noon),
        light_block(5, noon),
    )


def test_whitepaper_5_1_alice_needs_the_header_of_nine_o_clock() -> None:
    chain = alices_chain()
    shelf = BlockShelf(*chain)
    path = walk(shelf, chain[0], 5)
    assert heights(path) == [3, 5]
    assert shelf.asked == [5, 3]
    assert {validator.address for validator in path[-1].state.next_validators} == {
        member.validator.address for member in members(1, 2, 5, 6)
    }


def test_whitepaper_5_1_without_the_header_between_alice_is_not_convinced() -> None:
    chain = alices_chain()
    with pytest.raises(errors.NoSuchBlock):
        walk(BlockShelf(chain[0], chain[4]), chain[0], 5)


def test_at_trust_level_one_third_alice_goes_at_once() -> None:
    chain = alices_chain()
    assert heights(walk(BlockShelf(*chain), chain[0], 5, replace(PAPER, trust_level=ONE_THIRD))) == [5]


def test_an_unchanged_set_is_skipped_in_one_step() -> None:
    first, last = light_block(1, members(1, 2, 3, 4)), light_block(900, members(1, 2, 3, 4))
    shelf = BlockShelf(last)
    assert heights(walk(shelf, first, 900)) == [900]
    assert shelf.asked == [900]


def test_the_trusted_height_itself_needs_no_block() -> None:
    shelf = BlockShelf()
    assert walk(shelf, light_block(3, members(1)), 3) == ()
    assert shelf.asked == []


def test_a_height_below_the_trusted_one_is_refused() -> None:
    with pytest.raises(errors.HeightNotAbove):
        walk(BlockShelf(light_block(2, members(1))), light_block(3, members(1)), 2)


def test_a_set_that_changes_wholly_each_block_is_followed_block_by_block() -> None:
    sets = [members(*range(10 * height, 10 * height + 4)) for height in range(1, 18)]
    chain = [light_block(height, sets[height - 1], sets[height]) for height in range(1, 17)]
    shelf = BlockShelf(*chain)
    everything = replace(PAPER, trust_level=TrustLevel(numerator=1, denominator=3))
    assert heights(walk(shelf, chain[0], 16, everything)) == list(range(2, 17))
    assert len(shelf.asked) == len(set(shelf.asked)) == 15


def test_a_provider_that_gives_another_height_is_refused() -> None:
    class Liar(BlockShelf):
        def light_block(self, height: int) -> LightBlock:
            return super().light_block(height - 1)

    first = light_block(1, members(1))
    with pytest.raises(errors.HeightNotAbove, match="asked for height 5, got 4"):
        walk(Liar(light_block(4, members(1))), first, 5)


def test_an_invalid_block_on_the_way_stops_the_walk() -> None:
    chain = alices_chain()
    nearly_final = light_block(3, members(1, 2, 3, 5, 6), flags={5: ABSENT, 6: ABSENT})
    with pytest.raises(errors.NotEnoughPower):
        walk(BlockShelf(nearly_final, chain[4]), chain[0], 5)
