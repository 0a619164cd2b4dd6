"""What the frame and other modules ask of membership."""

from qos.base.identifiers import Address
from qos.crypto.certificates import Certificate
from qos.machine.context import Context
from qos.modules.validators.consortium import formulas
from qos.modules.validators.consortium.errors import NoConsortium, NotAMember, NotValidNow, Revoked
from qos.modules.validators.consortium.state import HOLDERS, MEMBERS, PARAMS, REGISTRATIONS, REVOKED, ROOTS
from qos.proto.records.qos_consortium_v1 import Member, Params, Registration
from qos.store.access import Reads

MAX_ROOTS = 8
"""CAs of a consortium; each registration tries them in turn."""


def require_params(ctx: Reads) -> Params:
    """Return what genesis chose. Raises: NoConsortium."""
    return PARAMS.require(ctx, lambda: NoConsortium("this chain has no consortium: its genesis chose none"))


def check_signers(ctx: Context) -> None:
    """Refuse a transaction that a signer may not send here. Raises: NotAMember, NotValidNow, Revoked."""
    params = PARAMS.get(ctx)
    if params is None or not params.members_only:
        return
    for signer in ctx.signers:
        if signer != params.authority:
            check_standing(ctx, MEMBERS.require(ctx, signer, NotAMember), ctx.block.time_ns)


def check_standing(ctx: Reads, member: Member, time_ns: int) -> None:
    """Refuse certificates that do not count at a time. Raises: NotValidNow, Revoked."""
    if not member.not_before <= time_ns <= member.not_after:
        raise NotValidNow(member.not_before, member.not_after)
    links = (
        ("node", member.member_key, member.node_serial),
        ("member", member.root_key, member.member_serial),
        ("root", member.root_key, b""),
    )
    for what, issuer, serial in links:
        if REVOKED.has(ctx, (issuer, serial)):
            raise Revoked(what)


def counts(ctx: Context, account: Address) -> bool:
    """Tell whether an account has a registration that counts at this block."""
    member = MEMBERS.get(ctx, account)
    if member is None:
        return False
    try:
        check_standing(ctx, member, ctx.block.time_ns)
    except (NotValidNow, Revoked):
        return False
    return True


def roots(ctx: Reads) -> dict[bytes, Certificate]:
    """Return the certificates of all roots by key id, removed ones too: what is under those is found revoked."""
    return {key_id: formulas.read_root(root.certificate) for key_id, root in ROOTS.items(ctx)}


def register(ctx: Context, registration: Registration, member: Member) -> None:
    """Let a proven registration replace the account's one before."""
    before = MEMBERS.get(ctx, member.account)
    if before is not None:
        HOLDERS.delete(ctx, before.node_key)
    HOLDERS.set(ctx, member.node_key, member.account)
    MEMBERS.set(ctx, member.account, member)
    REGISTRATIONS.set(ctx, member.account, registration)


def member_of(ctx: Reads, address: Address) -> Member:
    """Return what is registered for an account. Raises: NotAMember."""
    return MEMBERS.require(ctx, address, NotAMember)
