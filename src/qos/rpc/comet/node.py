"""What routes work on."""

from dataclasses import dataclass

from qos.engine.embedded.io.engine import EmbeddedEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcNode:
    """An engine as clients see it; `version` is that of this program, `rpc_address` where it listens."""

    engine: EmbeddedEngine
    version: str
    rpc_address: str
