"""Penalties in genesis, and what must hold after every block."""

from qos.base.errors import InvariantBroken
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.validators.slashing import parameters
from qos.modules.validators.slashing.errors import InvalidParams
from qos.modules.validators.slashing.state import BITS, INFOS, LEFT_OUT, OFFENCES, PARAMS, PUNISHED
from qos.proto.records.qos_slashing_v1 import GenesisState, MissedBits, Offence
from qos.store.keys import ADDRESS


def load(ctx: Context, state: GenesisState) -> None:
    """Import penalties. Raises: BadGenesis."""
    rules = state.params or parameters.PUBLIC
    try:
        parameters.check(rules)
    except InvalidParams as error:
        raise BadGenesis(f"slashing: {error}") from None
    PARAMS.set(ctx, rules)
    for info in state.infos:
        INFOS.set(ctx, info.consensus_address, info)
    for missed in state.missed:
        if not any(missed.bits):
            raise BadGenesis("slashing: a part of a window in which nothing is missed is not listed")
        BITS.set(ctx, (missed.consensus_address, missed.number), missed.bits)
    for proposer in state.left_out:
        LEFT_OUT.set(ctx, proposer.consensus_address, proposer)
    for offence in state.offences:
        if offence.height < 0:
            raise BadGenesis("slashing: an offence has a height, or 0 for an attack")
        OFFENCES.set(ctx, (offence.consensus_address, offence.height), PUNISHED)


def dump(ctx: ReadContext) -> GenesisState:
    """Export penalties."""
    return GenesisState(
        params=parameters.params(ctx),
        infos=tuple([info for _, info in INFOS.items(ctx)]),
        missed=tuple(
            [
                MissedBits(consensus_address=address, number=number, bits=bits)
                for (address, number), bits in BITS.items(ctx)
            ]
        ),
        left_out=tuple([each for _, each in LEFT_OUT.items(ctx)]),
        offences=tuple(
            [Offence(consensus_address=address, height=height) for (address, height), _ in OFFENCES.items(ctx)]
        ),
    )


def misses_are_bits(ctx: ReadContext) -> None:
    """A validator's count of misses is the number of its bits."""
    for address, info in INFOS.items(ctx):
        bits = [int.from_bytes(part, "little") for _, part in BITS.items(ctx, ADDRESS.encode(address))]
        if sum(part.bit_count() for part in bits) != info.missed:
            raise InvariantBroken("a validator's misses are not the bits of its window")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
