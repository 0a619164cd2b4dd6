"""What stake refuses. Codespace `staking`, append-only."""

from qos.base.blocktime import rfc3339
from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import VALIDATOR_PREFIX, Address, format_address


class UnknownValidator(RuleViolation):
    """There is no such validator."""

    code = ErrorCode("staking", 3)

    def __init__(self, owner: Address) -> None:
        named = format_address(owner, VALIDATOR_PREFIX) if owner else "an empty address"
        super().__init__(f"{named} is no validator here: see qos validators: validator does not exist")


class ValidatorExists(RuleViolation):
    """The account has a validator already."""

    code = ErrorCode("staking", 4)


class ConsensusKeyUsed(RuleViolation):
    """The consensus key is another validator's, or signed twice once."""

    code = ErrorCode("staking", 5)


class BadConsensusKey(RuleViolation):
    """The consensus key is not one the engine takes."""

    code = ErrorCode("staking", 6)


class BadCommission(RuleViolation):
    """A commission lies outside its bounds or rises too fast."""

    code = ErrorCode("staking", 7)


class SelfBondTooSmall(RuleViolation):
    """A validator's own bond would be below the minimum (V5)."""

    code = ErrorCode("staking", 8)

    def __init__(self, left: int, least: int) -> None:
        super().__init__(f"the validator's own bond would be {left} aqos, at least {least} is needed")


class ValidatorNotActive(RuleViolation):
    """An inactive or closed validator takes no bonds."""

    code = ErrorCode("staking", 9)

    def __init__(self, owner: Address, status: str) -> None:
        named = format_address(owner, VALIDATOR_PREFIX)
        super().__init__(f"{named} is {status} and takes no bonds: choose an active one with qos validators")


class NoBond(RuleViolation):
    """The account has no bond behind the validator."""

    code = ErrorCode("staking", 19)

    def __init__(self, owner: Address) -> None:
        named = format_address(owner, VALIDATOR_PREFIX)
        super().__init__(f"no bond behind {named}: no delegation for (address, validator) tuple")


class BondTooSmall(RuleViolation):
    """More is asked for than the bond is worth."""

    code = ErrorCode("staking", 22)

    def __init__(self, worth: int, asked: int) -> None:
        super().__init__(f"the bond is worth {worth} aqos, {asked} is asked for: take at most that")


class WrongAsset(RuleViolation):
    """Bonds are in one asset, in positive amounts."""

    code = ErrorCode("staking", 23)


class TooManyEntries(RuleViolation):
    """As many undelegations or redelegations of a pair run as may run at a time."""

    code = ErrorCode("staking", 24)


class SecondHop(RuleViolation):
    """What was moved to a validator does not move on before it matured (V4)."""

    code = ErrorCode("staking", 25)


class SameValidator(RuleViolation):
    """A redelegation names one validator twice."""

    code = ErrorCode("staking", 26)


class NoUndelegation(RuleViolation):
    """There is no such undelegation to cancel."""

    code = ErrorCode("staking", 27)


class NotInactive(RuleViolation):
    """Only an inactive validator is activated."""

    code = ErrorCode("staking", 28)


class Tombstoned(RuleViolation):
    """Who signed twice is never active again (V2)."""

    code = ErrorCode("staking", 29)


class TooLate(RuleViolation):
    """The time to come back is over."""

    code = ErrorCode("staking", 30)

    def __init__(self, closes_ns: int) -> None:
        super().__init__(f"the validator could come back until {rfc3339(closes_ns)}: its bonds return by themselves")


class RevokedTooSoon(RuleViolation):
    """A validator stays active for a while before it may revoke itself (V6)."""

    code = ErrorCode("staking", 31)

    def __init__(self, from_ns: int) -> None:
        super().__init__(f"the validator may revoke itself from {rfc3339(from_ns)} on")


class PowerTooLarge(RuleViolation):
    """The engine could not count so much power (V9)."""

    code = ErrorCode("staking", 32)


class NothingDue(RuleViolation):
    """Nothing is due to the account from this validator now."""

    code = ErrorCode("staking", 33)


class BadDescription(RuleViolation):
    """A validator needs a name."""

    code = ErrorCode("staking", 34)


class InvalidParams(RuleViolation):
    """The parameters contradict each other or their bounds."""

    code = ErrorCode("staking", 35)


class TooLittle(RuleViolation):
    """The amount is worth no share of the validator."""

    code = ErrorCode("staking", 36)


ALL = (
    UnknownValidator,
    ValidatorExists,
    ConsensusKeyUsed,
    BadConsensusKey,
    BadCommission,
    SelfBondTooSmall,
    ValidatorNotActive,
    NoBond,
    BondTooSmall,
    WrongAsset,
    TooManyEntries,
    SecondHop,
    SameValidator,
    NoUndelegation,
    NotInactive,
    Tombstoned,
    TooLate,
    RevokedTooSoon,
    PowerTooLarge,
    NothingDue,
    BadDescription,
    InvalidParams,
    TooLittle,
)
"""Every error of stake, in order of number."""
