"""A shop's back-end: orders are paid in QOS from the public chain, customers get loyalty tokens back.

A customer sends QOS to the shop's account on its chain with the order's number as memo. This program follows what
arrives, notes each payment, and answers with tokens to the customer's account on the public chain. It can be killed at
any moment: the database remembers how far the stream was dealt with, and every payout has a key of its own, so that
doing it again pays nobody twice.

    python examples/order_backend.py --gateway 127.0.0.1:9443 --certificates ~/.qos/local/ca/shop-2 --name orders \
        --shop qos1... --token qsc/SHOP2 --database orders.db
"""

import argparse
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from qos.base.identifiers import format_address
from qos.proto.records.qos_qcp_v1 import Arrival
from qos.sdk.errors import GatewayError
from qos.sdk.gateway import Files, Gateway

PUBLIC_CHAIN = "qos-1"
AQOS_PER_TOKEN = 10**18
"""One whole QOS earns one whole token; a token has 6 decimals."""

TOKEN_UNIT = 10**6
RETRY_S = 1.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    number TEXT PRIMARY KEY, sequence INTEGER, customer TEXT, paid TEXT, payout INTEGER, settled INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS cursor (chain TEXT PRIMARY KEY, sequence INTEGER) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Which account is paid, and in which token it thanks."""

    account: str
    token: str


class Orders:
    """The shop's own database."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file)
        self._database.executescript(_SCHEMA)

    def cursor(self) -> int:
        """Return the last arrival that was dealt with."""
        row = self._database.execute("SELECT sequence FROM cursor WHERE chain = ?", (PUBLIC_CHAIN,)).fetchone()
        return int(row[0]) if row else 0

    def paid(self, number: str, arrival: Arrival, customer: str, amount: int, payout: int) -> None:
        """Note that an order was paid and thanked for, and that the arrival is dealt with: both or neither."""
        with self._database:
            self._database.execute(
                "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, 0)",
                (number, arrival.sequence, customer, str(amount), payout),
            )
            self._move(arrival.sequence)

    def passed(self, arrival: Arrival) -> None:
        """Note that an arrival is dealt with."""
        with self._database:
            self._move(arrival.sequence)

    def settled(self, payout: int) -> None:
        """Note that the customer has the tokens."""
        with self._database:
            self._database.execute("UPDATE orders SET settled = 1 WHERE payout = ?", (payout,))

    def _move(self, sequence: int) -> None:
        self._database.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (PUBLIC_CHAIN, sequence))


def serve(gateway: Gateway, orders: Orders, shop: Shop) -> None:
    """Deal with what arrives, for ever. Raises: GatewayError."""
    for arrival in gateway.stream(PUBLIC_CHAIN, after=orders.cursor()):
        if arrival.result is not None:
            if arrival.result.code == 0:
                orders.settled(arrival.result.request_sequence)
            orders.passed(arrival)
        elif is_payment(arrival, shop):
            thank(gateway, orders, arrival, shop)
        else:
            orders.passed(arrival)


def is_payment(arrival: Arrival, shop: Shop) -> bool:
    """Tell whether QOS came to the shop's account for an order; what failed on arrival was refunded already."""
    moved = arrival.transfer
    if moved is None or arrival.receipt is None or arrival.receipt.code:
        return False
    # A path would say that the asset came to the public chain from elsewhere: another chain may call its own aqos too.
    is_qos = moved.denom == "aqos" and not moved.path
    return is_qos and format_address(moved.recipient) == shop.account and moved.memo.startswith("order-")


def thank(gateway: Gateway, orders: Orders, arrival: Arrival, shop: Shop) -> None:
    """Send the customer's tokens, then note it. Killed in between, the same key finds the payout that was sent."""
    moved = arrival.transfer
    assert moved is not None
    customer = format_address(moved.sender)
    tokens = moved.amount * TOKEN_UNIT // AQOS_PER_TOKEN
    if not tokens:
        orders.paid(moved.memo, arrival, customer, moved.amount, 0)
        return
    sent = gateway.send_transfer(
        f"loyalty-{arrival.sequence}",
        destination=PUBLIC_CHAIN,
        recipient=customer,
        denom=shop.token,
        amount=tokens,
        memo=f"thanks for {moved.memo}",
    )
    orders.paid(moved.memo, arrival, customer, moved.amount, sent.sequence)
    print(f"{moved.memo}: {moved.amount} aqos from {customer}, thanked with packet {sent.sequence}", flush=True)


def main() -> int:
    """Run until killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", required=True, help="host:port")
    parser.add_argument("--certificates", required=True, type=Path, help="folder of qos ca")
    parser.add_argument("--name", required=True, help="name of this back-end's certificate")
    parser.add_argument("--shop", required=True, help="address that is paid")
    parser.add_argument("--token", required=True, help="denomination of the loyalty token")
    parser.add_argument("--database", required=True, type=Path)
    arguments = parser.parse_args()
    orders, shop = Orders(arguments.database), Shop(account=arguments.shop, token=arguments.token)
    with Gateway(arguments.gateway, Files.of(arguments.certificates, arguments.name)) as gateway:
        while True:
            try:
                serve(gateway, orders, shop)
            except GatewayError as error:
                if not error.may_retry:
                    print(f"{error.status}: {error}", file=sys.stderr)
                    return 1
                time.sleep(RETRY_S)


if __name__ == "__main__":
    sys.exit(main())
