"""What distribution refuses. Numbers are the Cosmos SDK's where it has them."""

from qos.base.errors import ErrorCode, RuleViolation


class NoDelegation(RuleViolation):
    """This account has no bond with this validator."""

    code = ErrorCode("distribution", 5)


class NoRewardsOfValidator(RuleViolation):
    """There is no such validator."""

    code = ErrorCode("distribution", 6)


class NoCommission(RuleViolation):
    """The validator has earned nothing for itself since it last withdrew."""

    code = ErrorCode("distribution", 7)


class InvalidDistributionParams(RuleViolation):
    """A parameter of distribution lies outside its bounds."""

    code = ErrorCode("distribution", 100)


class NotCompounding(RuleViolation):
    """The bond does not ask for compounding, and only its delegator may do it then."""

    code = ErrorCode("distribution", 101)


class CompoundedToday(RuleViolation):
    """Rewards were added to the bond less than a day ago."""

    code = ErrorCode("distribution", 102)


class NothingToCompound(RuleViolation):
    """The bond has earned less than one aqos."""

    code = ErrorCode("distribution", 103)


ALL = (
    NoDelegation,
    NoRewardsOfValidator,
    NoCommission,
    InvalidDistributionParams,
    NotCompounding,
    CompoundedToday,
    NothingToCompound,
)
