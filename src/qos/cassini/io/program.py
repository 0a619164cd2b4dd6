"""One relay running: wakes up, asks its brain, carries out orders."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from qos.base.blocktime import SECOND_NS
from qos.base.errors import RuleViolation
from qos.cassini.adapters.contract import Adapter
from qos.cassini.adapters.qos import QosAdapter
from qos.cassini.consortia import held_root, named_root, objection
from qos.cassini.findings import Route, Unknown
from qos.cassini.gauges import Gauges
from qos.cassini.group import Group
from qos.cassini.io import trust
from qos.cassini.io.heads import heads
from qos.cassini.io.home import GROUP_KIND, HUB_KIND, SPOKE_KIND, BadHome, ChainAccess
from qos.cassini.io.plugins import AdapterSetup, open_adapter
from qos.cassini.io.signlog import FileSignLog
from qos.cassini.lane import Identity
from qos.cassini.messages import Deliver, Event, Failed, Found, HeadSeen, Order
from qos.cassini.perform import Saying, go_together, lane_of, perform, perform_together
from qos.cassini.relay import Relay
from qos.cassini.signing import Attestor
from qos.cassini.submitter import Submitter
from qos.client.errors import ClientError
from qos.client.io.http import HttpTransport
from qos.client.transactions import PrivateKey
from qos.proto.records.qos_relay_v1 import MsgHoldConsortium
from qos.store.ics23 import BadProof

ORDER_TIMEOUT_S = 30
STALE_S = 5
MAX_TOGETHER = 8
"""Votes or signatures in one transaction."""
GATHER_S = 0.05
"""How long the first waits for others: spans are proven one behind another, and a transaction costs six processes."""
SAVE_TRUST_S = 3_600
HOLD_AGAIN_S = 2
SIGN_LOG_FILE = "signed.log"
TRUST_FOLDER = "trust"
log = structlog.get_logger("qos.cassini")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySetup:
    """A relay's home, its two private keys and the chains it was told of."""

    folder: Path
    account: PrivateKey
    attestation: bytes = field(repr=False)
    chains: tuple[ChainAccess, ...]


def routes_of(chains: tuple[ChainAccess, ...]) -> tuple[Route, ...]:
    """Return both ways between the public chain and every other (Q: business chains peer with the hub only).

    Raises: BadHome unless there is one public chain.
    """
    hubs = [chain.chain_id for chain in chains if chain.kind == HUB_KIND]
    if len(hubs) != 1:
        raise BadHome(f"{len(hubs)} public chains: relays serve one")
    spokes = [chain.chain_id for chain in chains if chain.kind not in (HUB_KIND, GROUP_KIND)]
    pairs = [(hubs[0], spoke) for spoke in spokes]
    return tuple([Route(source=a, destination=b) for one, two in pairs for a, b in ((one, two), (two, one))])


@dataclass(frozen=True, slots=True)
class _Waiting:
    order: Order
    since_s: float


class Program:
    """Holds connections, queues of orders and the brain."""

    def __init__(self, setup: RelaySetup) -> None:
        """Open keys, sign log and adapters. Raises: BadHome, SignLogDamaged, ConflictingSignature."""
        routes = routes_of(setup.chains)
        group = next(chain for chain in setup.chains if chain.kind == GROUP_KIND)
        others = [chain for chain in setup.chains if chain is not group]
        self._trust = setup.folder / TRUST_FOLDER
        self.adapters: dict[str, Adapter] = {
            chain.chain_id: open_adapter(AdapterSetup(access=chain, account=setup.account, trust_folder=self._trust))
            for chain in others
        }
        self._node = HttpTransport(group.sources[0])
        self._group_id = group.chain_id
        submitter = Submitter(group.chain_id, setup.account)
        self._group = Group(self._node, submitter)
        self._sign_log = FileSignLog(setup.folder / SIGN_LOG_FILE)
        attestor = Attestor(setup.attestation, self._sign_log, self._sign_log.history)
        me = Identity(address=submitter.address, key=attestor.key)
        self._brain = Relay(me, attestor, routes, group.chain_id)
        self.gauges = Gauges(routes)
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._orders: dict[tuple[str, bool], asyncio.Queue[_Waiting]] = {}
        self._address = submitter.address
        self._group_trust = trust.load(self._trust, group.document)
        self._roots = {chain.chain_id: named_root(chain.document) for chain in others if chain.kind == SPOKE_KIND}
        self._objections = {name: objection(name, root, None) for name, root in self._roots.items()}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        streams = [adapter.follow() for adapter in self.adapters.values()]
        streams.append(heads(self._group_id, self._node))
        async with asyncio.TaskGroup() as tasks:
            working = [tasks.create_task(self._listen(stream), name="listen") for stream in streams]
            for place in [(name, submits) for name in (*self.adapters, self._group_id) for submits in (False, True)]:
                self._orders[place] = asyncio.Queue()
                working.append(tasks.create_task(self._work(self._orders[place]), name=f"work {place[0]}"))
            working.append(tasks.create_task(self._think(), name="think"))
            working.append(tasks.create_task(self._save_trust(), name="save"))
            working.append(tasks.create_task(self._hold_consortia(), name="hold"))
            await stop.wait()
            for task in working:
                task.cancel()
        self._keep_trust()
        self._sign_log.close()

    async def _listen(self, stream: AsyncIterator[HeadSeen]) -> None:
        async for head in stream:
            self._events.put_nowait(head)

    async def _think(self) -> None:
        while True:
            for order in self._brain.outputs():
                self._orders[lane_of(order, self._group_id)].put_nowait(_Waiting(order, time.monotonic()))
            wait_ns = max(self._brain.next_timer() - time.time_ns(), 0)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_ns / SECOND_NS):
                    self._take(await self._events.get())
            while not self._events.empty():
                self._take(self._events.get_nowait())
            self._brain.tick(time.time_ns())

    def _take(self, event: Event) -> None:
        now_ns = time.time_ns()
        self.gauges.take(event, now_ns)
        self._brain.receive(event, now_ns)

    async def _work(self, orders: asyncio.Queue[_Waiting]) -> None:
        following: _Waiting | None = None
        while True:
            together = [following or await orders.get()]
            following = None
            if isinstance(together[0].order, Saying):
                await asyncio.sleep(GATHER_S)
            while following is None and len(together) < MAX_TOGETHER and not orders.empty():
                taken = orders.get_nowait()
                if go_together(together[0].order, taken.order):
                    together.append(taken)
                else:
                    following = taken
            for event in await self._carry_out(together):
                _tell(event)
                self._events.put_nowait(event)

    async def _carry_out(self, together: list[_Waiting]) -> tuple[Event, ...]:
        orders = [waiting.order for waiting in together]
        refused = self._objections.get(lane_of(orders[0], self._group_id)[0])
        if refused:
            return _all_failed(orders, refused)
        if time.monotonic() - together[0].since_s > STALE_S:
            # Behind a silent node orders pile up; the brain has given newer ones since.
            return _all_failed(orders, f"waited longer than {STALE_S} s")
        try:
            async with asyncio.timeout(ORDER_TIMEOUT_S):
                return await self._perform(orders)
        except TimeoutError:
            return _all_failed(orders, f"not done within {ORDER_TIMEOUT_S} s")

    async def _perform(self, orders: list[Order]) -> tuple[Event, ...]:
        sayings = [order for order in orders if isinstance(order, Saying)]
        if sayings:
            return await perform_together(sayings, self._group)
        return (await perform(orders[0], self.adapters, self._group, time.time_ns()),)

    async def _hold_consortia(self) -> None:
        """Say what stands behind each business chain, and work for those the group holds; again now and then."""
        while True:
            for name, root in self._roots.items():
                with suppress(ClientError, RuleViolation, BadProof):
                    await self._hold(name, root)
            await asyncio.sleep(HOLD_AGAIN_S if any(self._objections.values()) else SAVE_TRUST_S)

    async def _hold(self, name: str, root: bytes | None) -> None:
        found = await held_root(self._node, self._group_trust, name, time.time_ns())
        self._group_trust = found.trusted
        before, self._objections[name] = self._objections[name], objection(name, root, found.root)
        if self._objections[name] and self._objections[name] != before:
            log.error("not served", chain=name, reason=self._objections[name])
        if found.root is None and root is not None:
            await self._group.send(MsgHoldConsortium(relay=self._address, chain_id=name, root=root))

    async def _save_trust(self) -> None:
        while True:
            await asyncio.sleep(SAVE_TRUST_S)
            self._keep_trust()

    def _keep_trust(self) -> None:
        trust.save(self._trust, self._group_trust)
        for adapter in self.adapters.values():
            if isinstance(adapter, QosAdapter):
                trust.save(self._trust, adapter.trusted)


def _all_failed(orders: list[Order], reason: str) -> tuple[Event, ...]:
    return tuple([Failed(order=order, reason=reason) for order in orders])


def _tell(event: Event) -> None:
    match event:
        case Failed(order=Deliver() as order):
            log.warning("not delivered", batch=order.number, to=order.queue.route.destination, reason=event.reason)
        case Failed():
            log.warning("failed", order=type(event.order).__name__, reason=event.reason)
        case Found(finding=Unknown(reason=reason)):
            inquiry = event.inquiry
            log.warning("unknown", source=inquiry.queue.route.source, first=inquiry.first, reason=reason)
        case _:
            log.debug(type(event).__name__)
