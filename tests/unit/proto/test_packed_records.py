import pytest

from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_bank_v1beta1 import MsgSendResponse
from qos.proto.records.cosmos_base_v1beta1 import Coin


@pytest.mark.parametrize(
    "record",
    [Coin(denom="aqos", amount=7), MsgSendResponse(), Coin(denom="a" * 100, amount=2**250)],
)
def test_a_record_packed_at_once_is_the_packed_record_encoded(record: Record) -> None:
    assert codec.encode_packed(record) == codec.encode(codec.pack(record))
