"""The rules a header passes before its signers are weighed, one function each (protocol K1, Q12)."""

from qos.lightclient.commits import ordered_set
from qos.lightclient.errors import (
    FromTheFuture,
    HeightNotAbove,
    NotTheAnnouncedSet,
    TimeNotAfter,
    TrustExpired,
    WrongChain,
    WrongCommit,
    WrongNextValidators,
    WrongTrustRoot,
    WrongValidators,
)
from qos.lightclient.hashes import validators_hash
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_types import Commit, Header, Validator


def trust_not_expired(trusted: TrustedState, trusting_period_ns: int, now_ns: int) -> None:
    """The trusted header is younger than the trusting period. Raises: TrustExpired."""
    if trusted.time + trusting_period_ns <= now_ns:
        raise TrustExpired(f"trusted header {trusted.height} is older than the trusting period")


def not_from_the_future(header: Header, clock_drift_ns: int, now_ns: int) -> None:
    """The header's time is before now plus the drift. Raises: FromTheFuture."""
    if header.time >= now_ns + clock_drift_ns:
        raise FromTheFuture(f"header {header.height} is ahead of the clock")


def same_chain(trusted: TrustedState, header: Header) -> None:
    """Both headers are of one chain. Raises: WrongChain."""
    if header.chain_id != trusted.chain_id:
        raise WrongChain(f"header of chain {header.chain_id!r}, expected {trusted.chain_id!r}")


def height_above(trusted: TrustedState, header: Header) -> None:
    """The header is above the trusted one. Raises: HeightNotAbove."""
    if header.height <= trusted.height:
        raise HeightNotAbove(f"height {header.height} is not above the trusted {trusted.height}")


def time_after(trusted: TrustedState, header: Header) -> None:
    """The header is later than the trusted one. Raises: TimeNotAfter."""
    if header.time <= trusted.time:
        raise TimeNotAfter(f"the time of header {header.height} is not after that of {trusted.height}")


def commit_of_height(header: Header, commit: Commit) -> None:
    """The commit is for the header's height. Raises: WrongCommit."""
    if commit.height != header.height or header.height <= 0:
        raise WrongCommit(f"commit of height {commit.height} for a header of height {header.height}")


def named_validators(block: LightBlock) -> tuple[Validator, ...]:
    """Return the set that voted, in order, once the header names it. Raises: MalformedSet, WrongValidators."""
    ordered = ordered_set(block.validators)
    if validators_hash(ordered) != block.signed_header.header.validators_hash:
        raise WrongValidators("the validators do not hash to the header's validators hash")
    return ordered


def named_next_validators(block: LightBlock, current: tuple[Validator, ...]) -> tuple[Validator, ...]:
    """Return the next set, in order, once the header names it; an empty list stands for the current set.

    A header may also name the empty set: nothing can be trusted because of such a header, so it is a dead end.
    Raises: MalformedSet, WrongNextValidators.
    """
    header = block.signed_header.header
    if not block.next_validators and header.next_validators_hash == header.validators_hash:
        return current
    ordered = ordered_set(block.next_validators) if block.next_validators else ()
    if validators_hash(ordered) != header.next_validators_hash:
        raise WrongNextValidators("the next validators do not hash to the header's next validators hash")
    return ordered


def announced_set(trusted: TrustedState, header: Header) -> None:
    """The set of the height right after the trusted one is the announced one. Raises: NotTheAnnouncedSet."""
    if header.validators_hash != trusted.next_validators_hash:
        raise NotTheAnnouncedSet(f"header {header.height} is voted on by a set that {trusted.height} did not announce")


def whole_state(trusted: TrustedState) -> TrustedState:
    """Return a state to start from once its set is the one its hash names. Raises: MalformedSet, WrongTrustRoot."""
    if validators_hash(ordered_set(trusted.next_validators)) != trusted.next_validators_hash:
        raise WrongTrustRoot("the trusted validators do not hash to the trusted hash")
    if trusted.height <= 0 or not trusted.chain_id or len(trusted.header_hash) != 32:
        raise WrongTrustRoot("the trusted state lacks chain, height or header hash")
    return trusted
