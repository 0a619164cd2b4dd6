"""Keys of the store `feegrant`."""

from qos.base.identifiers import Address
from qos.proto.records.cosmos_feegrant_v1beta1 import Grant
from qos.store.collections import Index, Map
from qos.store.keys import LENGTH_ADDRESS, U64, pair, triple
from qos.store.values import RAW, record_of

STORE = "feegrant"

GRANTS: Map[tuple[Address, Address], Grant] = Map(
    STORE, b"\x00", pair(LENGTH_ADDRESS, LENGTH_ADDRESS), record_of(Grant)
)
"""By grantee and granter."""

BY_GRANTER: Map[tuple[Address, Address], bytes] = Map(STORE, b"\x01", pair(LENGTH_ADDRESS, LENGTH_ADDRESS), RAW)
"""By granter and grantee; the values say nothing."""

EXPIRING: Index[tuple[int, Address, Address]] = Index(STORE, b"\x02", triple(U64, LENGTH_ADDRESS, LENGTH_ADDRESS))
"""By time, grantee and granter."""
