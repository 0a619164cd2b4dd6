"""Keys of the store `distribution`."""

from qos.base.identifiers import Address
from qos.proto.records.qos_distribution_v1 import Claim, Params, Payout, Slash, ValidatorRewards
from qos.store.collections import Index, Item, Map
from qos.store.keys import LENGTH_ADDRESS, U64, pair
from qos.store.values import RAW, record_of

STORE = "distribution"

PARAMS: Item[Params] = Item(STORE, b"\x01", record_of(Params))
REWARDS: Map[Address, ValidatorRewards] = Map(STORE, b"\x02", LENGTH_ADDRESS, record_of(ValidatorRewards))
CLAIMS: Map[tuple[Address, Address], Claim] = Map(
    STORE, b"\x03", pair(LENGTH_ADDRESS, LENGTH_ADDRESS), record_of(Claim)
)
"""By validator and delegator."""
WITHDRAW: Map[Address, bytes] = Map(STORE, b"\x04", LENGTH_ADDRESS, RAW)
"""Who is paid for a delegator that chose another account."""
PROPOSER: Item[bytes] = Item(STORE, b"\x05", RAW)
"""Consensus address of who proposed the newest block."""
PAYOUT: Item[Payout] = Item(STORE, b"\x06", record_of(Payout))
SLASHES: Map[tuple[Address, int], Slash] = Map(STORE, b"\x07", pair(LENGTH_ADDRESS, U64), record_of(Slash))
"""By validator and height."""
COMPOUNDING: Index[tuple[Address, Address]] = Index(STORE, b"\x08", pair(LENGTH_ADDRESS, LENGTH_ADDRESS))
"""Bonds that were touched and get their reward added at the end of a block, by validator and delegator."""
