"""The sections of a node's configuration that are about CometBFT."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qos.node.section import Port, Section

_ID = r"[0-9a-f]{40}"
_ADDRESS = r"^([A-Za-z0-9.\[\]:_-]{1,253}:[0-9]{1,5})?$"
_SERVER = r"^(https?://)?[A-Za-z0-9.\[\]:_-]{1,253}:[0-9]{1,5}$"
# TOML has lists only, hence not strict.
_Peers = Annotated[
    tuple[Annotated[str, Field(pattern=rf"^{_ID}@[A-Za-z0-9.\[\]:_-]{{1,253}}:[0-9]{{1,5}}$")], ...],
    Field(max_length=64, strict=False),
]
_Ids = Annotated[tuple[Annotated[str, Field(pattern=rf"^{_ID}$")], ...], Field(max_length=64, strict=False)]
LEAST_SERVERS = 2


class CometConfig(Section):
    """CometBFT: when it makes blocks, whom it talks to, what waits in it. Its own files are made of this at each start.

    A block comes `block_ms` after the one before. While nothing happens the next is put off by up to `heartbeat_ms`; on
    a chain that writes something with every block only its sole validator does so, by at most half of `propose_ms`.
    `peers` are dialled for ever, `seeds` asked for addresses; each is `ID@HOST:PORT`. With `pex` peers tell each other
    of peers, but never of `private_peers` (ids). `unconditional_peers` (ids) are let in beyond the limits.
    `program` names a CometBFT of your own; else the newest that was installed runs.
    """

    kind: Literal["cometbft"] = "cometbft"
    program: str = ""
    block_ms: int = Field(default=1_000, ge=0, le=60_000)
    heartbeat_ms: int = Field(default=0, ge=0, le=600_000)
    propose_ms: int = Field(default=3_000, ge=100, le=60_000)
    vote_ms: int = Field(default=1_000, ge=100, le=60_000)
    p2p_host: str = "127.0.0.1"
    p2p_port: int = Port
    external_address: str = Field(default="", pattern=_ADDRESS)
    peers: _Peers = ()
    seeds: _Peers = ()
    private_peers: _Ids = ()
    unconditional_peers: _Ids = ()
    pex: bool = True
    strict_addresses: bool = True
    max_inbound_peers: int = Field(default=40, ge=0, le=1_000)
    max_outbound_peers: int = Field(default=10, ge=0, le=1_000)
    mempool_txs: int = Field(default=5_000, ge=1, le=100_000)
    mempool_bytes: int = Field(default=64 << 20, ge=1 << 20, le=1 << 30)
    cache_txs: int = Field(default=10_000, ge=0, le=1_000_000)
    recheck: bool = True
    index: Literal["kv", "null"] = "kv"


class StateSyncConfig(Section):
    """Where a node that has no state gets one from: a snapshot of its peers, believed as far as this header says.

    `rpc_servers` (two or more, `HOST:PORT`) prove the header at `trust_height` whose hash is `trust_hash`.
    """

    rpc_servers: tuple[Annotated[str, Field(pattern=_SERVER)], ...] = Field(default=(), max_length=16, strict=False)
    trust_height: int = Field(default=0, ge=0)
    trust_hash: str = Field(default="", pattern=r"^([0-9A-Fa-f]{64})?$")
    trust_period_s: int = Field(default=10 * 86_400, ge=60)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.rpc_servers and (len(self.rpc_servers) < LEAST_SERVERS or not self.trust_height or not self.trust_hash):
            raise ValueError("rpc_servers takes at least two, and trust_height with trust_hash")
        return self
