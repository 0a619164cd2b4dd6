"""What `qos business` does: lay a chain out and follow the supervisor while it takes it in; serve back-ends."""

import sys
import time
from dataclasses import dataclass

from qos.base.strictjson import JsonObject
from qos.cli.errors import Failed, UsageError
from qos.cli.options import DEFAULT_HOME, Output
from qos.cli.output import show
from qos.cli.session import Session
from qos.client.transactions import Signer
from qos.node import provider
from qos.node.errors import StartFailed
from qos.node.home import NetworkHome
from qos.node.network import load_network
from qos.node.provider import GATEWAY, ProviderPlan
from qos.node.running import Phase, Running, RunningChain, read_running
from qos.wallet.io.ca_folder import ROOT, CaFolder

READY_DEADLINE_S = 180
POLL_S = 0.1
MAX_PORT = 65_535


def new(home: NetworkHome, plan: ProviderPlan, output: Output) -> None:
    """Make a provider's chain and wait until the running network has it; without one the next `up` starts it.

    Raises: NodeError, WalletError, StartFailed, Failed.
    """
    if not home.config_file.exists():
        raise Failed(f"there is no network in {home.folder}", "qos up makes and starts one")
    certificates = provider.lay_out(home, plan)
    _progress(output, f"laid out {plan.name}: keys, consortium, genesis, configuration")
    if read_running(home) is None:
        described = _described(home, plan, certificates)
        text = f"{plan.name} is laid out in {home.chain(plan.name).folder}\nnext:  qos up starts it with the network"
        show(described | {"next": "qos up"}, output, text)
        return
    chain = _taken_in(home, plan.name, output)
    described = _described(home, plan, certificates) | {"rpc": chain.rpc, "grpc": chain.grpc, "rest": chain.rest}
    show(described, output, _ready_text(home, described))


def _taken_in(home: NetworkHome, name: str, output: Output) -> RunningChain:
    """Return the chain once it runs, is registered and a packet has reached it. Raises: StartFailed."""
    told = ""
    deadline = time.monotonic() + READY_DEADLINE_S
    while time.monotonic() < deadline:
        running = read_running(home)
        if running is None:
            raise StartFailed("the network stopped meanwhile", "qos up starts it with the new chain")
        if running.phase is Phase.STARTING and running.progress != told:
            told = running.progress
            _progress(output, told)
        if running.phase is Phase.READY:
            found = next((each for each in running.chains if each.folder == name), None)
            if found is not None:
                return found
            _check_wanted(home, name, running)
        time.sleep(POLL_S)
    raise StartFailed(f"{name} was not ready within {READY_DEADLINE_S} s", f"qos status, or see {home.log_file}")


def _check_wanted(home: NetworkHome, name: str, running: Running) -> None:
    """Raise what the supervisor reports when it took the chain out again. Raises: StartFailed."""
    if all(chain.folder != name for chain in load_network(home).chains):
        raise StartFailed(running.progress, running.next_step)


def _progress(output: Output, text: str) -> None:
    if output is Output.TEXT:
        print(text, flush=True)


def _described(home: NetworkHome, plan: ProviderPlan, certificates: CaFolder) -> JsonObject:
    return {
        "chain_id": plan.name,
        "home": str(home.chain(plan.name).folder),
        "token": f"qsc/{plan.symbol}",
        "members_only": plan.members_only,
        "certificates": str(certificates.folder),
        "gateway_certificate": str(certificates.crt(GATEWAY)),
    }


def _ready_text(home: NetworkHome, described: JsonObject) -> str:
    name = described["chain_id"]
    at = "" if home.folder == DEFAULT_HOME.expanduser() else f" --home {home.folder}"
    sends = "holders of its certificates" if described["members_only"] else "anybody"
    return "\n".join(
        [
            "",
            f"{name} runs, knows the public chain and is known to it and to all relays.",
            "",
            f"  RPC           {described['rpc']}",
            f"  REST          {described['rest']}",
            f"  gRPC          {described['grpc']}",
            f"  token         {described['token']}, without fees",
            f"  who sends     {sends}",
            f"  certificates  {described['certificates']}",
            "",
            "Three commands to try",
            f"  qos query bank balances alice --chain {name}{at}",
            f"  qos tx qcp send-transfer --from alice --destination {name} --recipient bob --amount 5qos --wait{at}",
            f"  qos ca list --ca {name}{at}",
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which chain a gateway serves, with which certificate of HOME/ca/CHAIN, and where it listens."""

    chain: str
    certificate: str
    listen: str


def gateway(opened: Session, place: Place, signer: Signer, name: str, output: Output) -> None:
    """Serve back-ends until stopped. Raises: UsageError, HomeInUse, PortTaken, BadConfig, BadCaFolder, Unreachable."""
    from qos.node.gateway import GatewaySetup, serve

    host, _, port = place.listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > MAX_PORT:
        raise UsageError(f"{place.listen!r} is no address", "give --listen HOST:PORT, like 127.0.0.1:9443")
    certificates = CaFolder(opened.home.certificates_folder / place.chain)
    setup = GatewaySetup(
        folder=opened.home.folder / "gateways" / place.chain / name,
        url=opened.url(place.chain, ""),
        signer=signer,
        certificates=certificates,
        certificate=place.certificate,
        host=host.strip("[]"),
        port=int(port),
    )

    def ready(address: str) -> None:
        shown: JsonObject = {"gateway": address, "chain": place.chain, "root": str(certificates.crt(ROOT))}
        text = f"serving back-ends of {place.chain} at {address}\nroot certificate: {shown['root']}\nCtrl-C stops it."
        show(shown, output, text)
        sys.stdout.flush()

    serve(setup, ready)
