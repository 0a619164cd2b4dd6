"""Headers and votes of the embedded engine pass the light client, also while validators come and go."""

import pytest

from qos.base.blocktime import SECOND_NS
from qos.engine.embedded.ports import BlockStore
from qos.lightclient.bisection import bisect
from qos.lightclient.errors import Invalid
from qos.lightclient.verifier import ONE_THIRD, TWO_THIRDS, Options, TrustLevel, Verified, trust_root, verify
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.tendermint_types import SignedHeader
from qos.testing.engine_worlds import World, produce, seed_of, set_power, world
from qos.testing.light_chain import drive


class Blocks:
    """Hands out the light blocks of a block store."""

    def __init__(self, store: BlockStore) -> None:
        self._store = store
        self.asked: list[int] = []

    def light_block(self, height: int) -> LightBlock:
        self.asked.append(height)
        signed = SignedHeader(header=self._store.meta(height).header, commit=self._store.commit(height))
        current, following = (self._store.validators(at).validators for at in (height, height + 1))
        return LightBlock(signed_header=signed, validators=current, next_validators=following)


@pytest.fixture(scope="module")
def chain() -> World:
    """Four validators who are replaced one by one by four others, over 40 blocks."""
    changing = world((10, 10, 10, 10))
    changing.seeds = tuple(seed_of(number) for number in range(8))
    rounds: list[list[bytes]] = [[b"k%d=v" % number] for number in range(40)]
    for number in range(4):
        rounds[5 + 8 * number].append(set_power(4 + number, 10))
        rounds[8 + 8 * number].append(set_power(number, 0))
    produce(changing.producer(), *rounds)
    return changing


def root(provider: Blocks) -> Verified:
    block = provider.light_block(1)
    return trust_root(block, block.signed_header.commit.block_id.hash)


def now_ns(chain: World) -> int:
    return chain.store.meta(chain.store.height()).header.time + SECOND_NS


def test_every_header_follows_from_the_one_before(chain: World) -> None:
    provider = Blocks(chain.store)
    trusted = root(provider).state
    for height in range(2, chain.store.height() + 1):
        verdict = verify(trusted, provider.light_block(height), options=Options(), now_ns=now_ns(chain))
        assert isinstance(verdict, Verified)
        trusted = verdict.state
    assert trusted.app_hash == chain.store.meta(40).header.app_hash
    assert {v.address for v in chain.store.validators(1).validators}.isdisjoint(
        v.address for v in trusted.next_validators
    )


@pytest.mark.parametrize("level", [ONE_THIRD, TWO_THIRDS])
def test_the_newest_header_is_reached_by_halving(chain: World, level: TrustLevel) -> None:
    provider = Blocks(chain.store)
    steps = bisect(root(provider).state, 40, options=Options(trust_level=level), now_ns=now_ns(chain))
    accepted = drive(steps, provider)
    assert accepted[-1].header == chain.store.meta(40).header
    assert 1 < len(accepted) < 39


def test_a_block_of_other_votes_is_refused(chain: World) -> None:
    provider = Blocks(chain.store)
    honest = provider.light_block(2)
    forged = LightBlock(
        signed_header=SignedHeader(header=honest.signed_header.header, commit=chain.store.commit(3)),
        validators=honest.validators,
        next_validators=honest.next_validators,
    )
    with pytest.raises(Invalid):
        verify(root(provider).state, forged, options=Options(), now_ns=now_ns(chain))
