"""Keys of the store `distribution`."""

from qos.base.identifiers import Address
from qos.proto import codec
from qos.proto.records.qos_distribution_v1 import Claim, Params, Payout, Slash, ValidatorRewards
from qos.store.collections import Index, Item, Map
from qos.store.keys import LENGTH_ADDRESS, U64, pair
from qos.store.values import RAW, ValueCodec

STORE = "distribution"

PARAMS: Item[Params] = Item(STORE, b"\x01", ValueCodec(codec.encode, lambda data: codec.decode(Params, data)))
REWARDS: Map[Address, ValidatorRewards] = Map(
    STORE, b"\x02", LENGTH_ADDRESS, ValueCodec(codec.encode, lambda data: codec.decode(ValidatorRewards, data))
)
CLAIMS: Map[tuple[Address, Address], Claim] = Map(
    STORE,
    b"\x03",
    pair(LENGTH_ADDRESS, LENGTH_ADDRESS),
    ValueCodec(codec.encode, lambda data: codec.decode(Claim, data)),
)
"""By validator and delegator."""
WITHDRAW: Map[Address, bytes] = Map(STORE, b"\x04", LENGTH_ADDRESS, RAW)
"""Who is paid for a delegator that chose another account."""
PROPOSER: Item[bytes] = Item(STORE, b"\x05", RAW)
"""Consensus address of who proposed the newest block."""
PAYOUT: Item[Payout] = Item(STORE, b"\x06", ValueCodec(codec.encode, lambda data: codec.decode(Payout, data)))
SLASHES: Map[tuple[Address, int], Slash] = Map(
    STORE, b"\x07", pair(LENGTH_ADDRESS, U64), ValueCodec(codec.encode, lambda data: codec.decode(Slash, data))
)
"""By validator and height."""
COMPOUNDING: Index[tuple[Address, Address]] = Index(STORE, b"\x08", pair(LENGTH_ADDRESS, LENGTH_ADDRESS))
"""Bonds that were touched and get their reward added at the end of a block, by validator and delegator."""
