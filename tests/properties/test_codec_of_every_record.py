"""Every record type: what is decoded encodes to the same bytes, as bytes and as JSON (T2)."""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.base.blocktime import SECOND_NS, ZERO_TIME_NS
from qos.base.errors import RuleViolation
from qos.base.identifiers import ACCOUNT_PREFIX, CONSENSUS_PREFIX, VALIDATOR_PREFIX, Address, format_address
from qos.proto import codec, records
from qos.proto.json import from_json, to_json
from qos.proto.record import AnyRecord, Record, Server
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_tx_v1beta1 import AuthInfo, TxBody, TxRaw
from qos.testing.chain import ALICE, BOB
from qos.testing.transactions import Signer, send, transaction

F = FieldDescriptor
PREFIXES = {
    "cosmos.AddressString": ACCOUNT_PREFIX,
    "cosmos.ValidatorAddressString": VALIDATOR_PREFIX,
    "cosmos.ConsensusAddressString": CONSENSUS_PREFIX,
}
RANGES = {
    F.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    F.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    F.CPPTYPE_UINT32: (0, 2**32 - 1),
    F.CPPTYPE_UINT64: (0, 2**64 - 1),
}
MODULES = [
    importlib.import_module(f"{records.__name__}.{found.name}") for found in pkgutil.iter_modules(records.__path__)
]


def defined(kind: type) -> Iterator[Any]:
    """Yield the subclasses of a type that the generated modules define."""
    for module in MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, kind) and value.__module__ == module.__name__:
                yield value


RECORDS: list[type[Record]] = sorted(defined(Record), key=lambda kind: kind.full_name)


def options(field: Any) -> dict[str, Any]:
    return OPTIONS[field.full_name]


def all_options() -> dict[str, dict[str, Any]]:
    """Return the options of every field by its full name, our own ones readable."""
    kind = message_factory.GetMessageClass(codec.pool().FindMessageTypeByName("google.protobuf.FileDescriptorSet"))
    parse: Any = kind.FromString
    files = parse(codec.descriptor_set()).file
    message_factory.GetMessageClassesForFiles([file.name for file in files], codec.pool())
    found: dict[str, dict[str, Any]] = {}
    for file in parse(codec.descriptor_set()).file:
        waiting = [(file.package, each) for each in file.message_type]
        while waiting:
            outer, each = waiting.pop()
            name = f"{outer}.{each.name}"
            waiting += [(name, inner) for inner in each.nested_type]
            for field in each.field:
                known = {option.full_name: value for option, value in field.options.ListFields()}
                found[f"{name}.{field.name}"] = known
    return found


OPTIONS = all_options()


@st.composite
def messages(draw: st.DrawFn, full_name: str) -> Any:
    """Return a protobuf message of that name whose fields keep their formats and limits."""
    message = codec.message_class(full_name)()
    _fill(draw, message, 0)
    return message


def _fill(draw: st.DrawFn, message: Any, depth: int) -> None:
    for oneof in message.DESCRIPTOR.oneofs:
        chosen = draw(st.sampled_from([None, *oneof.fields]))
        if chosen is not None:
            _set(draw, message, chosen, depth)
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is None and (_needed(field) or (depth < 3 and draw(st.booleans()))):
            _set(draw, message, field, depth)


def _needed(field: Any) -> bool:
    """An integer has no empty text, and some fields say themselves that they must be there."""
    known = options(field)
    exact = {"qos.options.v1.required", "qos.options.v1.exact_bytes"}
    return bool(exact & set(known)) or known.get("cosmos_proto.scalar") in ("cosmos.Int", "cosmos.Dec")


def _set(draw: st.DrawFn, message: Any, field: Any, depth: int) -> None:
    if field.is_repeated:
        for _ in range(draw(st.integers(0, min(2, options(field).get("qos.options.v1.max_items", 2))))):
            if field.message_type is not None:
                _fill_message(draw, getattr(message, field.name).add(), depth + 1)
            else:
                getattr(message, field.name).append(draw(_values(field)))
    elif field.message_type is not None:
        getattr(message, field.name).SetInParent()
        _fill_message(draw, getattr(message, field.name), depth + 1)
    else:
        setattr(message, field.name, draw(_values(field)))


def _fill_message(draw: st.DrawFn, message: Any, depth: int) -> None:
    name = message.DESCRIPTOR.full_name
    if name == "google.protobuf.Timestamp":
        last = 253_402_300_800 * SECOND_NS - 1
        message.seconds, message.nanos = divmod(draw(st.integers(ZERO_TIME_NS, last)), SECOND_NS)
    elif name == "google.protobuf.Duration":
        whole, sign = draw(st.integers(0, 315_576_000_000 * SECOND_NS)), draw(st.sampled_from([1, -1]))
        message.seconds, message.nanos = sign * (whole // SECOND_NS), sign * (whole % SECOND_NS)
    else:
        _fill(draw, message, depth)


def _values(field: Any) -> st.SearchStrategy[Any]:
    known, least = options(field), int(_needed(field))
    scalar = known.get("cosmos_proto.scalar", "")
    most = known.get("qos.options.v1.max_bytes", 200)
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if scalar in PREFIXES:
        return st.binary(min_size=20, max_size=20).map(lambda raw: format_address(Address(raw), PREFIXES[scalar]))
    if scalar in ("cosmos.Int", "cosmos.Dec") and field.type == F.TYPE_STRING:
        return st.integers(-(2**256 - 1), 2**256 - 1).map(str)
    if field.type == F.TYPE_BOOL:
        return st.booleans()
    if field.type == F.TYPE_BYTES:
        exact = known.get("qos.options.v1.exact_bytes")
        return st.binary(min_size=exact or least, max_size=exact or min(most, 40))
    if field.type == F.TYPE_STRING:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=least, max_size=min(most // 4, 20) or 1)
    return st.integers(*RANGES[field.cpp_type]) | st.integers(0, 3)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.full_name)
def test_a_record_is_read_and_written_without_a_change(kind: type[Record]) -> None:
    @settings(max_examples=max(6, settings().max_examples // 20))
    @given(messages(kind.full_name))
    def reads_back(message: Any) -> None:
        data = message.SerializeToString(deterministic=True)
        record = codec.decode(kind, data)
        assert codec.encode(record) == data
        assert codec.decode_lenient(kind, data + b"\xfa\xff\xff\xff\x0f\x00") == record
        assert hash(codec.decode(kind, data)) == hash(record)

    reads_back()


def _judged_by_protobuf(kind: type[Record], data: bytes) -> Record | tuple[type[RuleViolation], str]:
    try:
        return kind.read(codec.parse_canonical(kind.full_name, data))
    except RuleViolation as violation:
        return type(violation), str(violation)


def _decoded(kind: type[Record], data: bytes) -> Record | tuple[type[RuleViolation], str]:
    try:
        return codec.decode(kind, data)
    except RuleViolation as violation:
        return type(violation), str(violation)


@st.composite
def damaged(draw: st.DrawFn, source: bytes) -> bytes:
    """Return bytes with some cut out, put in, changed a little, or said twice."""
    data = source
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 6)))
        put = [b"", b"\x00", b"\x80\x00", b"\xff", data[start:end] * 2, bytes([(data[start:end] or b"\x08")[0] ^ 1])]
        small = st.binary(max_size=3) | st.sampled_from(put)
        data = data[:start] + draw(small) + data[end:]
    return data


SCANNED = [AnyRecord, *(kind for kind in RECORDS if "scan" in vars(kind))]


@pytest.mark.parametrize("kind", SCANNED, ids=lambda kind: kind.full_name)
def test_a_record_read_without_protobuf_is_the_one_protobuf_reads(kind: type[Record]) -> None:
    @settings(max_examples=settings().max_examples * 2)
    @given(st.data())
    def agrees(data: st.DataObject) -> None:
        source = data.draw(messages(kind.full_name)).SerializeToString(deterministic=True)
        found = data.draw(st.just(source) | damaged(source) | damaged(source))
        assert _decoded(kind, found) == _judged_by_protobuf(kind, found)

    agrees()


def test_no_layer_of_a_transfer_is_left_to_protobuf() -> None:
    """It would be right all the same, and slow."""
    data = transaction("qos-1", (Signer(key=ALICE, number=70_000, sequence=300),), send(ALICE.address, BOB.address, 5))
    raw = TxRaw.scan(data, 0, len(data))
    body = TxBody.scan(raw.body_bytes, 0, len(raw.body_bytes))
    auth_info = AuthInfo.scan(raw.auth_info_bytes, 0, len(raw.auth_info_bytes))
    sent = body.messages[0].value
    assert codec.encode(MsgSend.scan(sent, 0, len(sent))) == sent
    assert codec.encode(auth_info) == raw.auth_info_bytes
    assert codec.encode(body) == raw.body_bytes


def _reaches(start: Any, name: str) -> bool:
    """Tell whether a message type holds another one, at any depth."""
    seen: set[str] = set()
    waiting = [field.message_type for field in start.fields if field.message_type is not None]
    while waiting:
        found = waiting.pop()
        if found.full_name == name:
            return True
        if found.full_name not in seen:
            seen.add(found.full_name)
            waiting += [field.message_type for field in found.fields if field.message_type is not None]
    return False


WITHOUT_ANY = [
    kind for kind in RECORDS if not _reaches(codec.message_class(kind.full_name).DESCRIPTOR, "google.protobuf.Any")
]


@pytest.mark.parametrize("kind", WITHOUT_ANY, ids=lambda kind: kind.full_name)
def test_a_record_survives_json(kind: type[Record]) -> None:
    @settings(max_examples=max(4, settings().max_examples // 40))
    @given(messages(kind.full_name))
    def reads_back(message: Any) -> None:
        record = codec.decode(kind, message.SerializeToString(deterministic=True))
        assert from_json(kind, to_json(record)) == record

    reads_back()


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.full_name)
def test_random_bytes_are_a_record_in_its_one_form_or_refused(kind: type[Record]) -> None:
    @settings(max_examples=max(6, settings().max_examples // 20))
    @given(st.binary(max_size=60))
    def refused_or_canonical(data: bytes) -> None:
        with suppress(RuleViolation):
            assert codec.encode(codec.decode(kind, data)) == data

    refused_or_canonical()


def test_every_message_of_ours_has_its_record_and_every_service_its_table() -> None:
    names, services = set(), {}
    for module in MODULES:
        for kind in defined(Record):
            names.add(kind.full_name)
        for server in (each for each in defined(Server) if each.__module__ == module.__name__):
            services[server.full_name] = {method.name for method in server.methods}
            for method in server.methods:
                assert method.attribute in server.__annotations__
    for file in _files():
        declared = [name for each in file.message_types_by_name.values() for name in _nested(each)]
        assert set(declared) <= names, file.name
        for service in file.services_by_name.values():
            assert services[service.full_name] == set(service.methods_by_name)


def _files() -> Iterator[Any]:
    for name in sorted({codec.message_class(kind.full_name).DESCRIPTOR.file.name for kind in RECORDS}):
        yield codec.pool().FindFileByName(name)


def _nested(descriptor: Any) -> Iterator[str]:
    yield descriptor.full_name
    for inner in descriptor.nested_types:
        yield from _nested(inner)


def test_only_signature_modes_nest_without_end() -> None:
    """Static depth: no other type reaches itself, so that nesting is bounded by the definitions."""
    names = [kind.full_name for kind in RECORDS]
    endless = {name for name in names if _reaches(codec.message_class(name).DESCRIPTOR, name)}
    assert endless == {"cosmos.tx.v1beta1.ModeInfo", "cosmos.tx.v1beta1.ModeInfo.Multi"}
