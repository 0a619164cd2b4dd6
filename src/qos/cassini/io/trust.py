"""What a relay's light clients proved last, kept for the next start; the genesis document is enough without it."""

from pathlib import Path

from qos.base.errors import QosError, RuleViolation
from qos.client.lightblocks import genesis_root
from qos.lightclient.predicates import whole_state
from qos.machine.genesis import GenesisDocument
from qos.proto import codec
from qos.proto.records.qos_lightclient_v1 import TrustedState


class TrustDamaged(QosError):
    """What was kept cannot be read."""


def load(folder: Path, document: GenesisDocument) -> TrustedState:
    """Return the newest state kept for a chain, else the one its genesis gives. Raises: TrustDamaged."""
    file = _file(folder, document.chain_id)
    if not file.exists():
        return genesis_root(document)
    try:
        state = whole_state(codec.decode(TrustedState, file.read_bytes()))
    except (OSError, RuleViolation) as error:
        raise TrustDamaged(f"{file} is damaged ({error}): remove it to begin at genesis") from None
    if state.chain_id != document.chain_id:
        raise TrustDamaged(f"{file} is of {state.chain_id[:60]!r}: remove it to begin at genesis")
    return state


def save(folder: Path, state: TrustedState) -> None:
    """Keep a state that is above genesis."""
    if not state.header_hash:
        return
    folder.mkdir(parents=True, exist_ok=True)
    file = _file(folder, state.chain_id)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(codec.encode(state))
    fresh.replace(file)


def _file(folder: Path, chain_id: str) -> Path:
    return folder / f"{chain_id}.state"
