"""Why a node or a network does not start or stopped."""

from qos.base.errors import QosError


class NodeError(QosError):
    """Root of the node's errors. `next_step` is the command or deed that helps."""

    next_step: str = ""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class BadConfig(NodeError):
    """A configuration file is missing, malformed, or has a key or value it may not have."""


class HomeInUse(NodeError):
    """Another process works in this home."""


class PortTaken(NodeError):
    """Another program listens on the port."""


class StartFailed(NodeError):
    """A process of the network ended or stayed silent before it was ready."""


class NodeEnded(NodeError):
    """A program that a node cannot do without has ended. `exit_code` says whether another start may help."""

    def __init__(self, message: str, next_step: str, *, exit_code: int) -> None:
        super().__init__(message, next_step)
        self.exit_code = exit_code
