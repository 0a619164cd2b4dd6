"""What the frame refuses. Codespace `sdk` keeps the numbers and sentences clients match on."""

from qos.base.errors import ErrorCode, RuleViolation
from qos.base.identifiers import Address, format_address


class TxDecodeError(RuleViolation):
    """The bytes are no transaction of this chain."""

    code = ErrorCode("sdk", 2)


class Unauthorized(RuleViolation):
    """A signature is missing or does not verify, or the signer may not do this."""

    code = ErrorCode("sdk", 4)


class InsufficientFunds(RuleViolation):
    """An account does not hold what should leave it."""

    code = ErrorCode("sdk", 5)


class UnknownRequest(RuleViolation):
    """There is no such message, query or option here."""

    code = ErrorCode("sdk", 6)


class InvalidAddress(RuleViolation):
    """An address is missing or malformed."""

    code = ErrorCode("sdk", 7)


class InvalidPublicKey(RuleViolation):
    """A public key is malformed, of an unsupported kind or not the signer's."""

    code = ErrorCode("sdk", 8)


class UnknownAddress(RuleViolation):
    """No account has this address yet."""

    code = ErrorCode("sdk", 9)

    def __init__(self, address: Address) -> None:
        super().__init__(f"account {format_address(address)} does not exist: send it something first: unknown address")


class InvalidCoins(RuleViolation):
    """A list of amounts is empty, unsorted, repeated or not positive."""

    code = ErrorCode("sdk", 10)


class OutOfGas(RuleViolation):
    """The work costs more gas than the transaction allows."""

    code = ErrorCode("sdk", 11)

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"out of gas: limit {limit}, needed at least {used}; raise the gas limit: out of gas")


class MemoTooLarge(RuleViolation):
    """The memo is too long."""

    code = ErrorCode("sdk", 12)


class InsufficientFee(RuleViolation):
    """The offered fee is below what the gas costs."""

    code = ErrorCode("sdk", 13)


class TooManySignatures(RuleViolation):
    """More signatures than a transaction may carry."""

    code = ErrorCode("sdk", 14)


class NoSignatures(RuleViolation):
    """The transaction is not signed."""

    code = ErrorCode("sdk", 15)


class InvalidRequest(RuleViolation):
    """A field has a value the rules do not allow."""

    code = ErrorCode("sdk", 18)


class TxInMempool(RuleViolation):
    """The same transaction is waiting already."""

    code = ErrorCode("sdk", 19)


class MempoolFull(RuleViolation):
    """The node holds as many waiting transactions as it may."""

    code = ErrorCode("sdk", 20)


class TxTooLarge(RuleViolation):
    """The transaction has more bytes than the limit."""

    code = ErrorCode("sdk", 21)


class KeyNotFound(RuleViolation):
    """What was asked for does not exist."""

    code = ErrorCode("sdk", 22)


class InvalidHeight(RuleViolation):
    """The height is not one this node can answer at."""

    code = ErrorCode("sdk", 26)


class TimeoutHeightPassed(RuleViolation):
    """The transaction may not be included any more."""

    code = ErrorCode("sdk", 30)


class WrongSequence(RuleViolation):
    """The signer's sequence is not the next one."""

    code = ErrorCode("sdk", 32)

    def __init__(self, expected: int, found: int) -> None:
        self.expected, self.found = expected, found
        super().__init__(
            f"account sequence mismatch, expected {expected}, got {found}: incorrect account sequence",
        )


class InvalidGasLimit(RuleViolation):
    """The gas limit is zero or more than a block holds."""

    code = ErrorCode("sdk", 41)


ALL = (
    TxDecodeError,
    Unauthorized,
    InsufficientFunds,
    UnknownRequest,
    InvalidAddress,
    InvalidPublicKey,
    UnknownAddress,
    InvalidCoins,
    OutOfGas,
    MemoTooLarge,
    InsufficientFee,
    TooManySignatures,
    NoSignatures,
    InvalidRequest,
    TxInMempool,
    MempoolFull,
    TxTooLarge,
    KeyNotFound,
    InvalidHeight,
    TimeoutHeightPassed,
    WrongSequence,
    InvalidGasLimit,
)
"""Every error of the frame, in order of number."""
