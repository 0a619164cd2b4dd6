"""What subscribers receive."""

from qos.engine.embedded.io.subscriptions import Occurrence
from qos.lightclient.comet_json import render_block_id, render_header
from qos.rpc.comet import render
from qos.rpc.comet.envelope import JsonObject


def frame(query: str, occurrence: Occurrence) -> JsonObject:
    """Write something that happened for a subscriber of a query."""
    data: JsonObject = {"type": f"tendermint/event/{occurrence.kind}", "value": _value(occurrence)}
    return {"query": query, "data": data, "events": occurrence.values}


def _value(occurrence: Occurrence) -> JsonObject:
    committed = occurrence.committed
    match occurrence.kind:
        case "NewBlock":
            return {
                "block": render.block(committed.block),
                "block_id": render_block_id(committed.block_id),
                "result_finalize_block": render.finalized(committed),
            }
        case "NewBlockHeader":
            return {"header": render_header(committed.block.header)}
        case "NewBlockEvents":
            events = render.events(committed.result.events)
            return {"height": str(committed.height), "events": events, "num_txs": str(len(committed.block.data.txs))}
        case _:
            index = occurrence.index
            shown = render.transaction(
                committed.height, index, committed.block.data.txs[index], committed.result.tx_results[index]
            )
            result = {"height": shown["height"], "index": index, "tx": shown["tx"], "result": shown["tx_result"]}
            return {"TxResult": result}
