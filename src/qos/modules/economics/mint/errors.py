"""What the mint refuses."""

from qos.base.errors import ErrorCode, RuleViolation


class InvalidPhases(RuleViolation):
    """The phases of issuance contradict each other, what has been minted, or the most there may ever be."""

    code = ErrorCode("mint", 1)


class InvalidMintParams(RuleViolation):
    """A parameter of the mint lies outside its bounds."""

    code = ErrorCode("mint", 2)


ALL = (InvalidPhases, InvalidMintParams)
