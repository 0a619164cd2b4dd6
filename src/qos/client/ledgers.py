"""A chain's half of a check of conservation, made of proven values alone (Q13, K1).

The node is asked which assets there are; every figure is then read with its proof, all at one height. What is set
aside can only be understated by leaving assets out, which looks like a gap; and what circulates is read for every
asset the other side has set aside, whether this node names it or not.
"""

from collections.abc import Collection
from dataclasses import dataclass

from qos.client.calls import Transport
from qos.client.errors import BadAnswer, CallFailed, StaleNode
from qos.client.lightblocks import follow
from qos.client.node import abci_query, store_path
from qos.client.polling import attempts
from qos.client.queries import query
from qos.lightclient.verifier import Options
from qos.modules.assets.bank import state as ledger
from qos.modules.crosschain.qcp import state as qcp
from qos.modules.crosschain.qcp.transfer import VOUCHER_PREFIX, voucher_denom
from qos.proto import codec
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.proto.records.qos_qcp_v1 import (
    LedgerAsset,
    LedgerVoucher,
    Peer,
    QueryLedgerRequest,
    QueryLedgerResponse,
    QueueState,
    Voucher,
)
from qos.store.proofs import proven_absence, proven_value
from qos.store.values import COSMOS_INT, UINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is trusted of a chain, and how it is judged now."""

    state: TrustedState
    options: Options
    now_ns: int


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads keys of one height with proofs. Raises: BadProof, BadAnswer, Refused, CallFailed, Unreachable."""

    node: Transport
    height: int
    app_hash: bytes

    async def value(self, store: str, key: bytes) -> bytes | None:
        """Return what a store holds under a key, None when it is shown to hold nothing."""
        answer = await self.node.send(abci_query(store_path(store), key, height=self.height, prove=True))
        proof = [operation.data for operation in answer.proof_ops]
        if answer.value:
            return proven_value(proof, self.app_hash, store, key)
        proven_absence(proof, self.app_hash, store, key)
        return None

    async def number(self, key: bytes) -> int:
        """Return a counter or amount of QCP, 0 where there is none."""
        value = await self.value(qcp.STORE, key)
        return 0 if value is None else UINT.decode(value)


async def proven_ledger(
    node: Transport, trust: Trust, peer: str, also: Collection[str] = ()
) -> tuple[QueryLedgerResponse, TrustedState]:
    """Return what a chain says of the assets between it and a peer, and the newest state proven on the way.

    `also` are vouchers whose supply is read even when the node does not name them.
    Raises: BadProof, subclasses of Invalid, Refused, StaleNode, CallFailed, BadAnswer, Unreachable.
    """
    claimed, reader, newest = await _provable(node, trust, peer)
    found = await reader.value(qcp.STORE, qcp.PEERS.raw_key(peer))
    if found is None:
        raise BadAnswer(f"{peer} is not registered on {trust.state.chain_id}")
    registered = codec.decode(Peer, found)
    names = sorted({asset.denom for asset in claimed.assets})
    vouchers = sorted({each.denom for each in claimed.vouchers} | {*also})
    answer = QueryLedgerResponse(
        chain_id=trust.state.chain_id,
        height=claimed.height,
        outgoing=registered.outgoing,
        incoming=registered.incoming,
        queue=QueueState(
            outbox=await reader.number(qcp.OUTBOX_SEQUENCE.raw_key(registered.outgoing)),
            inbox=await reader.number(qcp.INBOX_SEQUENCE.raw_key(registered.incoming)),
        ),
        assets=tuple([await _asset(reader, registered, name) for name in names]),
        vouchers=tuple([await _voucher(reader, name) for name in vouchers]),
    )
    return answer, newest


async def _provable(node: Transport, trust: Trust, peer: str) -> tuple[QueryLedgerResponse, _Reader, TrustedState]:
    """Return an answer whose height has a proven header above it."""
    asked = query("/qos.qcp.v1.Query/Ledger", QueryLedgerRequest(chain_id=peer), QueryLedgerResponse)
    claimed = await node.send(asked)
    async for _ in attempts(node):
        if claimed.height < trust.state.height:
            claimed = await node.send(asked)
        else:
            try:
                steps = await follow(node, trust.state, claimed.height + 1, options=trust.options, now_ns=trust.now_ns)
            except CallFailed:
                pass
            else:
                return claimed, _Reader(node, claimed.height, steps[-1].header.app_hash), steps[-1].state
    raise StaleNode(f"the node shows no header above {claimed.height}")


async def _asset(reader: _Reader, peer: Peer, denom: str) -> LedgerAsset:
    path: tuple[bytes, ...] = ()
    base = denom
    if denom.startswith(VOUCHER_PREFIX):
        value = await reader.value(qcp.STORE, qcp.VOUCHERS.raw_key(denom))
        if value is None:
            raise BadAnswer(f"{denom} is no voucher of the chain")
        voucher = codec.decode(Voucher, value)
        path, base = voucher.path, voucher.base_denom
    return LedgerAsset(
        denom=denom,
        voucher=voucher_denom((*path, peer.outgoing), base),
        outstanding=await reader.number(qcp.OUTSTANDING.raw_key((peer.outgoing, denom))),
        waiting=await reader.number(qcp.WAITING_COINS.raw_key((peer.outgoing, denom))),
    )


async def _voucher(reader: _Reader, denom: str) -> LedgerVoucher:
    value = await reader.value(ledger.STORE, ledger.SUPPLY.raw_key(denom))
    return LedgerVoucher(denom=denom, supply=0 if value is None else COSMOS_INT.decode(value))
