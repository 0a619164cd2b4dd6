"""No two transactions share an amino JSON document: whatever is changed in a message shows (T2)."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qos.base.errors import RuleViolation
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.machine.signing import amino_document
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_tx_v1beta1 import Fee, TxBody

KINDS = sorted({route.kind.full_name for chain in (PUBLIC, BUSINESS, CASSINI) for route in chain.messages.values()})


def document(message: AnyRecord) -> bytes | None:
    try:
        return amino_document(TxBody(messages=(message,)), Fee(gas_limit=1), "qos-1", 1, 1)
    except RuleViolation:
        return None


@st.composite
def values(draw: st.DrawFn, full_name: str) -> bytes:
    """Return the canonical encoding of a message with some fields filled, formats aside."""
    message = codec.message_class(full_name)()
    _fill(draw, message, 0)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _fill(draw: st.DrawFn, message: Any, depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        if not draw(st.booleans()):
            continue
        if field.message_type is not None:
            inner = getattr(message, field.name)
            target = inner.add() if field.is_repeated else inner
            if not field.is_repeated:
                target.SetInParent()
            if depth < 2 and not field.message_type.full_name.startswith("google."):
                _fill(draw, target, depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).append(draw(_scalar(field)))
        else:
            setattr(message, field.name, draw(_scalar(field)))


def _scalar(field: Any) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.cpp_type == field.CPPTYPE_STRING:
        return st.binary(max_size=3) if field.type == field.TYPE_BYTES else st.text("ab<", max_size=3)
    return st.booleans() if field.cpp_type == field.CPPTYPE_BOOL else st.integers(0, 3)


@pytest.mark.parametrize("full_name", KINDS)
def test_two_different_messages_have_two_documents(full_name: str) -> None:
    @settings(max_examples=max(10, settings().max_examples // 10))
    @given(values(full_name), values(full_name))
    def differ(one: bytes, other: bytes) -> None:
        assume(one != other)
        url = "/" + full_name
        shown = document(AnyRecord(type_url=url, value=one))
        assert shown is None or shown != document(AnyRecord(type_url=url, value=other))

    differ()
