"""What tests do to relays and chains of a `RelayWorld`: withheld orders, forks, time passing without relays."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from qos.cassini.messages import Order
from qos.client.lightblocks import light_block
from qos.crypto import ed25519
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.tendermint_types import SignedHeader
from qos.testing.engine_worlds import seed_of
from qos.testing.light_chain import Member, sign_header
from qos.testing.memory_node import VALIDATORS
from qos.testing.relay_world import RelayWorld, run_now


class EngineMember(Member):
    """A validator of a chain of the embedded engine, by its number."""

    @property
    def seed(self) -> bytes:
        """Return the private key."""
        return seed_of(self.number)


def forked(world: RelayWorld, chain_id: str, height: int) -> LightBlock:
    """Return another header of a height, as valid as the one the chain has: all validators signed both."""
    block = run_now(light_block(world.nodes[chain_id], height))
    header = replace(block.signed_header.header, data_hash=ed25519.public_key(seed_of(0)))
    commit = sign_header(header, [EngineMember(number=number) for number in range(VALIDATORS)], {})
    return replace(block, signed_header=SignedHeader(header=header, commit=commit))


def withholding(*kinds: type[Order]) -> Callable[[Order], Iterable[Order]]:
    """Return what makes a relay give orders of these kinds and not carry them out."""

    def tamper(order: Order) -> Iterable[Order]:
        return () if isinstance(order, kinds) else (order,)

    return tamper


def pass_blocks(world: RelayWorld, chain_id: str, count: int) -> None:
    """Let time pass until a chain has made so many blocks more."""
    target = world.nodes[chain_id].height + count
    world.until(lambda: world.nodes[chain_id].height >= target)
