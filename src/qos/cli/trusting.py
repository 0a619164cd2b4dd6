"""What is believed of a chain before its node is asked: a root given, else what was proven last, else genesis."""

from collections.abc import Sequence
from pathlib import Path

from qos.base.errors import RuleViolation
from qos.base.strictjson import BadJson, parse_json, render_json
from qos.cli.errors import UsageError
from qos.cli.session import Session
from qos.client.calls import Transport
from qos.client.io.http import HttpTransport
from qos.client.lightblocks import genesis_root, light_block
from qos.client.witnesses import NamedNode, Proof, hold_against
from qos.lightclient.predicates import whole_state
from qos.lightclient.verifier import trust_root
from qos.machine import genesis
from qos.node.home import write_atomically
from qos.proto.json import from_json, to_json
from qos.proto.records.qos_lightclient_v1 import TrustedState


async def given_root(node: Transport, trust: str) -> TrustedState:
    """Return the state somebody vouches for by HEIGHT:HASH. Raises: UsageError, Invalid, CallFailed, Unreachable."""
    height, _, block_hash = trust.partition(":")
    try:
        wanted, expected = int(height), bytes.fromhex(block_hash)
    except ValueError:
        raise UsageError(f"--trust: {trust[:100]!r} is no header", "write HEIGHT:HASH") from None
    return trust_root(await light_block(node, wanted), expected).state


async def trusted_state(opened: Session, node: Transport, chain_id: str, trust: str = "") -> TrustedState:
    """Return what is trusted of a chain: what was given, else kept, else its genesis. Raises: UsageError."""
    if trust:
        return await given_root(node, trust)
    kept = _kept_file(opened, chain_id)
    if kept.is_file():
        return kept_state(kept, chain_id)
    for chain in opened.chains:
        if chain.chain_id == chain_id:
            document = opened.home.chain(chain.folder).genesis_file.read_bytes()
            return genesis_root(genesis.parse(document))
    raise UsageError(f"nothing about {chain_id!r} is trusted yet", "give --trust HEIGHT:HASH from a source you believe")


async def ask_witnesses(proof: Proof, urls: Sequence[str]) -> None:
    """Hold what a node proved against each of other nodes. Raises: as `hold_against`."""
    for url in urls:
        async with HttpTransport(url) as node:
            await hold_against(proof, NamedNode(name=url, node=node))


def keep_state(opened: Session, chain_id: str, state: TrustedState) -> None:
    """Keep the newest proven state of a chain: the next proof starts there."""
    opened.home.light_folder.mkdir(parents=True, exist_ok=True)
    write_atomically(_kept_file(opened, chain_id), render_json(to_json(state), indent=1))


def kept_state(file: Path, chain_id: str) -> TrustedState:
    """Read what was kept of a chain. Raises: UsageError when the file is damaged or of another chain."""
    try:
        state = whole_state(from_json(TrustedState, parse_json(file.read_bytes())))
    except (OSError, BadJson, RuleViolation) as error:
        raise _damaged(file, str(error)) from None
    if state.chain_id != chain_id:
        raise _damaged(file, f"it is of {state.chain_id[:60]!r}")
    return state


def _damaged(file: Path, reason: str) -> UsageError:
    return UsageError(
        f"{file} is no state of this chain that was proven: {reason}",
        "remove it and give --trust HEIGHT:HASH from a source you believe",
    )


def _kept_file(opened: Session, chain_id: str) -> Path:
    if not chain_id.replace("-", "").isalnum():
        raise UsageError(f"{chain_id[:60]!r} is no chain id", "check that --node is the RPC address of a QOS chain")
    return opened.home.light_folder / f"{chain_id}.json"
