"""Adapters by the kind of chain: those of the QOS family are built in, others are installed packages.

A package offers one by the entry point group `qos.cassini.adapters`: name = kind, value = an `AdapterFactory`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from qos.cassini.adapters.contract import Adapter
from qos.cassini.adapters.qos import QosAdapter, QosChain
from qos.cassini.io import trust
from qos.cassini.io.heads import heads
from qos.cassini.io.home import HUB_KIND, SPOKE_KIND, BadHome, ChainAccess
from qos.cassini.submitter import Submitter
from qos.client.io.http import HttpTransport
from qos.client.transactions import PrivateKey
from qos.lightclient.verifier import Options

GROUP = "qos.cassini.adapters"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSetup:
    """What an adapter is made from: the chain, the relay's account there, and a folder to keep trust in."""

    access: ChainAccess
    account: PrivateKey
    trust_folder: Path


AdapterFactory = Callable[[AdapterSetup], Adapter]


def open_adapter(setup: AdapterSetup) -> Adapter:
    """Return the adapter of a chain. Raises: BadHome when nothing is installed for its kind."""
    kind = setup.access.kind
    if kind in (HUB_KIND, SPOKE_KIND):
        return qos_adapter(setup)
    found = tuple(entry_points(group=GROUP, name=kind))
    if len(found) != 1:
        raise BadHome(f"{setup.access.chain_id}: {len(found)} installed packages offer an adapter for {kind!r} chains")
    factory: AdapterFactory = found[0].load()
    return factory(setup)


def qos_adapter(setup: AdapterSetup) -> QosAdapter:
    """Return the adapter of a chain of the QOS family."""
    access = setup.access
    sources = tuple([HttpTransport(url) for url in access.sources])
    chain = QosChain(
        chain_id=access.chain_id,
        sources=sources,
        root=trust.load(setup.trust_folder, access.document),
        options=Options(),
        heads=lambda: heads(access.chain_id, sources[0]),
        records_peers=access.kind == HUB_KIND,
    )
    return QosAdapter(chain, Submitter(access.chain_id, setup.account))
