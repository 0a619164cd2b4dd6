"""One node on CometBFT as a tree of processes: application, engine, edges, started in this order, stopped in reverse.

Single-threaded and without an event loop, because it forks application and edges from what it has imported. ADR 0022
says why the node ends with its application or engine, and goes on without its edges.
"""

import os
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from qos.base.strictjson import JsonObject, render_json
from qos.engine.cometbft.io.program import EngineProgram
from qos.node.children import Child, now_ms
from qos.node.comet.engine import EngineOutput
from qos.node.comet.files import Addresses, comet_section, forget_run, make_engine_home
from qos.node.comet.report import Condition, NodeReport, asked_height, read_address, write_report
from qos.node.config import ChainConfig
from qos.node.errors import NodeEnded, StartFailed
from qos.node.forking import ForkPlan, fork
from qos.node.home import ChainHome, write_atomically
from qos.node.logs import LogFile
from qos.node.program import EXIT_AGAIN, EXIT_REFUSED
from qos.node.sockets import listen

APP_DEADLINE_MS = 60_000
STOP_DEADLINES_MS = (("edges", 2_500), ("engine", 4_000), ("app", 2_500))
"""How long each program is given to end, in the order in which they are asked: under 10 s together."""

TURN_MS = 100
CAUSE_MS = 5_000
"""How long an application may take to end behind an engine that lost it, until the engine's own words count."""

LOOK_MS = 1_000
STALLED_MS = 30_000
_CHUNK = 1_024
log = structlog.get_logger("qos.supervisor")
Report = Callable[[NodeReport], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """What a node is made of: two of our modules and the engine; and when a height that stands still is told."""

    engine: EngineProgram
    app: str = "qos.node.run_app"
    edges: str = "qos.node.run_edges"
    stalled_ms: int = STALLED_MS


class Supervisor:
    """Starts, watches and stops the programs of one home, whose lock the caller holds."""

    def __init__(self, home: ChainHome, config: ChainConfig, programs: Programs, report: Report) -> None:
        section = comet_section(config)
        self._home = home
        self._config = config
        self._programs = programs
        self._tell = report
        self._stalled_ms = max(programs.stalled_ms, 3 * (section.block_ms + section.heartbeat_ms))
        run = home.run_folder
        self._app = Child("application", programs.app, home.folder, run / "app.err")
        self._engine = Child("engine", "cometbft", home.comet_folder, home.engine_log_file)
        self._edges = Child("edges", programs.edges, home.folder, run / "edges.err")
        self._output = EngineOutput(LogFile(home.engine_log_file, config.log.max_bytes, config.log.keep_files))
        self._lifeline, self._held = os.pipe()
        self._wake, self._woken = os.pipe()
        self._parent = -1
        self._asked_to_stop = False
        self._page = ""
        self._height_seen_ms = now_ms()
        self._looked_ms = 0
        self._first_height: int | None = None
        self._report = NodeReport(
            pid=os.getpid(),
            condition=Condition.STARTING,
            said="starting",
            height=0,
            app=0,
            engine=0,
            edges=0,
            engine_version=str(programs.engine.version),
        )

    def run(self, *, until_eof: bool) -> None:
        """Run the node until asked to stop; all programs have ended when it returns.

        Raises: NodeEnded when the application or the engine ended by itself, BadConfig, BadSignState, BadKeyFile.
        """
        self._listen_to_signals()
        self._parent = sys.stdin.fileno() if until_eof else -1
        forget_run(self._home)
        try:
            self._start()
            while not self._asked_to_stop:
                self._turn(TURN_MS)
                self._check()
        except _Stopped:
            pass
        finally:
            self._stop()
        log.info("stopped", height=self._report.height)

    def _listen_to_signals(self) -> None:
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(self._woken)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked)

    def _asked(self, number: int, frame: object) -> None:
        self._asked_to_stop = True

    def _start(self) -> None:
        self._say("starting the application")
        self._fork(self._app, self._programs.app)
        told = self._await_application()
        self._page = str(told["metrics"])
        rpc, metrics = _free_port(), _free_port()
        addresses = Addresses(
            application=str(told["abci"]), rpc=f"tcp://127.0.0.1:{rpc}", metrics=f"127.0.0.1:{metrics}"
        )
        make_engine_home(self._home, self._config, addresses)
        self._say("starting the engine")
        pid = self._output.spawn(self._programs.engine.file, self._home.comet_folder)
        self._engine.started(pid, now_ms())
        private: JsonObject = {"pid": pid, "rpc": f"http://127.0.0.1:{rpc}", "metrics": f"http://127.0.0.1:{metrics}"}
        write_atomically(self._home.engine_file, render_json(private) + "\n")
        self._say("starting the edges")
        self._fork(self._edges, self._programs.edges)
        self._say("waiting for a block")

    def _await_application(self) -> JsonObject:
        """Return what the application says it listens at. Raises: StartFailed, _Stopped."""
        deadline = now_ms() + APP_DEADLINE_MS
        while now_ms() < deadline:
            self._turn(TURN_MS // 5)
            if self._asked_to_stop:
                raise _Stopped
            self._end_with(self._app)
            if self._home.app_file.exists():
                told = read_address(self._home.app_file.read_bytes())
                if told.get("pid") == self._app.pid:
                    return told
        raise StartFailed(
            f"the application was not ready within {APP_DEADLINE_MS} ms", f"see {self._home.app_log_file}"
        )

    def _fork(self, child: Child, module: str) -> None:
        name = f"{self._home.folder.name}-{child.name}"
        plan = ForkPlan(module=module, name=name, home=self._home.folder, errors=child.errors)
        child.started(fork(plan, self._lifeline, self._held), now_ms())

    def _turn(self, wait_ms: int) -> None:
        """Wait for news, at most so long, and take them in."""
        sources = [self._wake, *([self._output.source] if self._output.source >= 0 else [])]
        if self._parent >= 0 and not self._asked_to_stop:
            sources.append(self._parent)
        readable, _, _ = select.select(sources, [], [], wait_ms / 1000)
        if self._wake in readable:
            os.read(self._wake, _CHUNK)
        if self._parent in readable and not os.read(self._parent, _CHUNK):
            self._asked_to_stop = True
        self._output.read()
        self._reap()

    def _reap(self) -> None:
        for child in (self._app, self._engine, self._edges):
            if not child.pid or child.has_ended:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                child.ended(os.waitstatus_to_exitcode(status), now_ms())
                log.warning("ended", program=child.name, code=child.exit_code)

    def _check(self) -> None:
        # When both have ended, the application's words say why: the engine ends because it lost the application.
        self._end_with(self._app)
        self._end_with(self._engine)
        if self._output.gave_up:
            # Consensus fails also where the application ends in a block: then its words say why.
            self._turn_until_ended(self._app, CAUSE_MS)
            self._end_with(self._app)
            raise NodeEnded(
                f"the engine's consensus failed: {self._output.last_words()}",
                f"see {self._engine.errors}",
                exit_code=EXIT_AGAIN,
            )
        if self._edges.has_ended and self._edges.wants_restart(now_ms()):
            log.warning("restarting", program="edges", because=self._edges.last_words())
            self._fork(self._edges, self._programs.edges)
        self._publish()
        if now_ms() - self._looked_ms >= LOOK_MS:
            self._looked_ms = now_ms()
            self._look()

    def _end_with(self, child: Child) -> None:
        """Return while the program runs. Raises: NodeEnded with its last words."""
        if not child.has_ended:
            return
        if child is self._engine:
            # The application's end reaches us after the engine's that it caused.
            self._turn_until_ended(self._app, CAUSE_MS if self._output.gave_up else TURN_MS)
            if self._app.has_ended:
                child = self._app
        words = self._output.last_words() if child is self._engine else child.last_words()
        refused = child.exit_code == EXIT_REFUSED
        raise NodeEnded(
            f"the {child.name} ended with code {child.exit_code}: {words}",
            f"see {child.errors}",
            exit_code=EXIT_REFUSED if refused else EXIT_AGAIN,
        )

    def _turn_until_ended(self, child: Child, until_ms: int) -> None:
        """Wait for a program's end, at most so long."""
        deadline = now_ms() + until_ms
        while now_ms() < deadline and not child.has_ended:
            self._turn(TURN_MS // 5)

    def _publish(self) -> None:
        """Tell everybody where the edges listen, once they do."""
        if self._home.endpoints_file.exists() or not self._home.edges_file.exists():
            return
        told = read_address(self._home.edges_file.read_bytes())
        if told.get("pid") == self._edges.pid:
            write_atomically(self._home.endpoints_file, render_json({**told, "pid": os.getpid()}) + "\n")
            log.info("listening", **{name: str(value) for name, value in told.items()})

    def _look(self) -> None:
        """See whether blocks come."""
        height = asked_height(self._page)
        if self._first_height is None:
            self._first_height = height
        now = now_ms()
        if height is not None and height > self._report.height:
            self._height_seen_ms = now
            risen = height > (self._first_height or 0)
            said = f"at height {height}"
            self._say(said, Condition.READY if risen else self._report.condition, height)
        elif now - self._height_seen_ms > self._stalled_ms and self._report.condition is not Condition.STALLED:
            log.warning("stalled", height=self._report.height, stalled_ms=now - self._height_seen_ms)
            self._say(f"no block for {(now - self._height_seen_ms) // 1_000} s", Condition.STALLED)
        else:
            self._tell(self._report)

    def _say(self, said: str, condition: Condition | None = None, height: int | None = None) -> None:
        before = self._report
        self._report = replace(
            before,
            condition=condition if condition is not None else before.condition,
            said=said,
            height=height if height is not None else before.height,
            app=0 if self._app.has_ended else self._app.pid,
            engine=0 if self._engine.has_ended else self._engine.pid,
            edges=0 if self._edges.has_ended else self._edges.pid,
        )
        if self._report.condition is not before.condition or self._report.condition is Condition.STARTING:
            log.info(said, condition=self._report.condition.value)
        write_report(self._home, self._report)
        self._tell(self._report)

    def _stop(self) -> None:
        """End the programs: no client is answered by half a node, no engine is left without its application."""
        self._say("stopping", Condition.STOPPING)
        children = {"edges": self._edges, "engine": self._engine, "app": self._app}
        for name, until_ms in STOP_DEADLINES_MS:
            self._end(children[name], until_ms)
        self._output.read()
        self._home.endpoints_file.unlink(missing_ok=True)
        for descriptor in (self._lifeline, self._held):
            os.close(descriptor)

    def _end(self, child: Child, until_ms: int) -> None:
        if not child.pid or child.has_ended:
            return
        for number, wait_ms in ((signal.SIGTERM, until_ms), (signal.SIGKILL, until_ms)):
            child.signal(number)
            self._turn_until_ended(child, wait_ms)
            if child.has_ended:
                return
            log.warning("has to be killed", program=child.name)


class _Stopped(Exception):
    """The node was asked to stop before it had started."""


def _free_port() -> int:
    """Return a port nobody listens on now. If another program takes it before the engine does, the node ends."""
    with listen("127.0.0.1", 0) as server:
        return int(server.getsockname()[1])
