"""Loading genesis: what lies in a file beside the document into the store, the rest into an overlay over it."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from qos.base.encoding import length_prefixed, u64
from qos.base.strictjson import render_json
from qos.machine.chain import Chain
from qos.machine.context import BlockInfo, Context, ReadContext
from qos.machine.gas import UNLIMITED, GasMeter
from qos.machine.genesis import BadGenesis, GenesisDocument
from qos.machine.module import Lines
from qos.proto.json import from_json
from qos.store.foundation import Plan
from qos.store.multistore import MultiStore
from qos.store.overlay import Overlay

SENTINEL_KEY = b"\xff"
"""Written to every store at genesis: an empty tree cannot prove that something is absent."""


def no_file() -> Iterator[bytes]:
    """Stand for a file that is not there. Raises: BadGenesis."""
    raise BadGenesis("the genesis document names a file of holdings, and there is none beside it: put it there")


def block_before(document: GenesisDocument) -> BlockInfo:
    """Return what stands for the block before the first one."""
    return BlockInfo(chain_id=document.chain_id, height=document.initial_height - 1, time_ns=document.time_ns)


def begun(chain: Chain, store: MultiStore, document: GenesisDocument, beside: Lines) -> Overlay:
    """Return the state of genesis; what lies in the file beside the document is laid in the store itself.

    Raises: BadGenesis and whatever a module's genesis refuses.
    """
    unknown = sorted(set(document.app_state) - {module.name for module in chain.modules})
    if unknown:
        raise BadGenesis(f"app_state has keys no module of this chain owns: {unknown}")
    states = _states(chain, document)
    store.lay(_plan(chain, states, document.initial_height, beside))
    overlay = Overlay(store.reader())
    block = block_before(document)
    ctx = Context(overlay, block, GasMeter(UNLIMITED), [])
    for module in chain.modules:
        ctx.write(module.store, SENTINEL_KEY, document.chain_id.encode())
        module.genesis.load(ctx, states[module.name])
    if chain.software is not None:
        chain.software.start(ctx)
    if chain.validators is not None:
        chain.validators.check(ReadContext(overlay, block), document.validators)
    return overlay


def voucher(chain: Chain, document: GenesisDocument) -> bytes:
    """Return what all that was checked of a genesis follows from, the file beside it included."""
    head = b"%s %d %d %d" % (
        document.chain_id.encode(),
        document.initial_height,
        document.time_ns,
        chain.app_version,
    )
    validators = [each.public_key + u64(each.power) for each in document.validators]
    states = [render_json(document.app_state[module.name]).encode() for module in chain.modules]
    return sha256(length_prefixed(head, *validators, *states)).digest()


def _states(chain: Chain, document: GenesisDocument) -> dict[str, Any]:
    for module in chain.modules:
        if module.name not in document.app_state:
            raise BadGenesis(f"app_state has no key {module.name!r}")
    return {module.name: from_json(module.genesis.kind, document.app_state[module.name]) for module in chain.modules}


def _plan(chain: Chain, states: dict[str, Any], version: int, beside: Lines) -> Plan | None:
    """Return what to lay in the store, None when no module names a file."""
    for module in chain.modules:
        if module.beside is None:
            continue
        named = module.beside.named(states[module.name])
        if named is not None:
            tables = module.beside.tables(states[module.name], beside)
            # A later build may store the same file otherwise.
            mark = sha256(named + u64(chain.app_version)).digest()
            return Plan(mark=mark, version=version, tables=tables)
    return None
