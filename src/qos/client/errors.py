"""What talking to a node can end in, besides an answer."""

from qos.base.errors import QosError
from qos.machine.errors import KeyNotFound


class ClientError(QosError):
    """Root of the client's errors."""


class Unreachable(ClientError):
    """Nobody answered at the address: refused, timed out or cut."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no answer from {url}: {reason}")
        self.url = url
        self.reason = reason


class BadAnswer(ClientError):
    """The node's answer is not one this API gives."""


class Refused(ClientError):
    """The chain refused a transaction or a query. `code` belongs to `codespace` and never changes meaning."""

    def __init__(self, *, codespace: str, code: int, log: str) -> None:
        super().__init__(log or f"refused with code {code} of {codespace}")
        self.codespace = codespace
        self.code = code
        self.log = log

    @property
    def is_missing(self) -> bool:
        """Whether what was asked for does not exist."""
        return (self.codespace, self.code) == (KeyNotFound.code.codespace, KeyNotFound.code.number)


class CallFailed(ClientError):
    """The node could not carry out a call: wrong arguments, unknown height, unknown transaction."""

    def __init__(self, *, code: int, message: str, data: str) -> None:
        super().__init__(data or message)
        self.code = code
        self.message = message
        self.data = data


class NotIncluded(ClientError):
    """A transaction the node accepted was not in a block before the deadline; it may still come."""

    def __init__(self, tx_hash: bytes, waited_ms: int) -> None:
        super().__init__(f"transaction {tx_hash.hex().upper()} is in no block after {waited_ms} ms")
        self.tx_hash = tx_hash


class CannotCombine(ClientError):
    """Signatures that were made apart do not make one transaction."""


class StaleNode(ClientError):
    """The node shows nothing newer than what is known already."""


class Forked(ClientError):
    """Two nodes of a chain prove different headers of one height: validators signed both, and neither is believed.

    `headers` are the names of the nodes with the hash each shows; `told` those that took evidence of the other's.
    """

    def __init__(
        self, *, chain_id: str, height: int, headers: tuple[tuple[str, bytes], ...], told: tuple[str, ...]
    ) -> None:
        shown = ", ".join([f"{name} shows {found.hex().upper()}" for name, found in headers])
        handed = f"evidence was handed to {' and '.join(told)}" if told else "no node took evidence"
        super().__init__(f"{chain_id} has two proven headers of height {height}: {shown}; {handed}")
        self.chain_id = chain_id
        self.height = height
        self.headers = headers
        self.told = told
