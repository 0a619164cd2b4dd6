"""Who sends in a load, and what: signed beforehand."""

from hashlib import sha256

from benchmarks.transfers import address_of, signed
from qos.base.identifiers import Address
from qos.crypto import secp256k1

GAS = 22_000
"""A little more than a transfer uses: a block holds as much as its gas allows."""


class People:
    """Senders with accounts from genesis on, in order; each signs with the sequences that follow."""

    def __init__(self, senders: int, accounts: int) -> None:
        self._privates = [sha256(b"load%d" % index).digest() for index in range(senders)]
        self._publics = [secp256k1.public_key(key) for key in self._privates]
        self._holders = accounts - senders
        self._signed = 0

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The senders' addresses, which are the first accounts of genesis."""
        return tuple(secp256k1.address(key) for key in self._publics)

    def __len__(self) -> int:
        return len(self._privates)

    def transfers(self, count: int) -> list[bytes]:
        """Return the next transfers, each of the next sender in turn, to holders that exist."""
        found = []
        for turn in range(self._signed, self._signed + count):
            sequence, number = divmod(turn, len(self._privates))
            to = address_of(turn * 7_919 % self._holders)
            found.append(signed(self._privates[number], self._publics[number], number, sequence, to, GAS))
        self._signed += count
        return found

    def back_to(self, sent: int) -> None:
        """Go on behind the first so many transfers: the others were not handed in."""
        self._signed = sent
