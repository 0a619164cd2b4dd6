"""What `up` does: bring a network up here or in the background, tell progress, show what is there when it is ready."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from qos.base.strictjson import render_json
from qos.cli.options import DEFAULT_HOME, Output
from qos.cli.running import accounts, described
from qos.node.errors import HomeInUse, StartFailed
from qos.node.home import NetworkHome, holder
from qos.node.running import Phase, Running, Wish, read_report, read_running
from qos.wallet.io import devkeys

READY_DEADLINE_S = 120
POLL_S = 0.1


def start(home: NetworkHome, wish: Wish, *, detach: bool, output: Output) -> None:
    """Lay out or resume the network of a home and run it. Raises: HomeInUse, BadConfig, StartFailed, PortTaken."""
    busy = holder(home.folder)
    if busy is not None:
        raise HomeInUse(
            f"a network runs in {home.folder} already (process {busy})", f"qos status, or qos down --home {home.folder}"
        )
    progress = _progress(output)
    if detach:
        _detached(home, wish, progress)
        _show_ready(home, output)
        return
    from qos.node.dev_network import run_network

    run_network(home, wish, _with_ready(home, progress, output))
    if output is Output.TEXT:
        print("stopped")


def _progress(output: Output) -> Callable[[Running], None]:
    began = time.monotonic()

    def tell(running: Running) -> None:
        if output is Output.TEXT and running.phase is Phase.STARTING:
            print(f"{time.monotonic() - began:5.1f} s  {running.progress}", flush=True)

    return tell


def _with_ready(home: NetworkHome, progress: Callable[[Running], None], output: Output) -> Callable[[Running], None]:
    shown = False

    def tell(running: Running) -> None:
        nonlocal shown
        progress(running)
        if running.phase is Phase.READY and not shown:
            shown = True
            _show_ready(home, output)
            if output is Output.TEXT:
                print("\nCtrl-C stops the network; the next qos up resumes it.", flush=True)

    return tell


def _detached(home: NetworkHome, wish: Wish, progress: Callable[[Running], None]) -> None:
    """Start the supervisor in the background and return when it is ready. Raises: StartFailed."""
    home.folder.mkdir(parents=True, exist_ok=True)
    errors = home.folder / "supervisor.log"
    with errors.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "qos.node.run_network", *_arguments(home, wish)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            start_new_session=True,
        )
    told = ""
    deadline = time.monotonic() + READY_DEADLINE_S
    while time.monotonic() < deadline:
        report = read_report(home)
        if report is not None and report.pid == process.pid:
            if report.progress != told:
                told = report.progress
                progress(report)
            if report.phase is Phase.READY:
                return
            if report.phase is Phase.FAILED:
                process.wait()
                raise StartFailed(report.progress, report.next_step)
        if process.poll() is not None:
            raise StartFailed(errors.read_text("utf-8", "replace").strip() or "the supervisor ended", f"see {errors}")
        time.sleep(POLL_S)
    process.terminate()
    raise StartFailed(f"the network was not ready within {READY_DEADLINE_S} s", f"see the logs below {home.folder}")


def _arguments(home: NetworkHome, wish: Wish) -> list[str]:
    arguments = ["--home", str(home.folder)]
    if wish.port_base is not None:
        arguments += ["--port-base", str(wish.port_base)]
    if wish.engine is not None:
        arguments += ["--engine", wish.engine]
    if wish.validators is not None:
        arguments += ["--validators", str(wish.validators)]
    return [*arguments, "--reset"] if wish.reset else arguments


def _show_ready(home: NetworkHome, output: Output) -> None:
    running = read_running(home)
    if running is None:
        raise StartFailed("the network ended right after it was ready", f"see the logs below {home.folder}")
    if output is Output.JSON:
        print(render_json(described(home, running), indent=2), flush=True)
        return
    print(_ready_text(home, running), flush=True)


def _path_to_set() -> list[str]:
    """Tell a shell that does not find `qos` where it is."""
    if shutil.which("qos") is not None:
        return []
    folder = Path(sys.argv[0]).absolute().parent
    return ["In another terminal", f'  export PATH="{folder}:$PATH"', ""]


def _ready_text(home: NetworkHome, running: Running) -> str:
    keys = devkeys.read(home.keys_folder)
    people = accounts(home)
    at = "" if home.folder == DEFAULT_HOME.expanduser() else f" --home {home.folder}"
    lines = ["", "The network is ready.", "", "Chains"]
    lines += [
        f"  {each.folder:<12} {each.chain_id:<12} RPC {each.rpc}  REST {each.rest}  gRPC {each.grpc}"
        for each in running.chains
    ]
    if running.nodes:
        lines += ["", f"Further nodes: {', '.join(each.name for each in running.nodes)}"]
    lines += ["", "Funded development accounts"]
    lines += [f"  {name:<12} {address}" for name, address in people.items()]
    lines += ["", "Their phrase, for wallets; development only", f"  {keys.phrase if keys is not None else ''}"]
    lines += [
        "",
        *_path_to_set(),
        "Three commands to try",
        f"  qos query bank balances alice{at}",
        f"  qos tx bank send --from alice --to-address bob --amount 5qos --wait{at}",
        f"  qos tx qcp send-transfer --from alice --destination shop-1 --recipient bob --amount 5qos --wait{at}",
    ]
    return "\n".join(lines)
