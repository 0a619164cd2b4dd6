"""Accounts of genesis that stand in a file beside the document, which names it by hash: more than a document takes.

A line is `<40 hex digits of the address> <denomination> <amount>`; lines ascend, and no two name one account and asset.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Final

from qos.base.identifiers import Address, is_denom
from qos.machine.genesis import BadGenesis
from qos.machine.module import Beside, Lines
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.accounts.state import STORE as ACCOUNTS_STORE
from qos.modules.assets.bank.state import BALANCES, STORE, SUPPLY
from qos.proto import codec
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_bank_v1 import GenesisState, Holdings

MAX_LINE_BYTES: Final = 256
"""No line is longer: 40 digits, a denomination of 128 bytes, an amount of 78 digits, two spaces, the end of line."""

_LINE = re.compile(rb"([0-9a-f]{40}) ([a-zA-Z][a-zA-Z0-9/:._-]{2,127}) ([1-9][0-9]{0,77})\n")
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account holds of one asset; the amount in decimal, as the ledger stores it."""

    address: bytes
    denom: bytes
    amount: bytes


def line_of(address: bytes, denom: str, amount: int) -> bytes:
    """Return the line of one holding; lines are in order when they are sorted as bytes."""
    return b"%s %s %d\n" % (address.hex().encode(), denom.encode(), amount)


class Reading:
    """Reads lines and sums them up. Raises: BadGenesis at the first line that is malformed or out of order."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._accounts = 0
        self._total: dict[bytes, int] = {}

    def holdings(self, lines: Iterator[bytes]) -> Iterator[Holding]:
        """Yield the holdings of all lines."""
        last = last_line = b""
        update, total = self._digest.update, self._total
        for number, line in enumerate(lines, 1):
            match = _LINE.fullmatch(line)
            if match is None:
                raise BadGenesis(f"line {number} of the holdings is malformed: {line[:60]!r}")
            digits, denom, amount = match.groups()
            named = line[: match.end(2)]
            if named <= last_line:
                raise BadGenesis(f"line {number} of the holdings does not follow the one before: {line[:60]!r}")
            update(line)
            if digits != last:
                self._accounts += 1
            last, last_line = digits, named
            total[denom] = total.get(denom, 0) + int(amount)
            yield Holding(bytes.fromhex(digits.decode()), denom, amount)

    def found(self) -> Holdings:
        """Return what the lines read so far are, as a genesis document names it."""
        total = tuple(Coin(denom=denom.decode(), amount=self._total[denom]) for denom in sorted(self._total))
        return Holdings(sha256=self._digest.hexdigest(), accounts=self._accounts, total=total)


def verified(named: Holdings, lines: Lines) -> Iterator[Holding]:
    """Yield the holdings of the file that was named. Raises: BadGenesis, at the end when it is another file."""
    reading = Reading()
    yield from reading.holdings(lines())
    found = reading.found()
    if found.sha256 != named.sha256:
        raise BadGenesis(
            f"the file of holdings has SHA-256 {found.sha256}, the document names {named.sha256}: "
            "take the file that was published with it"
        )
    if found != named:
        raise BadGenesis(
            f"the file has {found.accounts} accounts and {found.total}, the document says {named.accounts}"
            f" and {named.total}"
        )


def _named(state: GenesisState) -> bytes | None:
    """Return what binds the file. Raises: BadGenesis when the document cannot mean one."""
    holdings = state.holdings
    if holdings is None:
        return None
    if _SHA256.fullmatch(holdings.sha256) is None:
        raise BadGenesis("holdings: sha256 must be 64 hexadecimal digits in lower case")
    denoms = [coin.denom for coin in holdings.total]
    if denoms != sorted(set(denoms)) or not all(is_denom(denom) for denom in denoms):
        raise BadGenesis("holdings: the sums must be in order of denomination, one each")
    return codec.encode(holdings)


def _tables(state: GenesisState, lines: Lines) -> Sequence[tuple[str, Iterator[tuple[bytes, bytes]]]]:
    """Return accounts and ledger as pairs; each reads the file once, and believes it at its end only."""
    assert state.holdings is not None
    named = state.holdings
    addresses = (Address(address) for address, _ in groupby(verified(named, lines), _address_of))
    return (ACCOUNTS_STORE, accounts.rows_of_new(addresses)), (STORE, _ledger(named, lines))


def _address_of(holding: Holding) -> bytes:
    return holding.address


def _ledger(named: Holdings, lines: Lines) -> Iterator[tuple[bytes, bytes]]:
    for coin in named.total:
        yield SUPPLY.raw_key(coin.denom), SUPPLY.value.encode(coin.amount)
    # As `BALANCES` has keys and values, without a detour: there are millions.
    head = BALANCES.prefix + b"\x14"
    for holding in verified(named, lines):
        yield head + holding.address + holding.denom, holding.amount


BESIDE: Beside[GenesisState] = Beside(named=_named, tables=_tables)
