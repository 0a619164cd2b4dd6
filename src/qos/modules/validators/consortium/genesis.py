"""Membership in genesis, and what must hold after every block."""

from qos.base.errors import InvariantBroken
from qos.base.identifiers import ADDRESS_LENGTH
from qos.crypto.certificates import Certificate
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.validators.consortium import formulas, operations, seats
from qos.modules.validators.consortium.state import (
    HOLDERS,
    KEY_ID,
    LISTS,
    MEMBERS,
    PARAMS,
    REGISTRATIONS,
    REVOKED,
    ROOTS,
    SEATS,
)
from qos.proto.records.qos_consortium_v1 import GenesisState, Revoked
from qos.store.access import Reads


def load(ctx: Context, state: GenesisState) -> None:
    """Import the consortium; nothing at all means that there is none. Raises: BadGenesis, BadChain, UnknownRoot."""
    if state.params is None:
        if state.roots or state.registrations or state.revoked or state.seats:
            raise BadGenesis("consortium: roots and members need params")
        return
    if len(state.params.authority) != ADDRESS_LENGTH or len(state.roots) > operations.MAX_ROOTS:
        raise BadGenesis(f"consortium: params name an authority, and there are at most {operations.MAX_ROOTS} roots")
    PARAMS.set(ctx, state.params)
    for root in state.roots:
        key_id = formulas.read_root(root.certificate).key_id
        if ROOTS.has(ctx, key_id):
            raise BadGenesis(f"consortium: root {key_id.hex()} stands twice")
        ROOTS.set(ctx, key_id, root)
        if root.removed:
            REVOKED.add(ctx, (key_id, b""))
    for each in state.revoked:
        LISTS.set(ctx, each.issuer, each.number)
        for serial in each.serials:
            REVOKED.add(ctx, (each.issuer, serial))
    roots = operations.roots(ctx)
    _load_registrations(ctx, state, roots)
    seats.load(ctx, state.seats, roots)


def _load_registrations(ctx: Context, state: GenesisState, roots: dict[bytes, Certificate]) -> None:
    for registration in state.registrations:
        member = formulas.proven_member(registration, roots)
        if MEMBERS.has(ctx, member.account) or HOLDERS.has(ctx, member.node_key):
            raise BadGenesis(f"consortium: the account or the key of {member.name!r} stands twice")
        accounts.ensure(ctx, member.account)
        operations.register(ctx, registration, member)


def dump(ctx: ReadContext) -> GenesisState:
    """Export the consortium."""
    return GenesisState(
        params=PARAMS.get(ctx),
        roots=tuple([root for _, root in ROOTS.items(ctx)]),
        registrations=tuple([each for _, each in REGISTRATIONS.items(ctx)]),
        revoked=tuple([revoked_by(ctx, issuer) for issuer, _ in LISTS.items(ctx)]),
        seats=tuple([state.seat for _, state in SEATS.items(ctx)]),
    )


def revoked_by(ctx: Reads, issuer: bytes) -> Revoked:
    """Return what a CA has revoked."""
    serials = tuple([serial for _, serial in REVOKED.keys(ctx, KEY_ID.encode(issuer)) if serial])
    return Revoked(issuer=issuer, number=LISTS.get(ctx, issuer) or 0, serials=serials)


def members_are_proven(ctx: ReadContext) -> None:
    """Every member is what its certificates say, and its key stands for its account alone."""
    roots = operations.roots(ctx)
    for account, registration in REGISTRATIONS.items(ctx):
        proven = formulas.proven_member(registration, roots)
        if MEMBERS.get(ctx, account) != proven or HOLDERS.get(ctx, proven.node_key) != account:
            raise InvariantBroken(f"member {proven.name!r} is not what its certificates say")
    counts = [len(list(index.items(ctx))) for index in (MEMBERS, REGISTRATIONS)] + [len(list(HOLDERS.items(ctx)))]
    if len(set(counts)) > 1:
        raise InvariantBroken(f"members, registrations and keys differ in number: {counts}")


def seats_are_proven(ctx: ReadContext) -> None:
    """Every seat is what its certificates say, and the engine was told its power or none."""
    roots = operations.roots(ctx)
    for key, state in SEATS.items(ctx):
        if state.seat.consensus_key != key or state.member != seats.proven_seat(state.seat, roots):
            raise InvariantBroken(f"seat {key.hex()} is not what its certificates say")


def lists_have_numbers(ctx: ReadContext) -> None:
    """Every revoked serial belongs to a list, every removed root is revoked."""
    for issuer, serial in REVOKED.keys(ctx):
        if serial and not LISTS.get(ctx, issuer):
            raise InvariantBroken(f"a serial of {issuer.hex()} is revoked by no list")
    for key_id, root in ROOTS.items(ctx):
        if root.removed != REVOKED.has(ctx, (key_id, b"")):
            raise InvariantBroken(f"root {key_id.hex()} is removed in one place only")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
INVARIANTS = (members_are_proven, seats_are_proven, lists_have_numbers)
