"""Accept one header because of another (WP 3.1, 5.1; protocol K1, Q12).

A header right after the trusted one needs the announced set; a later one needs more than the trust level of the
trusted power among those that signed it. Both need more than 2/3 of their own set. Only `Verified` and the state
in it may be used after that: what was claimed is not passed on.
"""

from dataclasses import dataclass, replace
from typing import Final

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.lightclient import predicates
from qos.lightclient.commits import Signers, more_than_two_thirds, proven_signers
from qos.lightclient.errors import NotTrustedYet, WrongTrustRoot
from qos.lightclient.hashes import header_hash
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_types import Header, Validator


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustLevel:
    """Share of trusted power that must have signed, strictly more than numerator / denominator."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        """Refuse what CometBFT refuses too: below 1/3 an attacker below the fault bound could get through."""
        if not 0 < self.denominator <= 3 * self.numerator <= 3 * self.denominator:
            raise ValueError(f"trust level {self.numerator}/{self.denominator} is not within 1/3 and 1")


TWO_THIRDS: Final = TrustLevel(numerator=2, denominator=3)
"""The paper's level: a header passes when less than 1/3 of the validators changed (WP 5.1)."""
ONE_THIRD: Final = TrustLevel(numerator=1, denominator=3)
"""The on-chain client's level (Q12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a client judges. The trusting period stays below the time in which a validator can be punished."""

    trust_level: TrustLevel = TWO_THIRDS
    trusting_period_ns: int = 10 * DAY_NS
    clock_drift_ns: int = 10 * SECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A block that was proven: its header, who signed it, and the state to trust from now on."""

    block: LightBlock
    header: Header
    signers: Signers
    state: TrustedState


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEnoughTrust:
    """The header may be right, but too few of those we trust signed it: one in between is needed."""

    height: int
    trusted_power_signed: int
    trusted_power: int


def verify(trusted: TrustedState, block: LightBlock, *, options: Options, now_ns: int) -> Verified | NotEnoughTrust:
    """Judge a block by a trusted state; every vote in it is checked, each signer counts once.

    Raises: a subclass of Invalid, in the order of the rules below.
    """
    header, commit = block.signed_header.header, block.signed_header.commit
    predicates.trust_not_expired(trusted, options.trusting_period_ns, now_ns)
    predicates.same_chain(trusted, header)
    predicates.height_above(trusted, header)
    predicates.time_after(trusted, header)
    predicates.not_from_the_future(header, options.clock_drift_ns, now_ns)
    current, following = _named_sets(block)
    block_hash = header_hash(header)
    signers = proven_signers(trusted.chain_id, current, commit, block_hash)
    if header.height == trusted.height + 1:
        predicates.announced_set(trusted, header)
    else:
        signed, total = _trusted_power(trusted, signers)
        level = options.trust_level
        if signed * level.denominator <= total * level.numerator:
            return NotEnoughTrust(height=header.height, trusted_power_signed=signed, trusted_power=total)
    return _verified(block, block_hash, more_than_two_thirds(signers), following)


def proven_header(trusted: TrustedState, block: LightBlock, *, options: Options, now_ns: int) -> Verified:
    """Return the block once it is proven, for who cannot bisect. Raises: as `verify`, and NotTrustedYet."""
    verdict = verify(trusted, block, options=options, now_ns=now_ns)
    if isinstance(verdict, NotEnoughTrust):
        signed, total = verdict.trusted_power_signed, verdict.trusted_power
        raise NotTrustedYet(f"power {signed} of {total} trusted signed header {verdict.height}: give one in between")
    return verdict


def trust_root(block: LightBlock, expected_hash: bytes) -> Verified:
    """Return the block to start from, once it has the hash somebody vouched for and its own set finalised it.

    Raises: WrongTrustRoot, then as `verify` for what concerns the block alone.
    """
    header, commit = block.signed_header.header, block.signed_header.commit
    block_hash = header_hash(header)
    if block_hash != expected_hash:
        raise WrongTrustRoot(f"header {header.height} has hash {block_hash.hex()}, expected {expected_hash.hex()}")
    current, following = _named_sets(block)
    signers = more_than_two_thirds(proven_signers(header.chain_id, current, commit, block_hash))
    return _verified(block, block_hash, signers, following)


def _named_sets(block: LightBlock) -> tuple[tuple[Validator, ...], tuple[Validator, ...]]:
    predicates.commit_of_height(block.signed_header.header, block.signed_header.commit)
    current = predicates.named_validators(block)
    return current, predicates.named_next_validators(block, current)


def _trusted_power(trusted: TrustedState, signers: Signers) -> tuple[int, int]:
    """Return (trusted power that signed, all trusted power); keys decide who is the same validator."""
    powers = {validator.pub_key.ed25519: validator.voting_power for validator in trusted.next_validators}
    signed = sum(powers.get(validator.pub_key.ed25519, 0) for validator in signers.validators)
    return signed, sum(powers.values())


def _verified(block: LightBlock, block_hash: bytes, signers: Signers, following: tuple[Validator, ...]) -> Verified:
    header = block.signed_header.header
    state = TrustedState(
        chain_id=header.chain_id,
        height=header.height,
        time=header.time,
        header_hash=block_hash,
        app_hash=header.app_hash,
        next_validators_hash=header.next_validators_hash,
        next_validators=tuple(replace(validator, proposer_priority=0) for validator in following),
    )
    return Verified(block=block, header=header, signers=signers, state=state)
