"""Stored values with their proof: the header is proven by the light client, the value against its app hash."""

from dataclasses import dataclass

from qos.client.calls import Transport
from qos.client.errors import BadAnswer, CallFailed, StaleNode
from qos.client.lightblocks import follow
from qos.client.node import QueryAnswer, abci_query, store_path
from qos.client.polling import attempts
from qos.lightclient.commits import Signers
from qos.lightclient.verifier import Options, Verified
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.store.proofs import proven_absence, proven_value


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenValue:
    """What a store held under a key after block `height`, None when nothing; and the headers that vouch for it.

    The root stands in header `height` + 1, the last of the path.
    """

    value: bytes | None
    height: int
    path: tuple[Verified, ...]

    @property
    def state(self) -> TrustedState:
        """The newest header proven on the way: keep it and the next question starts there."""
        return self.path[-1].state

    @property
    def signers(self) -> Signers:
        """Who signed the header with the root."""
        return self.path[-1].signers


async def proven_read(
    node: Transport, trusted: TrustedState, store: str, key: bytes, *, options: Options, now_ns: int
) -> ProvenValue:
    """Read one key at the newest provable height and prove the answer, also that there is nothing.

    Raises: BadProof, subclasses of Invalid, Refused, StaleNode, BadAnswer, Unreachable.
    """
    async for _ in attempts(node):
        answer = await node.send(abci_query(store_path(store), key, prove=True))
        path = await _path_above(node, trusted, answer.height, options=options, now_ns=now_ns)
        if path:
            value = _checked(answer, path[-1].header.app_hash, store, key)
            return ProvenValue(value=value, height=answer.height, path=path)
    raise StaleNode(f"the node shows no header above {trusted.height} with a proof below it")


async def _path_above(
    node: Transport, trusted: TrustedState, height: int, *, options: Options, now_ns: int
) -> tuple[Verified, ...]:
    """Prove the way to the header with the root of `height`; nothing when it is not made yet or already known."""
    if height < trusted.height:
        return ()
    try:
        return await follow(node, trusted, height + 1, options=options, now_ns=now_ns)
    except CallFailed:
        return ()


def _checked(answer: QueryAnswer, app_hash: bytes, store: str, key: bytes) -> bytes | None:
    operations = [operation.data for operation in answer.proof_ops]
    if not answer.value:
        proven_absence(operations, app_hash, store, key)
        return None
    proven = proven_value(operations, app_hash, store, key)
    if proven != answer.value:
        raise BadAnswer("the node's value is not the one its proof shows")
    return proven
