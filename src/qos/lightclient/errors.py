"""Why a header is not accepted. One class a rule; numbers are stable."""

from typing import ClassVar

from qos.base.errors import ErrorCode, RuleViolation

CODESPACE = "lightclient"


class Invalid(RuleViolation):
    """A block that no honest chain of this trust root can have: it is refused for good."""

    code: ClassVar[ErrorCode]


class WrongChain(Invalid):
    """The header is of another chain."""

    code = ErrorCode(CODESPACE, 1)


class TrustExpired(Invalid):
    """What is trusted is older than the trusting period: a newer trust root is needed."""

    code = ErrorCode(CODESPACE, 2)


class FromTheFuture(Invalid):
    """The header's time is further ahead than clocks may differ."""

    code = ErrorCode(CODESPACE, 3)


class HeightNotAbove(Invalid):
    """The header is not above the trusted one, or not of the height that was asked for."""

    code = ErrorCode(CODESPACE, 4)


class TimeNotAfter(Invalid):
    """The header's time is not after the trusted one's."""

    code = ErrorCode(CODESPACE, 5)


class MalformedSet(Invalid):
    """A validator set is empty, too large or too powerful, or an entry is not what its key says."""

    code = ErrorCode(CODESPACE, 6)


class WrongValidators(Invalid):
    """The validators are not those the header names."""

    code = ErrorCode(CODESPACE, 7)


class WrongNextValidators(Invalid):
    """The next validators are not those the header names."""

    code = ErrorCode(CODESPACE, 8)


class NotTheAnnouncedSet(Invalid):
    """The set that voted is not the one the header before announced."""

    code = ErrorCode(CODESPACE, 9)


class WrongCommit(Invalid):
    """The commit is for another block, or does not hold one vote place a validator."""

    code = ErrorCode(CODESPACE, 10)


class MalformedVote(Invalid):
    """A vote is at another validator's place or contradicts its own flag."""

    code = ErrorCode(CODESPACE, 11)


class ForgedVote(Invalid):
    """A vote's signature is not the validator's."""

    code = ErrorCode(CODESPACE, 12)


class NotEnoughPower(Invalid):
    """At most two thirds of the set's power signed."""

    code = ErrorCode(CODESPACE, 13)


class NotTrustedYet(RuleViolation):
    """Too little trusted power signed; a header between the two may lead there."""

    code = ErrorCode(CODESPACE, 14)


class NoSuchBlock(RuleViolation):
    """The provider does not have a block that is needed."""

    code = ErrorCode(CODESPACE, 15)


class FaultyWitness(RuleViolation):
    """A witness shows another header that it cannot prove."""

    code = ErrorCode(CODESPACE, 16)


class WrongTrustRoot(Invalid):
    """The block, or the state, to start from is not the one named."""

    code = ErrorCode(CODESPACE, 17)


class WrongData(Invalid):
    """The transactions are not those the header names."""

    code = ErrorCode(CODESPACE, 18)


class WrongResults(Invalid):
    """The results are not those the next header names."""

    code = ErrorCode(CODESPACE, 19)
