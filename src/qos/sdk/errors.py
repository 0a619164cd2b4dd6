"""What a gateway answers other than what was asked for."""

from qos.base.errors import QosError


class GatewayError(QosError):
    """The gateway did not do what was asked.

    `status` is the name of the gRPC status. `codespace` and `number` are the chain's own stable code, empty and 0 when
    the gateway itself refused. `may_retry`: the same call, with the same key, may well succeed later.
    """

    def __init__(self, status: str, message: str, *, codespace: str = "", number: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.codespace = codespace
        self.number = number

    @property
    def may_retry(self) -> bool:
        """Whether trying again makes sense without changing anything."""
        return self.status in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED")
