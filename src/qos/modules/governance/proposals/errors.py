"""What governance refuses."""

from qos.base.errors import ErrorCode, RuleViolation
from qos.proto.records.cosmos_gov_v1 import ProposalStatus


class UnknownProposal(RuleViolation):
    """There is no proposal of this number."""

    code = ErrorCode("gov", 1)

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no proposal {number}: qos proposals lists them")


class BadProposal(RuleViolation):
    """Title, text or form of a proposal is not acceptable."""

    code = ErrorCode("gov", 2)


class MessageNotAllowed(RuleViolation):
    """A message that no proposal may hold: proposals do not make proposals, vote or pay deposits (G2)."""

    code = ErrorCode("gov", 3)

    def __init__(self, type_url: str) -> None:
        super().__init__(f"a proposal cannot hold {type_url}: proposals do not nest")


class DepositTooSmall(RuleViolation):
    """A deposit is less than the proposer, or anybody else, puts down at least."""

    code = ErrorCode("gov", 4)

    def __init__(self, given: int, least: int, missing: int) -> None:
        self.least = least
        super().__init__(f"{given} aqos is too little: at least {least} of the {missing} aqos that are missing")


class BadDeposit(RuleViolation):
    """A deposit is not one positive amount of aqos."""

    code = ErrorCode("gov", 5)


class NotInDepositPeriod(RuleViolation):
    """The proposal takes no deposits any more."""

    code = ErrorCode("gov", 6)


class NotInVoting(RuleViolation):
    """The proposal cannot be voted on now."""

    code = ErrorCode("gov", 7)

    def __init__(self, number: int, status: ProposalStatus) -> None:
        stands = status.name.removeprefix("PROPOSAL_STATUS_").lower().replace("_", " ")
        super().__init__(f"proposal {number} is not in voting: {stands}")


class BadVote(RuleViolation):
    """A vote names no option, an option twice, or parts that do not add up to 1."""

    code = ErrorCode("gov", 8)


class NoBond(RuleViolation):
    """Who votes has too little bonded at active validators (G1)."""

    code = ErrorCode("gov", 9)

    def __init__(self, found: int, least: int) -> None:
        super().__init__(
            f"{found} aqos are bonded at active validators, at least {least} are needed to vote: delegate first"
        )


class BadParams(RuleViolation):
    """Parameters of governance contradict each other or leave their bounds."""

    code = ErrorCode("gov", 10)


ALL = (
    UnknownProposal,
    BadProposal,
    MessageNotAllowed,
    DepositTooSmall,
    BadDeposit,
    NotInDepositPeriod,
    NotInVoting,
    BadVote,
    NoBond,
    BadParams,
)
"""Every error of governance, in order of number."""
