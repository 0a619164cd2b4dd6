"""Why a call was not answered: one status for gRPC and HTTP, beside the chain's own stable error code."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from qos.base.errors import QosError, RuleViolation
from qos.engine.query_language import BadQuery
from qos.machine import errors
from qos.modules.crosschain.qcp.errors import UnknownPeer
from qos.proto.amino_json import NoAminoForm
from qos.proto.codec import MalformedBytes
from qos.proto.scalars import MalformedAddress


class Status(IntEnum):
    """Status codes of gRPC."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


HTTP_STATUS: Final[Mapping[Status, int]] = MappingProxyType(
    {
        Status.OK: 200,
        Status.CANCELLED: 499,
        Status.UNKNOWN: 500,
        Status.INVALID_ARGUMENT: 400,
        Status.DEADLINE_EXCEEDED: 504,
        Status.NOT_FOUND: 404,
        Status.ALREADY_EXISTS: 409,
        Status.PERMISSION_DENIED: 403,
        Status.RESOURCE_EXHAUSTED: 429,
        Status.FAILED_PRECONDITION: 400,
        Status.ABORTED: 409,
        Status.OUT_OF_RANGE: 400,
        Status.UNIMPLEMENTED: 501,
        Status.INTERNAL: 500,
        Status.UNAVAILABLE: 503,
        Status.DATA_LOSS: 500,
        Status.UNAUTHENTICATED: 401,
    }
)
"""As every gRPC gateway maps them."""

_BY_RULE: Final[Mapping[type[RuleViolation], Status]] = MappingProxyType(
    {
        MalformedBytes: Status.INVALID_ARGUMENT,
        MalformedAddress: Status.INVALID_ARGUMENT,
        NoAminoForm: Status.INVALID_ARGUMENT,
        errors.TxDecodeError: Status.INVALID_ARGUMENT,
        errors.Unauthorized: Status.PERMISSION_DENIED,
        errors.UnknownRequest: Status.INVALID_ARGUMENT,
        errors.InvalidAddress: Status.INVALID_ARGUMENT,
        errors.InvalidPublicKey: Status.INVALID_ARGUMENT,
        errors.UnknownAddress: Status.NOT_FOUND,
        errors.InvalidCoins: Status.INVALID_ARGUMENT,
        errors.MemoTooLarge: Status.INVALID_ARGUMENT,
        errors.TooManySignatures: Status.INVALID_ARGUMENT,
        errors.NoSignatures: Status.INVALID_ARGUMENT,
        errors.InvalidRequest: Status.INVALID_ARGUMENT,
        errors.TxInMempool: Status.ALREADY_EXISTS,
        errors.MempoolFull: Status.RESOURCE_EXHAUSTED,
        errors.TxTooLarge: Status.INVALID_ARGUMENT,
        errors.InvalidHeight: Status.OUT_OF_RANGE,
        errors.WrongSequence: Status.ABORTED,
        errors.InvalidGasLimit: Status.INVALID_ARGUMENT,
        UnknownPeer: Status.NOT_FOUND,
        BadQuery: Status.INVALID_ARGUMENT,
    }
)
_BY_CODE: Final = {(rule.code.codespace, rule.code.number): status for rule, status in _BY_RULE.items()}


class CallRefused(QosError):
    """A call that is answered with a status and a sentence.

    `codespace` and `number` are those of the rule that refused; empty and 0 when the edge itself did.
    """

    def __init__(self, status: Status, message: str, *, codespace: str = "", number: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.codespace = codespace
        self.number = number


def refused(error: RuleViolation) -> CallRefused:
    """Describe what a rule refused, as the edges tell it."""
    status = status_of(type(error), error.codespace, error.number)
    return CallRefused(status, str(error), codespace=error.codespace, number=error.number)


def status_of(rule: type[RuleViolation] | None, codespace: str, number: int) -> Status:
    """Return the status for a rule's error; without a better one the state does not allow what was asked."""
    if rule is not None and issubclass(rule, errors.KeyNotFound):
        return Status.NOT_FOUND
    if (codespace, number) == (errors.KeyNotFound.code.codespace, errors.KeyNotFound.code.number):
        return Status.NOT_FOUND
    return _BY_CODE.get((codespace, number), Status.FAILED_PRECONDITION)
