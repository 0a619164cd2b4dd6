"""What the ledger refuses."""

from qos.base.errors import ErrorCode, RuleViolation


class AssetPaused(RuleViolation):
    """Nothing of a paused asset leaves an account."""

    code = ErrorCode("bank", 2)

    def __init__(self, denom: str) -> None:
        super().__init__(f"{denom} is paused by its issuer")


class RecipientNotAllowed(RuleViolation):
    """Module accounts take no deposits from outside (L3)."""

    code = ErrorCode("bank", 3)

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} belongs to a module and takes no deposits")


class UnknownAsset(RuleViolation):
    """The ledger has no such asset."""

    code = ErrorCode("bank", 4)

    def __init__(self, denom: str) -> None:
        super().__init__(f"there is no asset {denom[:128]!r} here")


class AssetExists(RuleViolation):
    """An asset is created once."""

    code = ErrorCode("bank", 5)

    def __init__(self, denom: str) -> None:
        super().__init__(f"asset {denom} exists already")


class AmountTooLarge(RuleViolation):
    """A balance or supply would exceed what the ledger holds."""

    code = ErrorCode("bank", 6)


class UnbalancedMultiSend(RuleViolation):
    """What goes in and what comes out differ."""

    code = ErrorCode("bank", 7)


ALL = (AssetPaused, RecipientNotAllowed, UnknownAsset, AssetExists, AmountTooLarge, UnbalancedMultiSend)
