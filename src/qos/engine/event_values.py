"""What a query may ask of a transaction or block: the values of each key, indexed ones and all."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from qos.proto.records.tendermint_abci import Event, ExecTxResult

EVENT_TYPE: Final = "tm.event"
TX_HASH: Final = "tx.hash"
TX_HEIGHT: Final = "tx.height"
BLOCK_HEIGHT: Final = "block.height"

Values = dict[str, list[str]]


def tx_values(tx: bytes, height: int, result: ExecTxResult) -> Values:
    """Return the values of a transaction; those of the machine's events include what is not indexed."""
    values = _collected(result.events)
    values[EVENT_TYPE] = ["Tx"]
    values[TX_HASH] = [sha256(tx).hexdigest().upper()]
    values[TX_HEIGHT] = [str(height)]
    return values


def block_values(kind: str, events: Iterable[Event] = ()) -> Values:
    """Return the values of a kind such as `NewBlock`, which has those of the block's own events."""
    values = _collected(events)
    values[EVENT_TYPE] = [kind]
    return values


def indexed(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """Yield key and value of each attribute to be indexed."""
    for event in events:
        for attribute in event.attributes:
            if attribute.index and event.type and attribute.key:
                yield f"{event.type}.{attribute.key}", attribute.value


def _collected(events: Iterable[Event]) -> Values:
    values: Values = {}
    for event in events:
        for attribute in event.attributes:
            if event.type and attribute.key:
                values.setdefault(f"{event.type}.{attribute.key}", []).append(attribute.value)
    return values
