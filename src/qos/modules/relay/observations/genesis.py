"""The relay group in genesis, and what must hold after every block."""

from qos.base.errors import InvariantBroken
from qos.base.identifiers import ADDRESS_LENGTH
from qos.machine.context import Context, ReadContext
from qos.machine.genesis import BadGenesis
from qos.machine.module import Genesis
from qos.modules.assets.accounts import operations as accounts
from qos.modules.crosschain.qcp.attestation import check_keys, covered_hashes, digest, verify_relay, whole
from qos.modules.relay.observations import consortia, operations
from qos.modules.relay.observations.state import BATCHES, CONSORTIA, MEMBERS, NEXT_BATCH, QUEUE_BATCHES, VOTED, VOTES
from qos.modules.validators.consortium.formulas import read_root
from qos.proto.records.qos_relay_v1 import GenesisState


def load(ctx: Context, state: GenesisState) -> None:
    """Import the group, at least four so that one may fail, and what was under way. Raises: BadGenesis, BadChain."""
    check_keys(sorted([member.key for member in state.members]), BadGenesis)
    for member in state.members:
        if len(member.address) != ADDRESS_LENGTH or MEMBERS.has(ctx, member.address):
            raise BadGenesis(f"member with key {member.key.hex()} has no address or one that stands twice")
        accounts.ensure(ctx, member.address)
        MEMBERS.set(ctx, member.address, member)
    for batch in state.batches:
        if not 0 < batch.number < state.next_batch or BATCHES.has(ctx, batch.number):
            raise BadGenesis(f"batch {batch.number} stands twice or is not below next_batch {state.next_batch}")
        BATCHES.set(ctx, batch.number, batch)
        QUEUE_BATCHES.add(ctx, (batch.abstract.queue_id, batch.number))
    for vote in state.votes:
        operations.put_vote(ctx, vote)
    for each in state.consortia:
        read_root(each.root)
        CONSORTIA.set(ctx, each.chain_id, each.root)
    if state.next_batch:
        NEXT_BATCH.set(ctx, state.next_batch)


def dump(ctx: ReadContext) -> GenesisState:
    """Export the group and what is under way."""
    return GenesisState(
        members=operations.members(ctx),
        batches=tuple([batch for _, batch in BATCHES.items(ctx)]),
        votes=tuple([vote for _, vote in VOTES.items(ctx)]),
        next_batch=NEXT_BATCH.get(ctx) or 0,
        consortia=consortia.listed(ctx),
    )


def signatures_are_by_members(ctx: ReadContext) -> None:
    """Every kept signature is good, by a member, sorted by key; every batch is what its hashes say."""
    keys = {member.key for member in operations.members(ctx)}
    for number, batch in BATCHES.items(ctx):
        covered_hashes(whole(batch.abstract), batch.packet_hashes)
        signers = [each.key for each in batch.signatures]
        if signers != sorted(set(signers)) or not set(signers) <= keys:
            raise InvariantBroken(f"batch {number} has a signature that does not count")
        submitters = [each.relay for each in batch.submissions]
        if submitters != sorted(set(submitters)):
            raise InvariantBroken(f"batch {number} was handed in twice by one member")
        for each in batch.signatures:
            verify_relay(each.key, digest(batch.abstract), each.signature)


def numbers_are_in_order(ctx: ReadContext) -> None:
    """Every batch lies below the next number and is known to its queue."""
    following = NEXT_BATCH.get(ctx) or 1
    for number, batch in BATCHES.items(ctx):
        if number >= following or batch.number != number:
            raise InvariantBroken(f"batch {number} runs ahead of {following}")
        if not QUEUE_BATCHES.has(ctx, (batch.abstract.queue_id, number)):
            raise InvariantBroken(f"batch {number} is not in its queue")


def votes_are_by_members(ctx: ReadContext) -> None:
    """Every vote stands under its queue, its first packet and its member."""
    addresses = {member.address for member in operations.members(ctx)}
    for (queue_id, first, relay), vote in VOTES.items(ctx):
        place = (vote.abstract.queue_id, vote.abstract.first, vote.relay)
        if place != (queue_id, first, relay) or relay not in addresses:
            raise InvariantBroken("a vote stands under another name")
        if not VOTED.has(ctx, (relay, queue_id, first)):
            raise InvariantBroken("a vote is not counted")
    if len(list(VOTED.keys(ctx))) != len(list(VOTES.items(ctx))):
        raise InvariantBroken("a vote is counted that does not stand")


GENESIS = Genesis(kind=GenesisState, load=load, dump=dump)
INVARIANTS = (signatures_are_by_members, numbers_are_in_order, votes_are_by_members)
