"""Looking at a whole home: a network's, or that of a single chain node."""

from collections.abc import Iterator

from qos.node import relay_keys
from qos.node.config import NetworkConfig, load_config
from qos.node.doctor.chain import look_at_chain
from qos.node.doctor.comet import look_for_twins
from qos.node.doctor.findings import Finding, ok, problem
from qos.node.doctor.host import look_at_host, look_at_secrets
from qos.node.errors import BadConfig
from qos.node.home import ChainHome, NetworkHome, holder
from qos.wallet.io import devkeys


def examine(home: NetworkHome, *, deep: bool) -> Iterator[Finding]:
    """Look at everything a home stands on. Raises: OSError when it may not be read."""
    yield from look_at_host(home.folder)
    alone = ChainHome(home.folder)
    if alone.config_file.exists():
        yield from look_at_chain(alone, deep=deep)
        return
    try:
        config = load_config(NetworkConfig, home.config_file)
    except BadConfig as error:
        yield problem("home", "network", str(error), "give --home, or qos up lays out a network there")
        return
    pid = holder(home.folder)
    yield ok("home", "network", f"process {pid} runs it" if pid else "nobody runs it")
    keys = [*home.keys_folder.glob("*.key.json"), home.keys_folder / devkeys.FILE_NAME]
    yield from look_at_secrets("network", (each for each in keys if each.exists()))
    for number in range(config.relays):
        yield from look_at_secrets(f"relay {number}", [home.relay(number) / relay_keys.FILE_NAME])
    homes = [home.chain(chain.folder) for chain in config.chains] + [home.node(node.name) for node in config.nodes]
    for each in homes:
        yield from look_at_chain(each, deep=deep)
    yield from look_for_twins(homes)
