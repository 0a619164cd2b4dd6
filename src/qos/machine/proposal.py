"""Choosing and judging a block's transactions (T5): one rule for both, so that ours always passes ours."""

from collections.abc import Iterator

from qos.base.encoding import uvarint
from qos.base.errors import RuleViolation
from qos.machine import execution
from qos.machine.admission import MAX_BLOCK_GAS, Admission, gas_limit_of
from qos.machine.context import BlockInfo
from qos.store.overlay import Overlay

MAX_BLOCK_BYTES = 4 * 1024 * 1024


def _encoded_size(data: bytes) -> int:
    return 1 + len(uvarint(len(data))) + len(data)


def prepare(admission: Admission, state: Overlay, block: BlockInfo, txs: list[bytes], max_bytes: int) -> list[bytes]:
    """Return those transactions, in order, that `refusal` accepts together. Admits them on `state`, a scratch."""
    chosen: list[bytes] = []
    gas = size = 0
    for data in txs:
        size_after = size + _encoded_size(data)
        if size_after > min(max_bytes, MAX_BLOCK_BYTES):
            continue
        try:
            tx = admission.decode(data)
            gas_after = gas + gas_limit_of(tx)
            if gas_after > MAX_BLOCK_GAS:
                continue
            execution.admit(admission, state, block, tx)
        except RuleViolation:
            continue
        chosen.append(data)
        gas, size = gas_after, size_after
    return chosen


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
