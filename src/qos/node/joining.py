"""Joining a running network on this machine: a node that follows its public chain without a vote.

It begins with block 1, or with a snapshot of the others that is believed because of one header of theirs.
"""

import asyncio

from qos.client.io.http import HttpTransport
from qos.client.lightblocks import commit
from qos.client.node import status
from qos.lightclient.hashes import header_hash
from qos.node.comet.config import CometConfig, StateSyncConfig
from qos.node.comet.files import node_address
from qos.node.comet.making import NodePlan, make_node
from qos.node.config import ChainConfig, NetworkChain, NetworkNode, load_config, render_config
from qos.node.errors import BadConfig, NodeError
from qos.node.home import ChainHome, NetworkHome, write_atomically
from qos.node.network import load_network
from qos.node.ports import free_ports
from qos.node.snapshots.exporting import export_snapshot
from qos.node.snapshots.files import snapshots_of


def join_network(network: NetworkHome, name: str, *, rpc: str, state_sync: bool) -> ChainHome:
    """Make the node and write it into the network's configuration, from which the supervisor starts it.

    `rpc` is where the public chain answers. Raises: NodeError, BadConfig, Unreachable, BadSnapshot, StoreError.
    """
    config = load_network(network)
    public = next((chain for chain in config.chains if chain.kind == "public"), None)
    if public is None or config.engine != "cometbft":
        raise BadConfig(f"{network.folder} has no public chain on CometBFT", "qos localnet lays out one")
    node = _named(name, public, config.nodes)
    others = [network.chain(public.folder)]
    others += [network.node(each.name) for each in config.nodes if each.chain == public.folder]
    home = network.node(name)
    plan = NodePlan(
        kind=public.kind,
        moniker=name,
        ports=free_ports(1)[0],
        peers=tuple([node_address(other, load_config(ChainConfig, other.config_file)) for other in others]),
        state_sync=_trust(others[0], rpc) if state_sync else None,
        genesis=others[0].genesis_file.read_bytes(),
        holdings=None if state_sync else others[0].holdings_file,
    )
    make_node(home, plan)
    _be_local(home)
    write_atomically(network.config_file, render_config(config.model_copy(update={"nodes": (*config.nodes, node)})))
    return home


def _named(name: str, public: NetworkChain, nodes: tuple[NetworkNode, ...]) -> NetworkNode:
    if any(node.name == name for node in nodes):
        raise NodeError(f"the network has a node {name} already", "choose another name; qos status lists them")
    try:
        return NetworkNode(name=name, chain=public.folder, is_validator=False)
    except ValueError:
        raise NodeError(f"{name!r} cannot name a node", "letters in lower case, digits and -, a letter first") from None


def _trust(other: ChainHome, rpc: str) -> StateSyncConfig:
    """Return the newest header as what a snapshot is believed by; makes one when the other node has none."""
    if not snapshots_of(other):
        export_snapshot(other)
    height, hash_hex = asyncio.run(_newest(rpc))
    # The engine wants two; on one machine they are the same.
    return StateSyncConfig(rpc_servers=(rpc, rpc), trust_height=height, trust_hash=hash_hex)


async def _newest(rpc: str) -> tuple[int, str]:
    async with HttpTransport(rpc) as node:
        height = (await node.send(status())).height
        return height, header_hash((await node.send(commit(height))).header).hex()


def _be_local(home: ChainHome) -> None:
    config = load_config(ChainConfig, home.config_file)
    engine = CometConfig.model_validate({**config.engine.model_dump(), "strict_addresses": False})
    write_atomically(home.config_file, render_config(config.model_copy(update={"engine": engine})))
