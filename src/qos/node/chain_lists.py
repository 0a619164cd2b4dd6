"""Which list of modules a configured kind of chain is. Only the list asked for is imported: it costs memory."""

from qos.machine.chain import Chain
from qos.node.errors import BadConfig


def chain_of(kind: str) -> Chain:
    """Return the chain of a kind. Raises: BadConfig."""
    if kind == "public":
        from qos.chains.public import PUBLIC

        return PUBLIC
    if kind == "business":
        from qos.chains.business import BUSINESS

        return BUSINESS
    if kind == "cassini":
        from qos.chains.cassini import CASSINI

        return CASSINI
    raise BadConfig(f"there is no kind of chain named {kind!r}")
