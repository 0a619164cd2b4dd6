"""Which business chains a relay serves: those whose consortium the relay group holds (WP 1.4).

A relay is told a chain's genesis, which names the consortium's root CA. It says so on the Cassini chain, and works for
the chain once more than two thirds of the relays said the same. A chain under another root is a pretender.
"""

from dataclasses import dataclass

from qos.client.calls import Transport
from qos.client.verified import proven_read
from qos.lightclient.verifier import Options
from qos.machine.genesis import GenesisDocument
from qos.modules.relay.observations.state import CONSORTIA, STORE
from qos.proto.json import from_json
from qos.proto.records.qos_consortium_v1 import GenesisState
from qos.proto.records.qos_lightclient_v1 import TrustedState


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the Cassini chain provably holds for a chain, and the newest header proven on the way."""

    root: bytes | None
    trusted: TrustedState


def named_root(document: GenesisDocument) -> bytes | None:
    """Return the root CA a genesis names, None when the chain has no consortium."""
    state = document.app_state.get("consortium")
    if not isinstance(state, dict):
        return None
    roots = [root for root in from_json(GenesisState, state).roots if not root.removed]
    return roots[0].certificate if roots else None


async def held_root(group: Transport, trusted: TrustedState, chain_id: str, now_ns: int) -> Held:
    """Read what the relays hold, with its proof.

    Raises: BadProof, subclasses of Invalid, Refused, StaleNode, BadAnswer, Unreachable.
    """
    found = await proven_read(group, trusted, STORE, CONSORTIA.raw_key(chain_id), options=Options(), now_ns=now_ns)
    return Held(root=found.value, trusted=found.state)


def objection(chain_id: str, named: bytes | None, held: bytes | None) -> str:
    """Return why a relay does not work for a chain, or nothing."""
    if held is None:
        return "" if named is None else f"fewer than two thirds of the relays hold the consortium of {chain_id} yet"
    if named is None:
        return f"the relays hold a consortium for {chain_id}, and the genesis told here names none"
    return "" if named == held else f"the genesis of {chain_id} told here names another root CA than the relays hold"
