"""Messages of membership."""

from dataclasses import replace

from qos.crypto.certificates import MAX_SERIAL_BYTES
from qos.machine.context import Context
from qos.modules.assets.accounts import operations as accounts
from qos.modules.validators.consortium import formulas, operations
from qos.modules.validators.consortium.errors import (
    AlreadyRegistered,
    BadChain,
    BadList,
    BadSeat,
    NoSeats,
    NotTheAuthority,
    NotYours,
    OldList,
)
from qos.modules.validators.consortium.seats import MAX_POWER, MAX_SEATS, proven_seat
from qos.modules.validators.consortium.state import HOLDERS, LISTS, REVOKED, ROOTS, SEATS
from qos.proto.records.qos_consortium_v1 import (
    MsgRegister,
    MsgRegisterResponse,
    MsgRevoke,
    MsgRevokeResponse,
    MsgSetRoot,
    MsgSetRootResponse,
    MsgSetSeat,
    MsgSetSeatResponse,
    RevocationList,
    SeatState,
)

VERIFY_GAS = 10_000
"""Reading a certificate and checking the signature on it, or another of P-256."""
_EVENT = "consortium"


def register(ctx: Context, msg: MsgRegister) -> MsgRegisterResponse:
    """Register a certificate for an account, which comes to exist when it did not.

    Raises: NoConsortium, NotYours, BadChain, UnknownRoot, BadProof, NotValidNow, Revoked, AlreadyRegistered; OutOfGas
    before the work.
    """
    params, registration = operations.require_params(ctx), msg.registration
    if msg.sender not in (registration.account, params.authority) and operations.counts(ctx, registration.account):
        raise NotYours(registration.account)
    roots = operations.roots(ctx)
    ctx.gas.consume(VERIFY_GAS * (2 * len(roots) + 2))
    member = formulas.proven_member(registration, roots)
    statement = formulas.possession_bytes(ctx.block.chain_id, registration.account)
    formulas.proven_holder(registration.node, statement, msg.proof)
    operations.check_standing(ctx, member, ctx.block.time_ns)
    holder = HOLDERS.get(ctx, member.node_key)
    if holder is not None and holder != member.account:
        raise AlreadyRegistered(holder)
    if accounts.is_module_account(ctx, member.account):
        raise BadChain("the account belongs to a module, which sends nothing")
    accounts.ensure(ctx, member.account)
    operations.register(ctx, registration, member)
    ctx.emit(_EVENT, (("action", "register"), ("organisation", member.organisation)), unindexed=("action",))
    return MsgRegisterResponse(member=member)


def revoke(ctx: Context, msg: MsgRevoke) -> MsgRevokeResponse:
    """Take certificates back for good, by the CA's signed list or by the authority.

    Raises: NoConsortium, BadList, OldList, BadChain, UnknownRoot; OutOfGas first.
    """
    params = operations.require_params(ctx)
    listed = _checked_list(ctx, msg.list)
    last = LISTS.get(ctx, listed.issuer) or 0
    if msg.signature or msg.sender != params.authority:
        # The authority's own lists may come late: a stolen CA that used up all numbers must not be out of reach.
        if listed.number <= last:
            raise OldList(last, listed.number)
        _check_signed(ctx, msg)
    for serial in listed.serials:
        REVOKED.add(ctx, (listed.issuer, serial))
    LISTS.set(ctx, listed.issuer, max(listed.number, last))
    ctx.emit(_EVENT, (("action", "revoke"), ("issuer", listed.issuer.hex())), unindexed=("action",))
    return MsgRevokeResponse()


def _checked_list(ctx: Context, listed: RevocationList) -> RevocationList:
    if listed.chain_id != ctx.block.chain_id:
        raise BadList(f"the list is for chain {listed.chain_id!r}")
    if not listed.serials or any(not 0 < len(each) <= MAX_SERIAL_BYTES or not each[0] for each in listed.serials):
        raise BadList(f"a list names serials of 1 to {MAX_SERIAL_BYTES} bytes without leading zeros")
    if not listed.number:
        raise BadList("lists are numbered from 1 on")
    return listed


def _check_signed(ctx: Context, msg: MsgRevoke) -> None:
    if not msg.signature:
        raise BadList("the CA did not sign the list; only the authority revokes without")
    roots = operations.roots(ctx)
    ctx.gas.consume(VERIFY_GAS * (2 * len(roots) + 1))
    issuer = roots.get(msg.list.issuer)
    if issuer is None:
        issuer, _ = formulas.proven_member_ca(msg.issuer_certificate, roots)
    formulas.proven_list(msg.list, issuer, msg.signature)


def set_root(ctx: Context, msg: MsgSetRoot) -> MsgSetRootResponse:
    """Believe a CA, or believe it no more; nothing under a removed root counts.

    Raises: NoConsortium, NotTheAuthority, BadChain.
    """
    if msg.authority != operations.require_params(ctx).authority:
        raise NotTheAuthority("only the authority of the consortium sets roots")
    ctx.gas.consume(VERIFY_GAS)
    key_id = formulas.read_root(msg.root.certificate).key_id
    if not ROOTS.has(ctx, key_id) and len(list(ROOTS.items(ctx))) >= operations.MAX_ROOTS:
        raise BadChain(f"a consortium has at most {operations.MAX_ROOTS} roots, removed ones included")
    ROOTS.set(ctx, key_id, msg.root)
    if msg.root.removed:
        REVOKED.add(ctx, (key_id, b""))
    elif REVOKED.has(ctx, (key_id, b"")):
        REVOKED.delete(ctx, (key_id, b""))
    return MsgSetRootResponse()


def set_seat(ctx: Context, msg: MsgSetSeat) -> MsgSetSeatResponse:
    """Give a validator a seat or another power; power 0 takes it away. The set follows with this block.

    Raises: NoConsortium, NotTheAuthority, NoSeats, BadSeat, BadChain, UnknownRoot, BadProof, NotValidNow, Revoked.
    """
    if msg.authority != operations.require_params(ctx).authority:
        raise NotTheAuthority("only the authority of the consortium gives seats")
    states = list(SEATS.items(ctx))
    if not states:
        raise NoSeats("the genesis of this chain listed no seats: its validators need no certificates")
    seat, before = msg.seat, SEATS.get(ctx, msg.seat.consensus_key)
    if not seat.power:
        if before is None or not any(state.seat.power for key, state in states if key != seat.consensus_key):
            raise BadSeat("there is no such seat, or it is the last one")
        SEATS.set(ctx, seat.consensus_key, replace(before, seat=replace(before.seat, power=0)))
        return MsgSetSeatResponse()
    if seat.power > MAX_POWER or (before is None and len(states) >= MAX_SEATS):
        raise BadSeat(f"at most {MAX_SEATS} seats, of a power of at most {MAX_POWER}")
    roots = operations.roots(ctx)
    ctx.gas.consume(VERIFY_GAS * (2 * len(roots) + 2))
    member = proven_seat(seat, roots)
    formulas.proven_holder(seat.node, formulas.seat_bytes(ctx.block.chain_id, seat.consensus_key), msg.proof)
    operations.check_standing(ctx, member, ctx.block.time_ns)
    active_power = before.active_power if before is not None else 0
    SEATS.set(ctx, seat.consensus_key, SeatState(seat=seat, member=member, active_power=active_power))
    return MsgSetSeatResponse()
