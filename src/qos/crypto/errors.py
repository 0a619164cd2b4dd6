"""What a signature check raises."""

from qos.base.errors import ErrorCode, RuleViolation


class BadSignature(RuleViolation):
    """A signature, or the key it is checked with, is malformed or does not match."""

    code = ErrorCode("crypto", 1)
