"""Two proven headers of one height: who did it, by CometBFT's three kinds of light client attack.

Lunatic: the header has fields the state never had. Equivocation: the same validators voted twice in one round.
Amnesia: they voted in two rounds; who broke the lock cannot be told from the headers.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from qos.lightclient.bisection import bisect, of_height
from qos.lightclient.errors import FaultyWitness, Invalid
from qos.lightclient.hashes import header_hash, in_hash_order
from qos.lightclient.verifier import Options, Verified
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_types import BlockIDFlag, Commit, Header, SignedHeader, Validator


class Kind(Enum):
    """How a conflicting header came to be."""

    LUNATIC = "lunatic"
    EQUIVOCATION = "equivocation"
    AMNESIA = "amnesia"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackEvidence:
    """One side of a conflict: `conflicting` is accused by who holds `trusted` to be the chain's."""

    kind: Kind
    common: TrustedState
    trusted: LightBlock
    conflicting: LightBlock

    def byzantine(self, common_set: Iterable[Validator]) -> tuple[Validator, ...]:
        """Return who provably broke the rules; `common_set` signed the last header both sides have."""
        own, other = self.trusted.signed_header, self.conflicting.signed_header
        return attackers(own, other, self.conflicting.validators, common_set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """Primary and witness both proved a header of one height. Stop; tell each the other's header."""

    against_primary: AttackEvidence
    against_witness: AttackEvidence

    @property
    def height(self) -> int:
        """Height at which the two chains differ first, as far as was seen."""
        return self.against_primary.conflicting.signed_header.header.height


def compare_with_witness(
    start: TrustedState, path: Sequence[Verified], *, options: Options, now_ns: int
) -> Generator[int, LightBlock, Attack | None]:
    """Hold the blocks accepted from a primary, from `start` on, against a witness (steps as in `bisection`).

    Returns None when the last header is the same. Raises: FaultyWitness when the witness cannot prove its own.
    """
    if not path or (yield from _agrees(path[-1])):
        return None
    common = start
    for verified in path[:-1]:
        if not (yield from _agrees(verified)):
            return (yield from _examine(common, verified, options, now_ns))
        common = verified.state
    return (yield from _examine(common, path[-1], options, now_ns))


def _agrees(verified: Verified) -> Generator[int, LightBlock, bool]:
    height = verified.header.height
    try:
        block = of_height((yield height), height)
    except Invalid as error:
        raise FaultyWitness(f"the witness has no header {height}: {error}") from error
    return header_hash(block.signed_header.header) == verified.state.header_hash


def _examine(
    common: TrustedState, primary: Verified, options: Options, now_ns: int
) -> Generator[int, LightBlock, Attack]:
    height = primary.header.height
    try:
        path = yield from bisect(common, height, options=options, now_ns=now_ns)
    except Invalid as error:
        raise FaultyWitness(f"the witness cannot prove its header {height}: {error}") from error
    if not path or path[-1].state.header_hash == primary.state.header_hash:
        raise FaultyWitness(f"the witness shows two headers of height {height}")
    witness = path[-1]
    return Attack(
        against_primary=accuse(common, trusted=witness, conflicting=primary),
        against_witness=accuse(common, trusted=primary, conflicting=witness),
    )


def accuse(common: TrustedState, *, trusted: Verified, conflicting: Verified) -> AttackEvidence:
    """Classify two proven blocks of one height and name who broke the rules in the conflicting one.

    Raises: ValueError unless they are different headers of one height.
    """
    same_height = trusted.header.height == conflicting.header.height
    if not same_height or trusted.state.header_hash == conflicting.state.header_hash:
        raise ValueError("evidence needs two different headers of one height")
    kind = classify(trusted.block.signed_header, conflicting.block.signed_header)
    return AttackEvidence(kind=kind, common=common, trusted=trusted.block, conflicting=conflicting.block)


def classify(own: SignedHeader, conflicting: SignedHeader) -> Kind:
    """Tell the kind of attack."""
    if state_fields(own.header) != state_fields(conflicting.header):
        return Kind.LUNATIC
    return Kind.EQUIVOCATION if own.commit.round == conflicting.commit.round else Kind.AMNESIA


def attackers(
    own: SignedHeader, conflicting: SignedHeader, members: Iterable[Validator], common_set: Iterable[Validator]
) -> tuple[Validator, ...]:
    """Return who provably broke the rules, by power descending; nobody for amnesia.

    `members` are the set of the conflicting header, `common_set` that of the last header both sides have. The commits
    are verified already: whoever votes in one has signed it by the engine's rules, which name the same validators.
    """
    kind = classify(own, conflicting)
    if kind is Kind.AMNESIA:
        return ()
    voted = _voters(conflicting.commit)
    if kind is Kind.LUNATIC:
        return in_hash_order(each for each in common_set if each.address in voted)
    twice = voted & _voters(own.commit)
    return in_hash_order(each for each in members if each.address in twice)


def _voters(commit: Commit) -> frozenset[bytes]:
    """Return the addresses of those who voted for the block of a commit."""
    voted = BlockIDFlag.BLOCK_ID_FLAG_COMMIT
    return frozenset(vote.validator_address for vote in commit.signatures if vote.block_id_flag == voted)


def state_fields(header: Header) -> tuple[bytes, ...]:
    """Return what follows from the chain before the block, so that no honest validator signs it otherwise."""
    sets = header.validators_hash, header.next_validators_hash
    return (*sets, header.consensus_hash, header.app_hash, header.last_results_hash)
