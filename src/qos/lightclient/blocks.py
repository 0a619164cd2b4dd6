"""What a block holds and what became of it, proven by two headers. Pure: nothing is fetched here."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from qos.lightclient.errors import WrongData, WrongResults
from qos.lightclient.hashes import data_hash, results_hash
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_types import Header


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenTx:
    """A transaction of a block with the part of its result that validators agreed on; code 0 is success."""

    height: int
    index: int
    tx_hash: bytes
    tx: bytes
    code: int
    data: bytes


def proven_transactions(
    header: Header, following: Header, txs: Sequence[bytes], results: Sequence[ExecTxResult]
) -> tuple[ProvenTx, ...]:
    """Return a block's transactions, all of them and in order, each with its result.

    Both headers are proven already; the one `following` it names the results. Raises: WrongData, WrongResults.
    """
    if data_hash(txs) != header.data_hash:
        raise WrongData(f"the transactions shown are not those of block {header.height}")
    if following.height != header.height + 1 or len(results) != len(txs):
        raise WrongResults(f"there is not one result for each transaction of block {header.height}")
    if results_hash(results) != following.last_results_hash:
        raise WrongResults(f"the results shown are not those of block {header.height}")
    return tuple(
        [
            ProvenTx(
                height=header.height,
                index=index,
                tx_hash=sha256(tx).digest(),
                tx=tx,
                code=result.code,
                data=result.data,
            )
            for index, (tx, result) in enumerate(zip(txs, results, strict=True))
        ]
    )
