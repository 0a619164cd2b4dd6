"""A network in one tree of processes: chains, then relays, made ready, watched, and stopped in the reverse order."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from qos.base.errors import QosError
from qos.engine.cometbft.errors import EngineProgramError
from qos.node.children import Child, Programs, now_ms
from qos.node.config import NetworkChain, NetworkConfig, NetworkNode, load_config, render_config
from qos.node.errors import BadConfig, NodeError, StartFailed
from qos.node.home import NetworkHome, write_atomically
from qos.node.links import Link, has_block, read_link
from qos.node.running import Phase, Running, RunningChain, RunningNode, RunningRelay, write_running
from qos.node.stopping import stop_event

START_DEADLINE_MS = 60_000
STOP_DEADLINE_MS = 10_000
POLL_MS = 50
WATCH_MS = 500
log = structlog.get_logger("qos.network")

Report = Callable[[Running], None]


MakeReady = Callable[[NetworkHome, tuple[Link, ...]], Awaitable[None]]
"""A step between starting chains and being ready. Raises: QosError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What makes a network ready: `connect` runs once chains answer, `configure` before relays start, then `probe`."""

    connect: MakeReady
    configure: Callable[[NetworkHome, tuple[Link, ...]], None]
    probe: MakeReady


@dataclass(slots=True)
class Network:
    """The processes of one home. The caller holds the home's lock."""

    home: NetworkHome
    config: NetworkConfig
    steps: Steps
    report: Report
    programs: Programs
    chains: dict[str, Child] = field(default_factory=dict)
    nodes: dict[str, Child] = field(default_factory=dict)
    relays: list[Child] = field(default_factory=list)
    watchers: list[Child] = field(default_factory=list)
    links: tuple[Link, ...] = ()
    reported: list[int] = field(default_factory=list)
    state: Running = field(default_factory=lambda: Running(pid=os.getpid(), phase=Phase.STARTING, progress="starting"))

    async def run(self) -> None:
        """Start, get ready, watch, until asked to stop; stops all processes before it returns.

        Raises: StartFailed, BadConfig and what the steps raise.
        """
        stop = asyncio.create_task(stop_event(until_eof=False).wait())
        work = asyncio.create_task(self._live())
        try:
            await asyncio.wait((stop, work), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        except QosError as error:
            next_step = _next_step(error, f"see the logs below {self.home.folder}")
            self._tell(str(error), phase=Phase.FAILED, next_step=next_step)
            raise
        finally:
            stop.cancel()
            work.cancel()
            await asyncio.gather(stop, work, return_exceptions=True)
            if self.state.phase is not Phase.FAILED:
                self._tell("stopping", phase=Phase.STOPPING)
            await self._stop()

    async def _live(self) -> None:
        await self._start_chains()
        await self.steps.connect(self.home, self.links)
        self._start_relays()
        self._tell("sending a transfer on every chain and a packet between them")
        await self.steps.probe(self.home, self.links)
        self._tell("ready", phase=Phase.READY)
        while True:
            await asyncio.sleep(WATCH_MS / 1000)
            self._watch()
            changed = self._changed()
            for node in [node for node in changed.nodes if node.name not in self.nodes]:
                self._start_node(node)
            for chain in [chain for chain in changed.chains if chain.folder not in self.chains]:
                await self._add(chain)

    async def _start_chains(self) -> None:
        self._tell("starting the chains")
        for chain in self.config.chains:
            self._start_chain(chain)
        for node in self.config.nodes:
            self._start_node(node)
        self.links = tuple(await asyncio.gather(*(self._answering(chain) for chain in self.config.chains)))
        self._tell("registering the chains with each other")

    def _start_chain(self, chain: NetworkChain) -> None:
        home = self.home.chain(chain.folder)
        home.endpoints_file.unlink(missing_ok=True)
        program = "chain" if self.config.engine == "embedded" else "node"
        self.chains[chain.folder] = self._start(Child(chain.folder, program, home.folder))

    def _start_node(self, node: NetworkNode) -> None:
        self.nodes[node.name] = self._start(Child(node.name, "node", self.home.node(node.name).folder))

    def _start(self, child: Child) -> Child:
        self.programs.start(child)
        return child

    async def _answering(self, chain: NetworkChain) -> Link:
        """Return where the chain answers once it has made its first block. Raises: StartFailed."""
        child = self.chains[chain.folder]
        file = self.home.chain(chain.folder).endpoints_file
        deadline = now_ms() + START_DEADLINE_MS
        while now_ms() < deadline:
            self.programs.poll()
            child.check_alive()
            link = read_link(chain, file, child.pid)
            if link is not None and await has_block(link.rpc):
                return link
            await asyncio.sleep(POLL_MS / 1000)
        raise StartFailed(f"{chain.folder} made no block within {START_DEADLINE_MS} ms", f"see {child.home}/node.log")

    def _start_relays(self) -> None:
        if not self.config.relays:
            return
        self._tell("starting the relays")
        self.steps.configure(self.home, self.links)
        for number in range(self.config.relays):
            self.relays.append(self._start(Child(f"relay {number}", "relay", self.home.relay(number))))
        self.watchers.append(self._start(Child("watcher", "watcher", self.home.watcher_folder)))

    def _changed(self) -> NetworkConfig:
        """Return the network's configuration as it is now: somebody may have written chains and nodes into it."""
        try:
            return load_network(self.home)
        except BadConfig as error:
            log.warning("configuration", problem=str(error))
            return self.config

    async def _add(self, chain: NetworkChain) -> None:
        """Take a chain into the running network; one that does not come up is taken out of the configuration."""
        before = self.links
        self._tell(f"starting {chain.folder}")
        try:
            self._start_chain(chain)
            link = await self._answering(chain)
            self.links = (*before, link)
            self._tell(f"registering {chain.folder} with the public chain")
            await self.steps.connect(self.home, self.links)
            await self._restart_relays()
            self._tell(f"sending a packet to {chain.folder}")
            hub = tuple([each for each in before if each.chain.kind == "public"])
            await self.steps.probe(self.home, (*hub, link))
        except QosError as error:
            self.links = before
            await self._end((self.chains.pop(chain.folder),))
            self._forget(chain)
            await self._restart_relays()
            next_step = _next_step(error, f"see the logs in {self.home.chain(chain.folder).folder}")
            self._tell(f"{chain.folder} was not added: {error}", phase=Phase.READY, next_step=next_step)
        else:
            self._tell("ready", phase=Phase.READY)

    def _forget(self, chain: NetworkChain) -> None:
        config = load_network(self.home)
        kept = tuple([each for each in config.chains if each.folder != chain.folder])
        write_atomically(self.home.config_file, render_config(config.model_copy(update={"chains": kept})))

    async def _restart_relays(self) -> None:
        """Tell the relays of the chains there are now; they read that when they start."""
        if not self.relays:
            return
        self._tell("telling the relays")
        told = (*self.relays, *self.watchers)
        await self._end(told)
        self.steps.configure(self.home, self.links)
        for child in told:
            self.programs.start(child)

    def _watch(self) -> None:
        self.programs.poll()
        known = [child.pid for child in self._children()]
        for child in self._children():
            if child.wants_restart(now_ms()):
                log.warning("restarting", child=child.name, because=child.last_words())
                self.programs.start(child)
        if known != self.reported:
            self.reported = known
            self._tell(self.state.progress, phase=self.state.phase)

    def _children(self) -> list[Child]:
        return [*self.chains.values(), *self.nodes.values(), *self.relays, *self.watchers]

    async def _stop(self) -> None:
        """Stop relays before the chains they talk to; what does not end is ended by the nursery."""
        await self._end((*self.relays, *self.watchers))
        self.programs.close()

    async def _end(self, children: tuple[Child, ...]) -> None:
        for child in children:
            child.signal(signal.SIGTERM)
        for _ in range(STOP_DEADLINE_MS // POLL_MS):
            with suppress(StartFailed):
                self.programs.poll()
            if all(child.has_ended for child in children):
                return
            await asyncio.sleep(POLL_MS / 1000)

    def _tell(self, progress: str, *, phase: Phase = Phase.STARTING, next_step: str = "") -> None:
        self.state = replace(
            self.state,
            phase=phase,
            progress=progress,
            next_step=next_step,
            chains=tuple(_running_chain(link, self.chains[link.chain.folder].pid) for link in self.links),
            relays=tuple(RunningRelay(number=number, pid=child.pid) for number, child in enumerate(self.relays)),
            nodes=tuple(
                RunningNode(name=node.name, chain=node.chain, pid=self.nodes[node.name].pid)
                for node in self._changed().nodes
                if node.name in self.nodes
            ),
            watcher_pid=next((child.pid for child in self.watchers), None),
        )
        log.info(progress, phase=phase.value)
        write_running(self.home, self.state)
        self.report(self.state)


def _running_chain(link: Link, pid: int) -> RunningChain:
    chain = link.chain
    return RunningChain(
        folder=chain.folder,
        chain_id=chain.chain_id,
        kind=chain.kind,
        rpc=link.rpc,
        grpc=link.grpc,
        rest=link.rest,
        pid=pid,
    )


def _next_step(error: QosError, otherwise: str) -> str:
    said = error.next_step if isinstance(error, NodeError | EngineProgramError) else ""
    return said or otherwise


def load_network(home: NetworkHome) -> NetworkConfig:
    """Read a network's configuration. Raises: BadConfig."""
    return load_config(NetworkConfig, home.config_file)
