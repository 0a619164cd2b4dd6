"""What tests do to relays and chains of a `RelayWorld`: withheld orders, forks, time passing without relays."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

from qos.base import merkle
from qos.base.strictjson import JsonObject
from qos.cassini.messages import CastVote, Order
from qos.client.calls import Call
from qos.client.lightblocks import light_block
from qos.crypto import ed25519, secp256k1
from qos.machine.chain import Chain
from qos.machine.context import Context, ReadContext
from qos.machine.module import Genesis, Module
from qos.modules.crosschain.qcp.attestation import pause_digest
from qos.proto.records.qos_fees_v1 import QueryParamsRequest
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.qos_qcp_v1 import MsgFreeze, RelaySignature
from qos.proto.records.tendermint_types import SignedHeader
from qos.testing.chain import DAVE
from qos.testing.engine_worlds import seed_of
from qos.testing.light_chain import Member, sign_header
from qos.testing.memory_node import VALIDATORS, MemoryNode
from qos.testing.relay_group import ATTESTERS
from qos.testing.relay_world import QOS, SHOP, RelayWorld, run_now

T = TypeVar("T")


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


def another_packet(order: Order) -> Iterable[Order]:
    """Have a relay see another first packet than there is."""
    if not isinstance(order, CastVote):
        return (order,)
    hashes = (sha256(b"another").digest(), *order.message.packet_hashes[1:])
    bent = replace(order.message.abstract, packet_root=merkle.root(hashes))
    return (CastVote(message=replace(order.message, abstract=bent, packet_hashes=hashes)),)


Bend = Callable[[dict[str, Any]], object]
"""Changes an answer in place."""


class BendingNode:
    """Answers as a node does, but for one method whose answer is bent."""

    def __init__(self, node: MemoryNode, method: str, bend: Bend) -> None:
        """Bend what a node answers to a method."""
        self._node, self._method, self._bend = node, method, bend

    async def send(self, call: Call[T]) -> T:
        """Answer, bent."""

        def read(result: JsonObject) -> T:
            bent: dict[str, Any] = dict(result)
            self._bend(bent)
            return call.parse(bent)

        return await self._node.send(replace(call, parse=read) if call.method == self._method else call)

    async def pause(self, duration_ms: int) -> None:
        """Let no time pass."""
        raise AssertionError(duration_ms)


class Strings:
    """A module through which a test changes a chain's state by hand, at the begin of its next block."""

    def __init__(self) -> None:
        """Change nothing yet."""
        self._pulls: list[Callable[[Context], None]] = []

    def on(self, chain: Chain) -> Chain:
        """Return a chain with the module."""
        module = Module(
            name="strings",
            store="strings",
            store_id=250,
            genesis=Genesis(kind=QueryParamsRequest, load=_load_nothing, dump=_dump_nothing),
            begin_block=self._begin,
        )
        return replace(chain, modules=(*chain.modules, module))

    def pull(self, change: Callable[[Context], None]) -> None:
        """Have the next block change the state."""
        self._pulls.append(change)

    def _begin(self, ctx: Context) -> None:
        for change in self._pulls:
            change(ctx)
        self._pulls.clear()


def _load_nothing(ctx: Context, state: QueryParamsRequest) -> None:
    del ctx, state


def _dump_nothing(ctx: ReadContext) -> QueryParamsRequest:
    del ctx
    return QueryParamsRequest()


def pause_shop(world: RelayWorld) -> None:
    """Have two relays pause what comes to the shop, so that nothing is delivered there for 72 hours."""
    keys = sorted(ATTESTERS[:2], key=lambda key: key.public)
    signed = pause_digest(world.peer(SHOP, QOS).incoming, 0)
    signatures = tuple(RelaySignature(key=key.public, signature=secp256k1.sign(key.private, signed)) for key in keys)
    world.send(SHOP, DAVE, MsgFreeze(submitter=DAVE.address, chain_id=QOS, signatures=signatures))


def pass_blocks(world: RelayWorld, chain_id: str, count: int) -> None:
    """Let time pass until a chain has made so many blocks more."""
    target = world.nodes[chain_id].height + count
    world.until(lambda: world.nodes[chain_id].height >= target)
