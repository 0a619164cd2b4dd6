"""Choosing and judging a block's transactions (T5): one rule for both, so that ours always passes ours."""

from collections.abc import Iterator

from qos.base.encoding import uvarint
from qos.base.errors import RuleViolation
from qos.machine import execution
from qos.machine.admission import MAX_BLOCK_GAS, Admission, gas_limit_of
from qos.machine.context import BlockInfo
from qos.machine.ordering import by_price
from qos.machine.transaction import Transaction
from qos.store.overlay import Overlay

MAX_BLOCK_BYTES = 4 * 1024 * 1024


def _encoded_size(data: bytes) -> int:
    return 1 + len(uvarint(len(data))) + len(data)


def prepare(
    admission: Admission, state: Overlay, block: BlockInfo, txs: list[bytes], max_bytes: int, gas_price: int
) -> list[bytes]:
    """Return those transactions, the best-paying first, that `refusal` accepts together.

    Admits them on `state`, a scratch. What offers less than `gas_price` for a unit of gas is not looked at.
    """
    found = _decoded(admission, txs)
    chosen: list[bytes] = []
    gas = size = 0
    for position in by_price([tx.terms for _, tx in found]):
        data, tx = found[position]
        if tx.terms.price < gas_price:
            break
        gas_after, size_after = gas + tx.terms.gas_limit, size + _encoded_size(data)
        if gas_after > MAX_BLOCK_GAS or size_after > min(max_bytes, MAX_BLOCK_BYTES):
            continue
        try:
            execution.admit(admission, state, block, tx)
        except RuleViolation:
            continue
        chosen.append(data)
        gas, size = gas_after, size_after
    return chosen


def _decoded(admission: Admission, txs: list[bytes]) -> list[tuple[bytes, Transaction]]:
    found = []
    for data in txs:
        try:
            found.append((data, admission.decode(data)))
        except RuleViolation:
            continue
    return found


def refusal(admission: Admission, state: Overlay, block: BlockInfo, txs: tuple[bytes, ...]) -> str:
    """Return why a block may not be voted for, or an empty text. Admits its transactions on `state`, a scratch."""
    return next(_faults(admission, state, block, txs), "")


def _faults(admission: Admission, state: Overlay, block: BlockInfo, txs: tuple[bytes, ...]) -> Iterator[str]:
    if sum(_encoded_size(data) for data in txs) > MAX_BLOCK_BYTES:
        yield f"block exceeds {MAX_BLOCK_BYTES} bytes"
    gas = 0
    for position, data in enumerate(txs):
        try:
            tx = admission.decode(data)
            gas += gas_limit_of(tx)
            execution.admit(admission, state, block, tx)
        except RuleViolation as error:
            yield f"transaction {position} is not admissible: {error}"
        if gas > MAX_BLOCK_GAS:
            yield f"block exceeds {MAX_BLOCK_GAS} gas"
