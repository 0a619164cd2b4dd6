"""What upgrades refuse; number 1 of the codespace is the frame's `UpgradeUnderWay`."""

from qos.base.errors import ErrorCode, RuleViolation
from qos.machine.upgrades import UpgradeUnderWay


class BadPlan(RuleViolation):
    """The plan names no upgrade, its height has passed, or it asks for what is not supported."""

    code = ErrorCode("upgrade", 2)


class AlreadyApplied(RuleViolation):
    """An upgrade of this name was made before."""

    code = ErrorCode("upgrade", 3)

    def __init__(self, name: str, height: int) -> None:
        super().__init__(f"upgrade {name!r} was made at height {height}: a new one needs a new name")


class NoPlan(RuleViolation):
    """There is no planned upgrade."""

    code = ErrorCode("upgrade", 4)


ALL = (UpgradeUnderWay, BadPlan, AlreadyApplied, NoPlan)
"""Every error of upgrades, in order of number."""
