"""A public chain, a business chain, a Cassini chain and four relays in one process, in virtual time.

Relays are the real brain over the real adapter; what a test may do to them is stop them, lose what they order,
or make them lie.
"""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar

from qos.base.blocktime import MILLISECOND_NS
from qos.base.identifiers import BASE_DENOM, Address, format_address
from qos.cassini.adapters.contract import Adapter
from qos.cassini.adapters.qos import QosAdapter, QosChain
from qos.cassini.findings import Route
from qos.cassini.group import Group
from qos.cassini.lane import Identity
from qos.cassini.messages import Event, HeadSeen, Order
from qos.cassini.perform import perform
from qos.cassini.relay import Relay
from qos.cassini.signing import Attestor, Signed
from qos.cassini.submitter import Submitter
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.client.lightblocks import genesis_root, light_block
from qos.client.transactions import PrivateKey
from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.schedule import ScheduleConfig
from qos.lightclient.verifier import Options
from qos.machine import genesis, transaction
from qos.machine.chain import Chain
from qos.machine.context import BlockInfo, ReadContext
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.state import BALANCES
from qos.modules.crosschain.qcp import peers
from qos.modules.crosschain.qcp.state import PEERS, RECEIPTS
from qos.modules.relay.observations.state import BATCHES
from qos.proto.record import Record
from qos.proto.records.qos_qcp_v1 import MsgRegisterChain, Peer, QueueState, Receipt, TrustMode
from qos.proto.records.qos_relay_v1 import Batch
from qos.proto.records.tendermint_types import Block
from qos.testing.chain import AUTHORITY, FUNDS, PEOPLE, genesis_document
from qos.testing.engine_worlds import GENESIS_NS
from qos.testing.memory_node import MemoryNode
from qos.testing.relay_group import ATTESTERS, RELAYS, relay_state
from qos.testing.transactions import Key

T = TypeVar("T")
QOS, SHOP, HUB = "qos-1", "shop-1", "cassini-1"
ROUTES = (Route(source=QOS, destination=SHOP), Route(source=SHOP, destination=QOS))
BOTH = TrustMode.TRUST_MODE_ATTESTATION_AND_PROOF
STEP_MS = 100
QCP = {
    "params": {
        "authority": format_address(AUTHORITY.address),
        "dev": True,
        "limits": {"voucher_floor": "0", "max_waiting_of_sender": "30000"},
    }
}
"""One sender may fill a queue here: the tests of relays have few people."""
MAX_ROUNDS = 50
TX_GAS = 2_000_000


def run_now(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits: every node here answers at once."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waited")


class MemorySignLog:
    """A sign log without a disk; `statements` survive the relay."""

    def __init__(self) -> None:
        self.statements: list[Signed] = []

    def append(self, statement: Signed) -> None:
        """Keep a statement."""
        self.statements.append(statement)


class WorldRelay:
    """One relay of the world. `tamper` turns each order into what is really done, `done` is what was; `misses` tells
    which events it does not hear.
    """

    def __init__(self, world: "RelayWorld", number: int) -> None:
        self.number = number
        self.down = False
        self.tamper: Callable[[Order], Iterable[Order]] = lambda order: (order,)
        self.misses: Callable[[Event], bool] = lambda event: False
        self.done: list[Order] = []
        self._world = world
        self.log = MemorySignLog()
        self.start()

    def start(self) -> None:
        """Start, or start again with nothing but its keys and its sign log."""
        account = PrivateKey(RELAYS[self.number].private)
        nodes = self._world.nodes
        self.attestor = Attestor(ATTESTERS[self.number].private, self.log, tuple(self.log.statements))
        self.group = Group(nodes[HUB], Submitter(HUB, account))
        self.chains: dict[str, Adapter] = {
            name: _adapter(nodes[name], account, records_peers=self._world.records and name == QOS)
            for name in (QOS, SHOP)
        }
        me = Identity(address=RELAYS[self.number].address, key=self.attestor.key)
        self.brain = Relay(me, self.attestor, ROUTES, HUB)
        self.down = False
        for node in nodes.values():
            self.hear(HeadSeen(chain_id=node.chain_id, height=node.height, changed=True))

    def hear(self, event: Event) -> None:
        """Take in an event unless the relay is down or misses it."""
        if not self.down and not self.misses(event):
            self.brain.receive(event, self._world.now_ns)

    def run(self) -> None:
        """Do what there is to be done now."""
        if self.down:
            return
        self.brain.tick(self._world.now_ns)
        for _ in range(MAX_ROUNDS):
            orders = list(self.brain.outputs())
            for order in orders:
                self._do(order)
            if not orders:
                return
        raise AssertionError(f"relay {self.number} orders without end")

    def _do(self, order: Order) -> None:
        for really in self.tamper(order):
            self.done.append(really)
            self.hear(run_now(perform(really, self.chains, self.group, self._world.now_ns)))


def _adapter(node: MemoryNode, account: PrivateKey, *, records_peers: bool) -> QosAdapter:
    root = genesis_root(genesis.parse(node.genesis))
    chain = QosChain(
        chain_id=node.chain_id,
        sources=(node,),
        root=root,
        options=Options(),
        heads=lambda: _silence(node.chain_id),
        records_peers=records_peers,
    )
    return QosAdapter(chain, Submitter(node.chain_id, account))


def _silence(chain_id: str) -> Any:
    raise AssertionError(f"heads of {chain_id} come from the world")


class RelayWorld:
    """All of it. `step` moves time on by 100 ms; who is down hears nothing."""

    def __init__(
        self,
        relays: int = 4,
        *,
        keep_versions: int = 500,
        spoke_mode: TrustMode = BOTH,
        spoke: Chain = BUSINESS,
        pausers: tuple[Key, ...] = (),
        records: bool = False,
    ) -> None:
        self.records = records
        funds = {key.address: FUNDS for key in (*PEOPLE, AUTHORITY, *RELAYS)}
        chains = (
            (PUBLIC, genesis_document(PUBLIC, chain_id=QOS, funds=funds, qcp=QCP), 0),
            (spoke, genesis_document(spoke, chain_id=SHOP, funds=funds, gas_price=0, qcp=QCP), 0),
            (CASSINI, genesis_document(CASSINI, chain_id=HUB, gas_price=0, relay=relay_state()), 200),
        )
        self.nodes = {
            document["chain_id"]: MemoryNode(chain, document, ScheduleConfig(min_interval_ms=floor), keep_versions)
            for chain, document, floor in chains
        }
        self.now_ns = GENESIS_NS
        self.relays: list[WorldRelay] = []
        self._submitters: dict[tuple[str, Key], Submitter] = {}
        self.step(5)
        self._connect(spoke_mode, pausers)
        self.relays = [WorldRelay(self, number) for number in range(relays)]

    def _connect(self, spoke_mode: TrustMode, pausers: tuple[Key, ...]) -> None:
        for here, there, mode in ((QOS, SHOP, BOTH), (SHOP, QOS, spoke_mode)):
            message = registration(self.nodes[here], self.nodes[there], mode)
            self.send(here, AUTHORITY, replace(message, pausers=tuple(key.address for key in pausers)))
        self.step(15)
        assert all(PEERS.get(self.state(here), there) for here, there in ((QOS, SHOP), (SHOP, QOS)))

    def step(self, count: int = 1) -> None:
        """Move time on: blocks are made, relays hear of them and do what there is to do."""
        for _ in range(count):
            self.now_ns += STEP_MS * MILLISECOND_NS
            for node in self.nodes.values():
                committed = node.tick(self.now_ns)
                if committed is not None:
                    self._tell(node.chain_id, committed)
            for relay in self.relays:
                relay.run()

    def _tell(self, chain_id: str, committed: CommittedBlock) -> None:
        head = HeadSeen(chain_id=chain_id, height=committed.height, changed=bool(committed.block.data.txs))
        for relay in self.relays:
            relay.hear(head)

    def until(self, condition: Callable[[], bool], *, seconds: int = 20) -> int:
        """Step until something holds; returns after how many virtual milliseconds. Fails when it never does."""
        for count in range(seconds * 1_000 // STEP_MS):
            if condition():
                return count * STEP_MS
            self.step()
        raise AssertionError(f"not within {seconds} virtual seconds: {self.report()}")

    def report(self) -> str:
        """Say how far all queues are."""
        return "; ".join(f"{route.source}: {self.queue(route.source, route.destination)}" for route in ROUTES)

    def send(self, chain_id: str, key: Key, *messages: Record) -> None:
        """Hand a transaction in."""
        submitter = self._submitters.setdefault((chain_id, key), Submitter(chain_id, PrivateKey(key.private)))
        run_now(submitter.send(self.nodes[chain_id], messages, TX_GAS))

    def state(self, chain_id: str) -> ReadContext:
        """Return the committed state of a chain."""
        node = self.nodes[chain_id]
        block = BlockInfo(chain_id=chain_id, height=node.height, time_ns=self.now_ns)
        return ReadContext(node.machine.store.reader(), block)

    def queue(self, chain_id: str, peer: str) -> QueueState:
        """Return how far the queues of a chain and a peer are."""
        ctx = self.state(chain_id)
        return peers.queue_state(ctx, peers.require(ctx, peer))

    def settled(self) -> bool:
        """Tell whether everything sent was received, both ways."""
        there, back = self.queue(QOS, SHOP), self.queue(SHOP, QOS)
        return there.outbox == back.inbox and back.outbox == there.inbox

    def balance(self, chain_id: str, address: Address, denom: str = BASE_DENOM) -> int:
        """Return what an account holds."""
        return bank.balance(self.state(chain_id), address, denom)

    def holdings(self, chain_id: str) -> list[tuple[tuple[Address, str], int]]:
        """Return all balances of a chain."""
        return list(BALANCES.items(self.state(chain_id)))

    def peer(self, chain_id: str, peer: str) -> Peer:
        """Return what a chain registered for a peer."""
        return peers.require(self.state(chain_id), peer)

    def receipt(self, chain_id: str, peer: str, sequence: int) -> Receipt:
        """Return what became of a packet a chain received."""
        found = RECEIPTS.get(self.state(chain_id), (self.peer(chain_id, peer).incoming, sequence))
        assert found is not None
        return found

    def batches(self) -> list[Batch]:
        """Return the kept batches of the Cassini chain."""
        return [batch for _, batch in BATCHES.items(self.state(HUB))]

    def blocks(self, chain_id: str) -> list[Block]:
        """Return all blocks of a chain."""
        store = self.nodes[chain_id].store
        return [store.block(height) for height in range(1, store.height() + 1)]

    def messages(self, block: Block) -> list[Record]:
        """Return the messages of a block's transactions."""
        chain = self.nodes[block.header.chain_id].machine.chain
        found = [transaction.decode(chain, tx) for tx in block.data.txs]
        return [step.message for each in found for step in each.steps]

    def done(self, kind: type[object] | tuple[type[object], ...]) -> list[Order]:
        """Return what the relays did of a kind, each relay's in its order."""
        return [order for relay in self.relays for order in relay.done if isinstance(order, kind)]


def registration(here: MemoryNode, there: MemoryNode, mode: TrustMode) -> MsgRegisterChain:
    """Return the message that makes `there` a peer of `here`."""
    return MsgRegisterChain(
        authority=AUTHORITY.address,
        chain_id=there.chain_id,
        genesis_hash=sha256(there.genesis).digest(),
        registration=1,
        trust_mode=mode,
        relay_keys=tuple(sorted(key.public for key in ATTESTERS)),
        trust_root=run_now(light_block(there, there.height)),
        local_genesis_hash=sha256(here.genesis).digest(),
        dev=True,
    )
