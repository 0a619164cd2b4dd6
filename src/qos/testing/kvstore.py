"""A small real application: `key=value` sets a key, `validator:<hex key>=<power>` changes the validator set.

Its app hash is the RFC 6962 root over its sorted pairs. State lives in a dictionary, or in a file when given one.
"""

import json
from hashlib import sha256
from pathlib import Path

from qos.base import merkle
from qos.base.encoding import length_prefixed
from qos.base.errors import RuleViolation
from qos.machine.abci import (
    BlockRequest,
    BlockResult,
    CheckResult,
    Info,
    Place,
    QueryResult,
    Terms,
    ValidatorUpdate,
    first_place,
    refused,
)
from qos.machine.context import BlockInfo
from qos.proto.records.tendermint_abci import Event, EventAttribute, ExecTxResult

_VALIDATOR = b"validator:"
_REFUSED = 1


class KeyValueStore:
    """Implements `abci.Application`. Transactions without `=` are refused; `from:NAME:` in front names a sender."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.height, self.pairs = _load(file)
        self._next: tuple[int, dict[bytes, bytes]] | None = None

    def info(self) -> Info:
        """Return the last committed height and app hash."""
        app_hash, chain_id = (_root(self.pairs), "kv-1") if self.height else (b"", "")
        return Info(height=self.height, app_hash=app_hash, app_version=1, chain_id=chain_id, time_ns=0)

    def init_chain(self, genesis: bytes) -> bytes:
        """Start with the digest of the genesis document as only pair."""
        self.pairs = {b"genesis": sha256(genesis).digest()}
        return _root(self.pairs)

    def check_tx(self, tx: bytes, *, recheck: bool = False, place: Place = first_place) -> CheckResult:
        """Accept what has a key and a value; a pair already set is refused when checked again.

        A named sender's transactions are told apart by their digest in place of a sequence.
        """
        sender, key, value = _parse(tx)
        stale = recheck and self.pairs.get(key) == value
        code = 0 if key and not stale else _REFUSED
        log = "" if code == 0 else "expected key=value"
        if code:
            return CheckResult(code=code, codespace="kv", log=log)
        signers = ((sender, int.from_bytes(sha256(tx).digest()[:8], "big")),) if sender else ()
        terms = Terms(signers=signers, payer=sender, fee=0, gas_limit=1, price=0, timeout_height=0)
        try:
            place(terms)
        except RuleViolation as error:
            return refused(error)
        return CheckResult(code=0, gas_wanted=1, gas_used=1, terms=terms)

    def gas_price(self) -> int:
        """Return that nothing costs anything."""
        return 0

    def prepare_proposal(self, txs: list[bytes], block: BlockInfo, max_bytes: int) -> list[bytes]:
        """Take transactions in order while they fit."""
        chosen: list[bytes] = []
        size = 0
        for tx in txs:
            size += len(tx) + 8
            if size <= max_bytes and _parse(tx)[1]:
                chosen.append(tx)
        return chosen

    def process_proposal(self, txs: tuple[bytes, ...], block: BlockInfo) -> str:
        """Refuse a block that holds a malformed transaction."""
        return next((f"malformed: {tx[:20]!r}" for tx in txs if not _parse(tx)[1]), "")

    def finalize_block(self, request: BlockRequest) -> BlockResult:
        """Execute a block in memory."""
        pairs = dict(self.pairs)
        updates: list[ValidatorUpdate] = []
        results: list[ExecTxResult] = []
        for tx in request.txs:
            sender, key, value = _parse(tx)
            pairs[key] = value
            if key.startswith(_VALIDATOR):
                public_key = bytes.fromhex(key.removeprefix(_VALIDATOR).decode())
                updates.append(ValidatorUpdate(public_key=public_key, power=int(value)))
            results.append(_result(sender, key))
        self._next = request.block.height, pairs
        height = Event(type="block", attributes=(_attribute("parity", str(request.block.height % 2)),))
        return BlockResult(
            tx_results=tuple(results), events=(height,), validator_updates=tuple(updates), app_hash=_root(pairs)
        )

    def commit(self) -> None:
        """Keep the finalized block; in the file by one rename when there is one."""
        if self._next is None:
            raise AssertionError("commit without a finalized block")
        self.height, self.pairs = self._next
        self._next = None
        if self._file is not None:
            rows = {key.hex(): value.hex() for key, value in self.pairs.items()}
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps({"height": self.height, "pairs": rows}))
            fresh.replace(self._file)

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> QueryResult:
        """Return the value of a key at the newest height."""
        value = self.pairs.get(data, b"")
        return QueryResult(key=data, value=value, height=max(self.height, 1), log="exists" if value else "absent")


def _load(file: Path | None) -> tuple[int, dict[bytes, bytes]]:
    if file is None or not file.exists():
        return 0, {}
    document = json.loads(file.read_text())
    pairs = {bytes.fromhex(key): bytes.fromhex(value) for key, value in document["pairs"].items()}
    return document["height"], pairs


def _root(pairs: dict[bytes, bytes]) -> bytes:
    return merkle.root([length_prefixed(key, pairs[key]) for key in sorted(pairs)])


def _parse(tx: bytes) -> tuple[bytes, bytes, bytes]:
    """Split into sender, key and value; an empty key is a malformed transaction."""
    sender = b""
    if tx.startswith(b"from:"):
        _, sender, tx = (*tx.split(b":", 2), b"", b"")[:3]
    key, equals, value = tx.partition(b"=")
    return (sender, key, value) if equals else (sender, b"", b"")


def _result(sender: bytes, key: bytes) -> ExecTxResult:
    attributes = (
        _attribute("key", key.decode(errors="replace")),
        _attribute("sender", sender.decode(errors="replace")),
        EventAttribute(key="unsearchable", value="yes", index=False),
    )
    return ExecTxResult(data=key, gas_wanted=1, gas_used=1, events=(Event(type="app", attributes=attributes),))


def _attribute(key: str, value: str) -> EventAttribute:
    return EventAttribute(key=key, value=value, index=True)
