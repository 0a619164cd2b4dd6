"""What a fee grant refuses."""

from qos.base.errors import ErrorCode, RuleViolation


class FeeLimitExceeded(RuleViolation):
    """The fee is more than the allowance leaves."""

    code = ErrorCode("feegrant", 2)


class FeeLimitExpired(RuleViolation):
    """The allowance has ended."""

    code = ErrorCode("feegrant", 3)


class InvalidPeriod(RuleViolation):
    """A period of an allowance is not positive."""

    code = ErrorCode("feegrant", 4)


class NoAllowance(RuleViolation):
    """The granter lets this account spend nothing."""

    code = ErrorCode("feegrant", 5)


class NoMessages(RuleViolation):
    """An allowance for some messages names none."""

    code = ErrorCode("feegrant", 6)


class MessageNotAllowed(RuleViolation):
    """The allowance does not cover this message."""

    code = ErrorCode("feegrant", 7)


ALL = (FeeLimitExceeded, FeeLimitExpired, InvalidPeriod, NoAllowance, NoMessages, MessageNotAllowed)
