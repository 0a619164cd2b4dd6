"""Seats of validators: whoever makes blocks holds certificates that count (protocol section 1)."""

from collections.abc import Mapping
from dataclasses import replace

from qos.crypto import ed25519
from qos.crypto.certificates import Certificate
from qos.machine.abci import ValidatorUpdate
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import ValidatorRules
from qos.modules.validators.consortium import formulas, operations
from qos.modules.validators.consortium.errors import Revoked
from qos.modules.validators.consortium.state import SEATS
from qos.proto.records.qos_consortium_v1 import Member, Registration, Seat, SeatState
from qos.store.access import Reads

MAX_SEATS = 100
MAX_POWER = 10**10
"""As bonded QOS of all there is: the sum of all seats stays far below the engine's limit."""


def proven_seat(seat: Seat, roots: Mapping[bytes, Certificate]) -> Member:
    """Return what a seat's certificates prove. Raises: BadChain, UnknownRoot."""
    account = ed25519.address(seat.consensus_key)
    return formulas.proven_member(Registration(account=account, node=seat.node, member=seat.member), roots)


def load(ctx: Context, seats: tuple[Seat, ...], roots: Mapping[bytes, Certificate]) -> None:
    """Import the seats; those whose certificates count at genesis are active. Raises: BadGenesis, as `proven_seat`."""
    if len(seats) > MAX_SEATS:
        raise BadGenesis(f"consortium: at most {MAX_SEATS} seats")
    for seat in seats:
        if not 0 < seat.power <= MAX_POWER or SEATS.has(ctx, seat.consensus_key):
            raise BadGenesis(f"consortium: seat {seat.consensus_key.hex()} stands twice or has power {seat.power}")
        state = SeatState(seat=seat, member=proven_seat(seat, roots))
        SEATS.set(ctx, seat.consensus_key, replace(state, active_power=_power_now(ctx, state, ctx.block.time_ns)))


def check(ctx: ReadContext, validators: tuple[ValidatorUpdate, ...]) -> None:
    """Refuse a genesis whose validators are not the seats that count. Raises: BadGenesis."""
    seats = {state.seat.consensus_key: state.active_power for _, state in SEATS.items(ctx)}
    named = {validator.public_key: validator.power for validator in validators}
    if seats and {key: power for key, power in seats.items() if power} != named:
        raise BadGenesis("consortium: the validators of genesis are not the seats whose certificates count")


def updates(ctx: Context) -> tuple[ValidatorUpdate, ...]:
    """Return what changes in the set: by seats given and taken, certificates that were revoked or came to count."""
    states = [state for _, state in SEATS.items(ctx)]
    powers = [_power_now(ctx, state, ctx.block.time_ns) for state in states]
    if not any(powers):
        return ()
    changes = []
    for state, power in zip(states, powers, strict=True):
        key = state.seat.consensus_key
        if power != state.active_power:
            changes.append(ValidatorUpdate(public_key=key, power=power))
            SEATS.set(ctx, key, replace(state, active_power=power))
        if not state.seat.power:
            SEATS.delete(ctx, key)
    return tuple(changes)


def _power_now(ctx: Reads, state: SeatState, time_ns: int) -> int:
    member, power = state.member, state.seat.power
    try:
        operations.check_standing(ctx, member, member.not_before)
    except Revoked:
        return 0
    # Validity is asked when a certificate is used to join: expiry alone removes nobody.
    return power if member.not_before <= time_ns <= member.not_after else min(state.active_power, power)


RULES = ValidatorRules(check=check, updates=updates)
