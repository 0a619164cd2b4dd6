"""Registering the chains of a development network with each other: trust root, genesis hashes, relay keys (N2, Q10)."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from qos.client.calls import Transport
from qos.client.errors import Refused
from qos.client.io.http import HttpTransport
from qos.client.lightblocks import light_block
from qos.client.node import status
from qos.client.queries import query
from qos.client.transactions import Signer, address_of, deliver
from qos.modules.crosschain.qcp.errors import UnknownPeer
from qos.node import relay_keys
from qos.node.errors import BadConfig
from qos.node.home import NetworkHome
from qos.node.links import Link
from qos.proto.codec import pack
from qos.proto.records.qos_qcp_v1 import MsgRegisterChain, QueryPeerRequest, QueryPeerResponse, TrustMode
from qos.wallet.io import devkeys

FIRST_REGISTRATION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One chain of a pair."""

    chain_id: str
    node: Transport
    genesis_hash: bytes


async def connect(home: NetworkHome, links: tuple[Link, ...]) -> None:
    """Register each business chain with the public chain and back, where that was not done yet.

    Raises: BadConfig, Refused, NotIncluded, Unreachable, BadAnswer.
    """
    people = devkeys.read(home.keys_folder)
    if people is None:
        raise BadConfig(f"{home.keys_folder} has no development keys", "qos up --reset makes a new network")
    authority = people.signer("authority")
    public = next((link for link in links if link.chain.kind == "public"), None)
    keys = tuple(sorted(relay_keys.load(folder).attestation_key for folder in _relay_folders(home)))
    for link in links:
        if public is not None and link.chain.kind == "business":
            async with HttpTransport(public.rpc) as hub, HttpTransport(link.rpc) as spoke:
                here, there = _side(home, public, hub), _side(home, link, spoke)
                await register(here, there, authority, keys)
                await register(there, here, authority, keys)


def _relay_folders(home: NetworkHome) -> list[Path]:
    return sorted(path.parent for path in home.folder.glob(f"relays/*/{relay_keys.FILE_NAME}"))


def _side(home: NetworkHome, link: Link, node: Transport) -> Side:
    document = home.chain(link.chain.folder).genesis_file.read_bytes()
    return Side(chain_id=link.chain.chain_id, node=node, genesis_hash=sha256(document).digest())


async def register(here: Side, peer: Side, authority: Signer, keys: tuple[bytes, ...]) -> None:
    """Make `here` know `peer` from its newest header on. Raises: Refused, NotIncluded, Unreachable, BadAnswer."""
    if await _is_registered(here, peer.chain_id):
        return
    newest = await peer.node.send(status())
    message = MsgRegisterChain(
        authority=address_of(authority),
        chain_id=peer.chain_id,
        genesis_hash=peer.genesis_hash,
        registration=FIRST_REGISTRATION,
        trust_mode=TrustMode.TRUST_MODE_ATTESTATION_AND_PROOF,
        relay_keys=keys,
        pausers=(address_of(authority),),
        trust_root=await light_block(peer.node, newest.height),
        local_genesis_hash=here.genesis_hash,
        dev=True,
    )
    await deliver(here.node, authority, [pack(message)])


async def _is_registered(here: Side, chain_id: str) -> bool:
    asked = query("/qos.qcp.v1.Query/Peer", QueryPeerRequest(chain_id=chain_id), QueryPeerResponse)
    try:
        await here.node.send(asked)
    except Refused as error:
        if (error.codespace, error.code) == (UnknownPeer.code.codespace, UnknownPeer.code.number):
            return False
        raise
    return True
