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


def read_store(chain: Chain, store: MultiStore, path: str, key: bytes, height: int, *, prove: bool) -> QueryResult:
    """Answer `/store/<name>/key`, with the two ICS-23 links when asked.

    Raises: UnknownRequest, InvalidRequest, InvalidHeight.
    """
    parts = path.strip("/").split("/")
    if len(parts) != 3 or parts[0] != "store" or parts[2] != "key":
        raise UnknownRequest(f"unknown query path {path[:200]!r}: unknown request")
    name = parts[1]
    if name not in chain.stores:
        raise UnknownRequest(f"this chain has no store {name[:100]!r}: unknown request")
    if not key:
        raise InvalidRequest("the key is empty: invalid request")
    if not prove:
        with _state_at(store, height) as state:
            return QueryResult(key=key, value=state.get(name, key) or b"", height=height)
    try:
        proof = store.prove(height, name, key)
    except UnknownVersion as error:
        raise _not_kept(error) from None
    ops = (
        ProofOp(type=IAVL_OP, key=key, data=proof.operations[0]),
        ProofOp(type=SIMPLE_OP, key=name.encode(), data=proof.operations[1]),
    )
    return QueryResult(key=key, value=proof.value or b"", proof_ops=ops, height=height)


def refused(error: RuleViolation, height: int) -> QueryResult:
    """Return the answer for a query a rule refused; a missing thing is told in the words clients look for."""
    log = str(error)
    if isinstance(error, KeyNotFound):
        log = f"{NOT_FOUND_PREFIX}{log}: key not found"
    return QueryResult(code=error.number, codespace=error.codespace, log=log, height=height)
