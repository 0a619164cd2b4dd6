"""The root CAs of the consortia behind business chains: held once more than two thirds of the relays say the same."""

from qos.base.identifiers import Address, is_chain_id
from qos.machine.context import Context
from qos.modules.crosschain.qcp.attestation import quorum
from qos.modules.relay.observations import operations
from qos.modules.relay.observations.errors import BadRoute, ConsortiumHeld, TooManyVotes
from qos.modules.relay.observations.state import CONSORTIA, ROOT_VOTES
from qos.modules.validators.consortium.formulas import read_root
from qos.proto.records.qos_relay_v1 import Consortium, MsgHoldConsortium, MsgHoldConsortiumResponse
from qos.store.access import Reads

MAX_ROOT_VOTES = 128
"""Votes a member may have standing, one a chain."""
ROOT_GAS = 50_000
"""Reading a certificate and checking that it signed itself."""


def hold_consortium(ctx: Context, msg: MsgHoldConsortium) -> MsgHoldConsortiumResponse:
    """Count what a member says; the vote that makes more than two thirds lets the chain hold the root.

    A root that is held stays: a chain of another consortium is another chain.
    Raises: NotAMember, MemberStruck, BadRoute, BadChain, ConsortiumHeld, TooManyVotes.
    """
    operations.active_member(ctx, msg.relay)
    if not is_chain_id(msg.chain_id):
        raise BadRoute(f"{msg.chain_id[:32]!r} is no chain id")
    ctx.gas.consume(ROOT_GAS)
    read_root(msg.root)
    held = CONSORTIA.get(ctx, msg.chain_id)
    if held is not None:
        if held != msg.root:
            raise ConsortiumHeld(msg.chain_id)
        return MsgHoldConsortiumResponse(held=True)
    _vote(ctx, msg)
    group = operations.members(ctx)
    agreeing = [
        member for member in group if not member.struck and _said(ctx, member.address, msg.chain_id) == msg.root
    ]
    if len(agreeing) < quorum(len(group)):
        return MsgHoldConsortiumResponse()
    CONSORTIA.set(ctx, msg.chain_id, msg.root)
    for member in group:
        ROOT_VOTES.delete(ctx, (member.address, msg.chain_id))
    return MsgHoldConsortiumResponse(held=True)


def _vote(ctx: Context, msg: MsgHoldConsortium) -> None:
    key = (msg.relay, msg.chain_id)
    if _said(ctx, *key) is None:
        standing = [address for (address, _), _ in ROOT_VOTES.items(ctx) if address == msg.relay]
        if len(standing) >= MAX_ROOT_VOTES:
            raise TooManyVotes(f"a member has at most {MAX_ROOT_VOTES} roots standing, one a chain")
    ROOT_VOTES.set(ctx, key, msg.root)


def _said(ctx: Reads, member: Address, chain_id: str) -> bytes | None:
    return ROOT_VOTES.get(ctx, (member, chain_id))


def listed(ctx: Reads) -> tuple[Consortium, ...]:
    """Return all that are held, by chain id."""
    return tuple([Consortium(chain_id=chain_id, root=root) for chain_id, root in CONSORTIA.items(ctx)])
