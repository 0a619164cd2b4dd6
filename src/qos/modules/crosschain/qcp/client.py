"""The light client of a peer, on chain (Q12): headers accepted here, and what contradicts them.

The rules of acceptance are `qos.lightclient`'s; this file keeps what was accepted, judges now by block time,
and tells a contradiction from a step forward.
"""

from qos.base.blocktime import rfc3339
from qos.base.errors import InvariantBroken
from qos.lightclient import predicates
from qos.lightclient.errors import HeightNotAbove, WrongChain, WrongTrustRoot
from qos.lightclient.hashes import header_hash
from qos.lightclient.verifier import Options, Verified, proven_header, trust_root
from qos.machine.context import Context
from qos.modules.crosschain.qcp.errors import ClientExpired, HeaderMismatch, UnknownHeader
from qos.modules.crosschain.qcp.state import CLIENTS, HEADERS
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.qos_qcp_v1 import Abstract, ClientState
from qos.store.access import Reads
from qos.store.keys import TEXT

VOTE_GAS = 8_000
"""Checking one vote of a commit."""
VALIDATOR_GAS = 500
"""Checking and hashing one entry of a validator set."""
HEADER_GAS = 20_000
"""Reading, hashing and keeping a header."""
APP_HASH_BYTES = 32


def require(ctx: Reads, chain_id: str) -> ClientState:
    """Return what the client of a registered peer holds."""
    return CLIENTS.require(ctx, chain_id, lambda _: InvariantBroken(f"{chain_id} has no light client"))


def check_live(ctx: Context, chain_id: str, options: Options) -> ClientState:
    """Return the client's state while its newest header is within the trusting period. Raises: ClientExpired."""
    state = require(ctx, chain_id)
    if state.time + options.trusting_period_ns <= ctx.block.time_ns:
        raise ClientExpired(
            f"the newest header of {chain_id} known here is of {rfc3339(state.time)}, "
            "which is too long ago: the authority has to give a later one",
        )
    return state


def start(ctx: Context, chain_id: str, block: LightBlock, options: Options) -> None:
    """Begin, or begin again, from a header the authority vouches for; earlier headers count no more.

    Raises: as `trust_root`, WrongChain, TrustExpired, FromTheFuture, WrongTrustRoot, HeaderMismatch.
    """
    _charge(ctx, block)
    header = block.signed_header.header
    if header.chain_id != chain_id:
        raise WrongChain(f"header of chain {header.chain_id!r}, expected {chain_id!r}")
    verified = trust_root(block, header_hash(header))
    predicates.trust_not_expired(verified.state, options.trusting_period_ns, ctx.block.time_ns)
    predicates.not_from_the_future(header, options.clock_drift_ns, ctx.block.time_ns)
    before = CLIENTS.get(ctx, chain_id)
    if before is not None and header.height <= before.height:
        raise WrongTrustRoot(f"header {header.height} is not above {before.height}, the newest one known here")
    _keep(ctx, chain_id, verified)
    CLIENTS.set(ctx, chain_id, ClientState(height=header.height, time=header.time, floor=header.height))


def update(ctx: Context, chain_id: str, block: LightBlock, options: Options) -> str:
    """Accept a header because of the nearest one below it; returns why it contradicts others, else nothing.

    A header that is known already changes nothing. Raises: HeightNotAbove, and as `proven_header`.
    """
    _charge(ctx, block)
    header = block.signed_header.header
    state = require(ctx, chain_id)
    if header.height <= state.floor:
        raise HeightNotAbove(f"height {header.height} is not above {state.floor}, where trust begins here")
    known = HEADERS.get(ctx, (chain_id, header.height))
    if known is not None and known.header_hash == header_hash(header):
        return ""
    below = _nearest(ctx, chain_id, header.height, reverse=True)
    if below is None:
        raise InvariantBroken(f"the header {state.floor} of {chain_id} is missing")
    verified = proven_header(below, block, options=options, now_ns=ctx.block.time_ns)
    if known is not None:
        return f"two valid headers of height {header.height}"
    above = _nearest(ctx, chain_id, header.height, reverse=False)
    if above is not None and above.time <= verified.state.time:
        return f"header {header.height} is valid and not before header {above.height}"
    _keep(ctx, chain_id, verified)
    if header.height > state.height:
        CLIENTS.set(ctx, chain_id, ClientState(height=header.height, time=header.time, floor=state.floor))
    return ""


def accepted_app_hash(ctx: Context, chain_id: str, abstract: Abstract) -> bytes:
    """Return the app hash of the header our client accepted at the attested height, when both are the same header.

    Raises: UnknownHeader, HeaderMismatch.
    """
    trusted = find(ctx, chain_id, abstract.height)
    if trusted is None:
        raise UnknownHeader(chain_id, abstract.height)
    if (trusted.header_hash, trusted.app_hash) != (abstract.header_hash, abstract.app_hash):
        raise HeaderMismatch(f"the attested header {abstract.height} of {chain_id} is not the one accepted here")
    return trusted.app_hash


def find(ctx: Reads, chain_id: str, height: int) -> TrustedState | None:
    """Return an accepted header that still counts."""
    if height < require(ctx, chain_id).floor:
        return None
    return HEADERS.get(ctx, (chain_id, height))


def _nearest(ctx: Context, chain_id: str, height: int, *, reverse: bool) -> TrustedState | None:
    found = HEADERS.items(ctx, TEXT.encode(chain_id), start_after=(chain_id, height), reverse=reverse, limit=1)
    return next((state for _, state in found), None)


def _keep(ctx: Context, chain_id: str, verified: Verified) -> None:
    if len(verified.state.app_hash) != APP_HASH_BYTES:
        raise HeaderMismatch(f"a header of {chain_id} without an app hash of {APP_HASH_BYTES} bytes proves nothing")
    HEADERS.set(ctx, (chain_id, verified.header.height), verified.state)


def _charge(ctx: Context, block: LightBlock) -> None:
    votes = len(block.signed_header.commit.signatures)
    members = len(block.validators) + len(block.next_validators)
    ctx.gas.consume(HEADER_GAS + VOTE_GAS * votes + VALIDATOR_GAS * members)
