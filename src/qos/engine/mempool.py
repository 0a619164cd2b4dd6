"""Transactions that wait for a block: bounded, the dearest kept, checked again only when something changed for them."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from qos.base.amounts import mul_div_ceil
from qos.engine.waiting import Waiting, WaitingLines
from qos.machine.abci import Ahead, Application, CheckResult, Terms, refused
from qos.machine.admission import MAX_BLOCK_GAS
from qos.machine.errors import InsufficientFee, MempoolFull, TxInMempool, WrongSequence
from qos.machine.proposal import MAX_BLOCK_BYTES

REPLACEMENT_PERCENT = 110
"""What a replacement pays for a unit of gas at least, in parts of what the replaced one does."""

ROOM_BYTES = MAX_BLOCK_BYTES // 2
"""A block below this had room for what it left out; above it may just have been full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MempoolLimits:
    """How much may wait (F2). `seen` is the number of hashes remembered to refuse what was handled already."""

    transactions: int = 5_000
    size_bytes: int = 64 * 1024 * 1024
    per_sender: int = 16
    seen: int = 10_000


class Mempool:
    """Waiting transactions of one chain.

    A signer's stand in order of sequence; one with the same signers and sequences replaces another for a tenth more.
    When there is no room, the cheapest at an end of a line goes for a dearer one. What offers less than gas costs
    now stays, for prices fall again.
    """

    def __init__(self, application: Application, limits: MempoolLimits) -> None:
        self._application = application
        self._limits = limits
        self._lines = WaitingLines()
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._arrivals = 0
        self._gas_price = application.gas_price()

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def size_bytes(self) -> int:
        """Bytes of all that waits."""
        return self._lines.size_bytes

    def submit(self, tx: bytes) -> CheckResult:
        """Check a transaction and let it wait; a code other than 0 says why it does not.

        What waits or was handled lately answers TxInMempool. A sender with too many waiting, or a mempool full of
        dearer ones, answers MempoolFull: such a transaction may be sent again after the next block. A replacement
        that pays too little answers InsufficientFee with what it takes.
        """
        key = sha256(tx).digest()
        if key in self._lines.entries:
            return refused(_KNOWN)
        return self.submit_new(key, tx)

    def submit_new(self, key: bytes, tx: bytes) -> CheckResult:
        """Do as `submit` with what does not wait, under its SHA-256."""
        if key in self._seen:
            return refused(_KNOWN)
        victims: list[bytes] = []

        def place(terms: Terms) -> Ahead:
            old = self._lines.in_place_of(terms)
            if old is not None:
                _check_replacement(old.terms, terms)
            else:
                self._check_sender(terms)
            victims.extend(self._victims(terms, len(tx) - (len(old.tx) if old else 0), 0 if old else 1))
            return self._lines.ahead(terms)

        result = self._application.check_tx(tx, place=place)
        if result.terms is None:
            return result
        for victim in victims:
            self._lines.drop(victim)
        self._take_in(key, tx, result.terms)
        return result

    def find(self, key: bytes) -> Waiting | None:
        """Return what waits under a SHA-256."""
        return self._lines.entries.get(key)

    def keys(self) -> tuple[bytes, ...]:
        """Return the SHA-256 of all that waits, by arrival."""
        return tuple(self._lines.entries)

    def drop(self, key: bytes) -> None:
        """Forget what waits under a SHA-256 and all that can only be valid after it."""
        self._lines.drop(key)

    def check(self, tx: bytes) -> CheckResult:
        """Check a transaction behind what waits, without letting it wait."""
        return self._application.check_tx(tx, place=self._lines.ahead)

    def waiting(self, limit: int) -> tuple[bytes, ...]:
        """Return the first `limit` waiting transactions."""
        return tuple(entry.tx for _, entry in zip(range(limit), self._lines.entries.values(), strict=False))

    def candidates(self) -> list[Waiting]:
        """Return what offers enough for the next block, in order of arrival."""
        return [entry for entry in self._lines.entries.values() if entry.terms.price >= self._gas_price]

    def has_candidates(self) -> bool:
        """Tell whether anything waits that offers enough for the next block."""
        return any(entry.terms.price >= self._gas_price for entry in self._lines.entries.values())

    def committed(self, txs: Sequence[bytes], height: int, offered: Sequence[Waiting] = ()) -> None:
        """Forget what the block of a height holds and check again what it may have spoilt; what fails is dropped.

        That is: what somebody signs or pays who signed or paid in the block, what was offered for it and left out
        though there was room, and everything when the block holds what did not wait here.
        """
        people: dict[bytes, None] = {}
        gas, is_foreign = 0, False
        for tx in txs:
            key = sha256(tx).digest()
            self._remember(key)
            entry = self._lines.entries.get(key)
            is_foreign = is_foreign or entry is None
            if entry is not None:
                gas += entry.terms.gas_limit
                people[entry.terms.payer] = None
                people.update([(signer, None) for signer, _ in entry.terms.signers])
                self._lines.settle(key)
        left_out = self._left_out(offered, gas, sum(map(len, txs)))
        self._gas_price = self._application.gas_price()
        for key in self._lines.expired(height):
            self._lines.drop(key)
        everything = list(self._lines.entries.values())
        self._recheck(everything if is_foreign else [*self._lines.touching(people), *left_out])

    def _left_out(self, offered: Sequence[Waiting], gas: int, size: int) -> list[Waiting]:
        """Return what the block had room for: the proposer found it inadmissible."""
        return [
            entry
            for entry in offered
            if entry.key in self._lines.entries
            and gas + entry.terms.gas_limit <= MAX_BLOCK_GAS
            and size + len(entry.tx) <= ROOM_BYTES
        ]

    def _recheck(self, entries: Iterable[Waiting]) -> None:
        promised: dict[bytes, int] = {}
        checked: dict[bytes, None] = {}
        for entry in entries:
            if entry.key in checked or entry.key not in self._lines.entries:
                continue
            checked[entry.key] = None
            payer = entry.terms.payer
            ahead = Ahead(self._lines.counts_before(entry.terms), promised.get(payer, 0))
            result = self._application.check_tx(entry.tx, recheck=True, place=partial(_given, ahead))
            if result.code and (result.codespace, result.code) != _TOO_CHEAP:
                self._lines.drop(entry.key)
            else:
                promised[payer] = promised.get(payer, 0) + entry.terms.fee

    def _check_sender(self, terms: Terms) -> None:
        for signer, sequence in terms.signers:
            if (expected := self._lines.taken(signer, sequence)) is not None:
                raise WrongSequence(expected, sequence)
        limit = self._limits.per_sender
        if any([self._lines.length(signer) >= limit for signer, _ in terms.signers]):
            raise MempoolFull(f"mempool is full for this sender: {limit} transactions wait already")

    def _victims(self, terms: Terms, size: int, count: int) -> list[bytes]:
        """Return the cheaper ones that have to go for a transaction to fit. Raises: MempoolFull."""
        limits = self._limits
        victims: list[bytes] = []
        excess = len(self._lines.entries) + count - limits.transactions
        excess_bytes = self._lines.size_bytes + size - limits.size_bytes
        if excess <= 0 and excess_bytes <= 0:
            return victims
        worth = self._lines.worth(terms)
        for price, entry in self._lines.cheapest_ends():
            if price >= worth:  # so is whatever it would have to follow itself
                break
            victims.append(entry.key)
            excess, excess_bytes = excess - 1, excess_bytes - len(entry.tx)
            if excess <= 0 and excess_bytes <= 0:
                return victims
        raise MempoolFull(
            f"mempool is full: {len(self)} transactions, {self.size_bytes} bytes wait; offer more than {worth} for a "
            "unit of gas, or send it again after the next block",
        )

    def _take_in(self, key: bytes, tx: bytes, terms: Terms) -> None:
        old = self._lines.in_place_of(terms)
        if old is not None:
            self._lines.replace(old, Waiting(key, tx, terms, old.arrival))
            return
        self._arrivals += 1
        self._lines.add(Waiting(key, tx, terms, self._arrivals))

    def _remember(self, key: bytes) -> None:
        self._seen[key] = None
        if len(self._seen) > self._limits.seen:
            self._seen.popitem(last=False)


_KNOWN = TxInMempool("tx already exists in cache")
_TOO_CHEAP = InsufficientFee.code.codespace, InsufficientFee.code.number


def _given(ahead: Ahead, terms: Terms) -> Ahead:
    del terms
    return ahead


def _check_replacement(old: Terms, new: Terms) -> None:
    """Refuse a replacement that is not dear enough. Raises: InsufficientFee."""
    needed = max(mul_div_ceil(old.price, REPLACEMENT_PERCENT, 100), old.price + 1)
    if new.price < needed:
        _, sequence = new.signers[0]
        raise InsufficientFee(
            f"a transaction with sequence {sequence} waits already at {old.price} for a unit of gas: to replace it "
            f"offer at least {needed}, that is {needed * new.gas_limit}: insufficient fee",
        )
