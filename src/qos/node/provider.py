"""Laying out a provider's chain in the home of a network: consortium, keys, genesis, configuration.

The chain exists for everybody else once it stands in `network.toml`, which is written last; the supervisor of a running
network then starts it, registers it with the public chain and tells the relays.
"""

import shutil
from dataclasses import dataclass

from qos.base.identifiers import is_chain_id
from qos.node import relay_keys
from qos.node.config import ChainConfig, NetworkChain, load_config, render_config
from qos.node.devgenesis import Provider
from qos.node.errors import BadConfig, NodeError
from qos.node.founding import Place, World, found_chain, genesis_time
from qos.node.genesis import VALIDATOR_POWER, Currency
from qos.node.home import NetworkHome, locked, write_atomically
from qos.node.network import load_network
from qos.node.ports import Ports, choose_ports, free_ports, is_free
from qos.proto.records.qos_consortium_v1 import GenesisState, Params, Registration, Root, Seat
from qos.wallet.io import devkeys
from qos.wallet.io.ca_folder import ROOT, CaFolder, Entry

MAX_CHAINS = 16
TOKEN_DECIMALS = 6
MEMBER = "provider"
"""The provider's own CA under its consortium's root."""

GATEWAY = "gateway"
"""The certificate that the gateway for back-ends serves TLS with."""

LOCAL_HOSTS = ("localhost", "127.0.0.1")
ROOT_DAYS, MEMBER_DAYS, NODE_DAYS = 3_650, 1_825, 365
_RESERVED = ("public", "relays", "keys", "light", "ca")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPlan:
    """What a provider's chain is laid out from. `name` is chain id and folder; `symbol` names its token."""

    name: str
    symbol: str
    organisation: str
    members_only: bool


def lay_out(home: NetworkHome, plan: ProviderPlan) -> CaFolder:
    """Write the chain into the home of its network and into its configuration; returns its certificates.

    A home half written by a command that was cut is written anew; certificates that are there are used.
    Raises: NodeError, BadConfig, HomeInUse, WalletError.
    """
    with locked(home.certificates_folder):
        network = load_network(home)
        _check(plan, [chain.folder for chain in network.chains])
        people = devkeys.read(home.keys_folder)
        if people is None:
            raise BadConfig(f"{home.keys_folder} has no development keys", "qos up --reset makes a new network")
        relays = tuple(relay_keys.load(home.relay(number)) for number in range(network.relays))
        world = World(people=people, relays=relays, time_ns=genesis_time())
        certificates = CaFolder(home.certificates_folder / plan.name)
        chain = NetworkChain(folder=plan.name, chain_id=plan.name, kind="business")
        shutil.rmtree(home.chain(plan.name).folder, ignore_errors=True)
        provider = Provider(
            currency=_currency(plan),
            consortium=lambda validators: _consortium(certificates, plan, world, validators),
        )
        place = Place(home=home.chain(plan.name), ports=_ports(home, network.chains))
        found_chain((place,), chain, network.engine, world, provider)
        grown = network.model_copy(update={"chains": (*network.chains, chain)})
        write_atomically(home.config_file, render_config(grown))
    return certificates


def _check(plan: ProviderPlan, folders: list[str]) -> None:
    if not is_chain_id(plan.name) or plan.name in _RESERVED:
        raise NodeError(
            f"{plan.name!r} cannot name a chain", "3 to 32 lower-case letters, digits and -, a letter first: shop-2"
        )
    if plan.name in folders:
        raise NodeError(f"the network has a chain {plan.name} already", "choose another name; qos status lists them")
    if len(folders) >= MAX_CHAINS:
        raise NodeError(f"a network here has at most {MAX_CHAINS} chains", "start another one with --home")
    if not 0 < len(plan.symbol) <= 16 or not plan.symbol.isalnum() or not plan.symbol.isascii():
        raise NodeError(f"{plan.symbol!r} is no symbol", "give --symbol with 1 to 16 letters and digits")


def _currency(plan: ProviderPlan) -> Currency:
    return Currency(
        denom=f"qsc/{plan.symbol}",
        symbol=plan.symbol,
        decimals=TOKEN_DECIMALS,
        description=f"Token of {plan.organisation}",
    )


def _ports(home: NetworkHome, chains: tuple[NetworkChain, ...]) -> Ports:
    """Return the ports that follow those of the other chains, or free ones when they do not follow each other."""
    taken = [load_config(ChainConfig, home.chain(chain.folder).config_file).rpc.port for chain in chains]
    usual = choose_ports(taken[0], len(chains) + 1) if taken[0] else ()
    if [ports.rpc for ports in usual[:-1]] == taken and _may_take(usual[-1]):
        return usual[-1]
    return free_ports(1)[0]


def _may_take(ports: Ports) -> bool:
    return all(is_free(port) for port in (ports.rpc, ports.grpc, ports.rest))


def _consortium(
    certificates: CaFolder, plan: ProviderPlan, world: World, validators: tuple[bytes, ...]
) -> GenesisState:
    """Return the consortium of genesis: people, relays and validators hold certificates of the provider."""
    known = certificates.names()
    root = certificates.entry(ROOT) if ROOT in known else certificates.init(plan.organisation, days=ROOT_DAYS)
    if MEMBER not in known:
        certificates.issue_member(MEMBER, plan.organisation, days=MEMBER_DAYS)
    if GATEWAY not in known:
        certificates.issue_node(GATEWAY, MEMBER, days=NODE_DAYS, hosts=LOCAL_HOSTS)
    accounts = {name: world.people.address(name) for name in devkeys.ACCOUNTS}
    accounts |= {f"relay-{number}": relay.address for number, relay in enumerate(world.relays)}
    registrations = [(address, _node(certificates, name)) for name, address in accounts.items()]
    seats = [(key, _node(certificates, f"validator-{number}")) for number, key in enumerate(validators)]
    return GenesisState(
        params=Params(authority=world.people.address("authority"), members_only=plan.members_only),
        roots=(Root(certificate=root.chain[0]),),
        registrations=tuple(
            [
                Registration(account=address, node=entry.chain[0], member=entry.chain[1])
                for address, entry in registrations
            ]
        ),
        seats=tuple(
            [
                Seat(consensus_key=key, power=VALIDATOR_POWER, node=entry.chain[0], member=entry.chain[1])
                for key, entry in seats
            ]
        ),
    )


def _node(certificates: CaFolder, name: str) -> Entry:
    if name in certificates.names():
        return certificates.entry(name)
    return certificates.issue_node(name, MEMBER, days=NODE_DAYS)
