"""What `qos localnet` does."""

from pathlib import Path

from qos.cli import starting
from qos.cli.errors import NotRunning
from qos.cli.options import Output
from qos.cli.output import show
from qos.node.home import NetworkHome
from qos.node.joining import join_network
from qos.node.running import Wish, read_running

VALIDATORS = 4


def wish(home: Path, validators: int | None, port_base: int | None, *, reset: bool) -> Wish:
    """Return how the network should be: a new one has four validators, an old one keeps what it has."""
    is_new = reset or not NetworkHome(home.expanduser()).config_file.exists()
    count = VALIDATORS if validators is None and is_new else validators
    return Wish(port_base=port_base, reset=reset, engine="cometbft", validators=count)


def start(home: Path, wish: Wish, *, detach: bool, output: Output) -> None:
    """Lay out or resume the network and run it. Raises: as `starting.start`."""
    starting.start(NetworkHome(home.expanduser()), wish, detach=detach, output=output)


def join(home: Path, name: str, *, state_sync: bool, output: Output) -> None:
    """Add a node to the public chain of the running network. Raises: NotRunning, NodeError, BadConfig."""
    network = NetworkHome(home.expanduser())
    running = read_running(network)
    if running is None:
        raise NotRunning(f"no network runs in {network.folder}", "qos localnet")
    rpc = next((chain.rpc for chain in running.chains if chain.kind == "public"), "")
    place = join_network(network, name, rpc=rpc, state_sync=state_sync)
    show({"home": str(place.folder), "name": name}, output, f"{name} starts in {place.folder}")
