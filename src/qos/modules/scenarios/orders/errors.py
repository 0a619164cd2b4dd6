"""What the order book refuses. Codespace `orders`, append-only."""

from qos.base.errors import ErrorCode, RuleViolation


class NotOpen(RuleViolation):
    """No provider is named here, so no orders are taken."""

    code = ErrorCode("orders", 1)


class BadOrder(RuleViolation):
    """The body of an order is no text of 1 to 1 024 bytes."""

    code = ErrorCode("orders", 2)


class NotTheProvider(RuleViolation):
    """Only the provider settles orders."""

    code = ErrorCode("orders", 3)


class UnknownOrder(RuleViolation):
    """There is no order of this number."""

    code = ErrorCode("orders", 4)

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no order {number} here")


class AlreadySettled(RuleViolation):
    """An order is settled once."""

    code = ErrorCode("orders", 5)


class BadSettlement(RuleViolation):
    """An order ends as done or refused."""

    code = ErrorCode("orders", 6)


ALL = (NotOpen, BadOrder, NotTheProvider, UnknownOrder, AlreadySettled, BadSettlement)
"""Every error of orders, in order of number."""
