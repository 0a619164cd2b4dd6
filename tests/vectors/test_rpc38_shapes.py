"""Our RPC answers have the members and types of CometBFT's, recursively; block names and proofs recompute.

A recorded null, or an empty list on either side, says nothing about the type. `app_state` is ours: the recorded
chain has none. The file name says which route was called.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from qos.base import merkle
from qos.base.merkle import MerkleProof
from qos.engine import blocks
from qos.lightclient import comet_json
from qos.rpc.comet.methods import ROUTES
from qos.testing.served_engine import Served, open_engine, serving
from qos.testing.shapes import differences

KINDS = {
    "rpc38/shapes": ("rpc38/*.json",),
    "rpc38/block_names": ("rpc38/block_at_height_[1-9]*.json", "rpc38/block_by_hash*.json"),
    "rpc38/transaction_proofs": ("rpc38/tx_search_with_prove*.json",),
}
ROUTE_OF = {"subscribe_txs_broadcast_tx": "broadcast_tx_async"}
OURS_ONLY = {"app_state"}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(open_engine(tmp_path_factory.mktemp("rpc38"))) as served:
        for number in range(6):
            served.call("broadcast_tx_commit", tx=_text(b"from:bob:k%d=v" % number))
        yield served


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def call(node: Served, name: str) -> Any:
    """Call the route a recorded answer came from, with parameters of its kind."""
    stem = next((ROUTE_OF[start] for start in ROUTE_OF if name.startswith(start)), name)
    route = max((each for each in ROUTES if stem.startswith(each)), key=len)
    return node.call(route, **parameters(node, route, name))


def parameters(node: Served, route: str, name: str) -> dict[str, object]:
    if route.startswith("broadcast"):
        return {"tx": _text(name.encode() + b"=value")}
    if route == "abci_query":
        return {"path": "", "data": (b"absent" if "non" in name else b"k1").hex()}
    if route == "block_by_hash":
        block: Any = node.call("block", height="10")
        return {"hash": _text(bytes.fromhex(block["result"]["block_id"]["hash"]))}
    if route == "blockchain":
        return {"minHeight": "1", "maxHeight": "10"}
    if route == "tx_search":
        return {"query": "app.sender='bob'", "prove": "with_prove" in name}
    return {"height": name.rpartition("_")[2]} if "at_height" in name else {}


@pytest.mark.vectors("rpc38/shapes")
def test_answers_have_the_shape_of_comet(
    vector_file: Path, vector_cases: Callable[[Path, int], None], node: Served
) -> None:
    theirs = json.loads(vector_file.read_text())
    ours = call(node, vector_file.stem)
    assert ours["jsonrpc"] == theirs["jsonrpc"]
    assert set(theirs) == set(ours)
    if "error" in theirs:
        assert ours["error"] == theirs["error"]
    else:
        assert not list(differences("result", theirs["result"], ours["result"], OURS_ONLY))
    vector_cases(vector_file, 1)


@pytest.mark.vectors("rpc38/block_names")
def test_encoded_blocks_have_the_names_comet_gave_them(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    result = json.loads(vector_file.read_text())["result"]
    shown = result["block"]
    block = blocks.assemble(
        comet_json.parse_header(shown["header"]),
        tuple(b64decode(tx) for tx in shown["data"]["txs"]),
        comet_json.parse_commit(shown["last_commit"]),
    )
    assert blocks.name(block, blocks.encode(block)) == comet_json.parse_block_id(result["block_id"])
    vector_cases(vector_file, 1)


@pytest.mark.vectors("rpc38/transaction_proofs")
def test_transaction_proofs_lead_to_the_data_hash(
    vector_file: Path, vector_cases: Callable[[Path, int], None], node: Served
) -> None:
    theirs = json.loads(vector_file.read_text())["result"]["txs"]
    ours = call(node, vector_file.stem)["result"]["txs"]
    for shown in theirs + ours:
        proof = shown["proof"]["proof"]
        path = MerkleProof(
            total=int(proof["total"]),
            index=int(proof["index"]),
            leaf_hash=b64decode(proof["leaf_hash"]),
            aunts=tuple(b64decode(aunt) for aunt in proof["aunts"]),
        )
        leaf = sha256(b64decode(shown["tx"])).digest()
        assert merkle.proven_leaf(path, bytes.fromhex(shown["proof"]["root_hash"]), leaf).hex().upper() == shown["hash"]
    vector_cases(vector_file, len(theirs))
