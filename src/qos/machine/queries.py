"""Answers from committed state: module queries and raw store reads with proofs."""

from qos.base.errors import RuleViolation
from qos.machine.abci import NOT_FOUND_PREFIX, ProofOp, QueryResult
from qos.machine.chain import Chain
from qos.machine.context import ReadContext, noted_block
from qos.machine.errors import InvalidHeight, InvalidRequest, KeyNotFound, UnknownRequest
from qos.proto import codec
from qos.store.budget import BudgetReader
from qos.store.errors import UnknownVersion
from qos.store.multistore import MultiStore
from qos.store.ranges import read_range
from qos.store.readers import VersionReader

MAX_QUERY_BYTES = 64 * 1024
IAVL_OP = "ics23:iavl"
SIMPLE_OP = "ics23:simple"


def answer(
    chain: Chain, store: MultiStore, path: str, data: bytes, height: int, reads: int | None = None
) -> QueryResult:
    """Answer a module query at a committed height; the query sees that block's time. `reads` bounds its work.

    Raises: UnknownRequest, InvalidHeight, InvalidRequest, MalformedBytes and what the query itself raises;
    BudgetSpent.
    """
    route = chain.queries.get(path)
    if route is None:
        raise UnknownRequest(f"unknown query path {path[:200]!r}: unknown request")
    if len(data) > MAX_QUERY_BYTES:
        raise InvalidRequest(f"query has {len(data)} bytes, at most {MAX_QUERY_BYTES} are allowed")
    request = codec.decode_lenient(route.request, data)
    with _state_at(store, height) as state:
        reader = state if reads is None else BudgetReader(state, height, reads)
        response = route.answer(ReadContext(reader, noted_block(state.note(), height)), request)
    return QueryResult(value=codec.encode(response), height=height)


def _state_at(store: MultiStore, height: int) -> VersionReader:
    try:
        return store.at(height)
    except UnknownVersion as error:
        raise _not_kept(error) from None


def _not_kept(error: UnknownVersion) -> InvalidHeight:
    return InvalidHeight(f"{error}: invalid height")


def read_store(chain: Chain, store: MultiStore, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
    """Answer `/store/<name>/key` with the two ICS-23 links when asked, and `/store/<name>/range` with them alone.

    Raises: UnknownRequest, InvalidRequest, InvalidHeight.
    """
    parts = path.strip("/").split("/")
    if len(parts) != 3 or parts[0] != "store" or parts[2] not in ("key", "range"):
        raise UnknownRequest(f"unknown query path {path[:200]!r}: unknown request")
    name = parts[1]
    if name not in chain.stores:
        raise UnknownRequest(f"this chain has no store {name[:100]!r}: unknown request")
    if not data:
        raise InvalidRequest("the key is empty: invalid request")
    try:
        if parts[2] == "range":
            return _proven_range(store, name, data, height)
        return _proven_key(store, name, data, height) if prove else _key(store, name, data, height)
    except UnknownVersion as error:
        raise _not_kept(error) from None


def _key(store: MultiStore, name: str, key: bytes, height: int) -> QueryResult:
    with store.at(height) as state:
        return QueryResult(key=key, value=state.get(name, key) or b"", height=height)


def _proven_key(store: MultiStore, name: str, key: bytes, height: int) -> QueryResult:
    proof = store.prove(height, name, key)
    links = _links(name, key, proof.operations)
    return QueryResult(key=key, value=proof.value or b"", proof_ops=links, height=height)


def _proven_range(store: MultiStore, name: str, data: bytes, height: int) -> QueryResult:
    """Answer with the proof of the first 64 pairs, which holds keys and values; none when the range is empty."""
    try:
        wanted = read_range(data)
    except ValueError as error:
        raise InvalidRequest(f"{error}: invalid request") from None
    operations = store.prove_range(height, name, wanted)
    links = () if operations is None else _links(name, wanted.start, operations)
    return QueryResult(key=data, proof_ops=links, height=height)


def _links(name: str, key: bytes, operations: tuple[bytes, bytes]) -> tuple[ProofOp, ProofOp]:
    return (
        ProofOp(type=IAVL_OP, key=key, data=operations[0]),
        ProofOp(type=SIMPLE_OP, key=name.encode(), data=operations[1]),
    )


def refused(error: RuleViolation, height: int) -> QueryResult:
    """Return the answer for a query a rule refused; a missing thing is told in the words clients look for."""
    log = str(error)
    if isinstance(error, KeyNotFound):
        log = f"{NOT_FOUND_PREFIX}{log}: key not found"
    return QueryResult(code=error.number, codespace=error.codespace, log=log, height=height)
