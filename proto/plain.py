"""Render how a record is read from its canonical bytes without protobuf.

Canonical bytes hold the fields in ascending order, each at most once and none at its default: so the code goes
through them once, straight on, and when something is left over in the end it gives up. It gives up on fields that
are rare, on long numbers and on whatever is wrong, too. Then protobuf decides: giving up costs time, but what is taken
here must be canonical, and read as protobuf would.
"""

from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

F = FieldDescriptorProto
ANY = "google.protobuf.Any"
SCANNED = frozenset(
    {
        ANY,
        "cosmos.auth.v1beta1.BaseAccount",
        "cosmos.bank.v1beta1.MsgSend",
        "cosmos.base.v1beta1.Coin",
        "cosmos.tx.v1beta1.AuthInfo",
        "cosmos.tx.v1beta1.Fee",
        "cosmos.tx.v1beta1.ModeInfo",
        "cosmos.tx.v1beta1.ModeInfo.Single",
        "cosmos.tx.v1beta1.SignerInfo",
        "cosmos.tx.v1beta1.TxBody",
        "cosmos.tx.v1beta1.TxRaw",
    }
)
"""Records of which a node reads thousands a second, those of a transfer; all others are read by protobuf alone."""

SHARED = frozenset({"cosmos.tx.v1beta1.Fee", "cosmos.tx.v1beta1.ModeInfo"})
"""Of these few differ: the same short bytes inside another record of the package become the same record."""

HIGHEST = 15
"""The highest number of a field whose tag is one byte."""

VARINTS = {F.TYPE_INT64: 63, F.TYPE_UINT64: 63, F.TYPE_INT32: 31, F.TYPE_UINT32: 31, F.TYPE_ENUM: 31}
"""How many bits of a number are taken; longer and negative ones are left to protobuf."""

_NEXT = "t = d[i] if i < end else 0"


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """One field: what protobuf calls it, the type of its value, and how that is made of the text, bytes or number."""

    field: FieldDescriptorProto
    kind: str
    value: str
    limit: int = 0

    @property
    def local(self) -> str:
        """Name of the variable it is gathered in."""
        return f"{self.field.name}_"

    @property
    def is_repeated(self) -> bool:
        """Whether it is a list."""
        return self.field.label == F.LABEL_REPEATED

    @property
    def is_message(self) -> bool:
        """Whether it is a message."""
        return self.field.type == F.TYPE_MESSAGE

    @property
    def has_presence(self) -> bool:
        """Whether its default is written when it is set."""
        return self.is_message or self.is_repeated or self.field.HasField("oneof_index")


def scan(name: str, fields: list[Scanned]) -> list[str]:
    """Return the lines of the method that reads a record."""
    lines = ["@staticmethod", f"def scan(d: bytes, i: int, end: int) -> {name}:"]
    lines += [f"    {each.local}{_start(each)}" for each in fields]
    lines.append(f"    {_NEXT}")
    for each in sorted(fields, key=lambda each: each.field.number):
        lines += [f"    {line}" for line in _taken(each, fields)]
    lines += ["    if i != end:", "        raise NotPlain", f"    r = new({name})"]
    lines += [f"    _{name}_{each.field.name}(r, {_made(each)})" for each in fields]
    return [*lines, "    return r"]


def _start(each: Scanned) -> str:
    """Return what stands behind the variable of a field that is absent."""
    kind = each.kind if each.is_message else _raw(each)
    if each.is_repeated:
        return f": list[{kind}] = []"
    if each.has_presence:
        return f": {kind} | None = None"
    return {"str": ' = ""', "bytes": ' = b""'}.get(kind, " = 0")


def _raw(each: Scanned) -> str:
    return {F.TYPE_STRING: "str", F.TYPE_BYTES: "bytes"}.get(each.field.type, "int")


def _made(each: Scanned) -> str:
    """Return the expression of a field's value, as `read` has it."""
    if not each.is_repeated:
        return each.value.format(each.local)
    items = f"at_most({each.local}, {each.limit}, {each.field.name!r})" if each.limit else each.local
    return f"tuple({items})" if each.value == "{}" else f"tuple([{each.value.format('i')} for i in {items}])"


def _taken(each: Scanned, fields: list[Scanned]) -> list[str]:
    """Return what takes a field, when it stands here; nothing for what is left to protobuf."""
    body = _body(each)
    if each.field.number > HIGHEST or not body:
        return []
    body = [*_alone(each, fields), *body, _NEXT]
    wire = 2 if each.field.type in (F.TYPE_STRING, F.TYPE_BYTES, F.TYPE_MESSAGE) else 0
    word = "while" if each.is_repeated else "if"
    return [f"{word} t == {each.field.number << 3 | wire}:", *(f"    {line}" for line in body)]


def _alone(each: Scanned, fields: list[Scanned]) -> list[str]:
    """Return what gives up when an earlier member of the same oneof is there."""
    if not each.field.HasField("oneof_index"):
        return []
    place = each.field.oneof_index, each.field.number
    others = [other for other in fields if other.field.HasField("oneof_index")]
    earlier = [other for other in others if (place[0], 0) < (other.field.oneof_index, other.field.number) < place]
    return [line for other in earlier for line in (f"if {other.local} is not None:", "    raise NotPlain")]


def _body(each: Scanned) -> list[str]:
    kind = each.field.type
    put = f"{each.local}.append({{}})" if each.is_repeated else f"{each.local} = {{}}"
    if kind in VARINTS and not each.has_presence:
        return _number(each.local, VARINTS[kind], "not 0 < {} < 128")
    length = _number("n", VARINTS[F.TYPE_INT32], "{} > 127" if each.has_presence else "not 0 < {} < 128")
    if kind == F.TYPE_MESSAGE and each.field.type_name[1:] in SCANNED:
        made = f"{each.kind}.scan(d, i, i + n)"
        if each.field.type_name[1:] in SHARED:  # a long one would be kept with all its bytes
            made = f"_{each.kind}_shared(d[i : i + n]) if n < 128 else {made}"
        return [*length, put.format(made), "i += n"]
    if kind in (F.TYPE_STRING, F.TYPE_BYTES) and not each.field.HasField("oneof_index"):
        return [*length, put.format("d[i : i + n]" + (".decode()" if kind == F.TYPE_STRING else "")), "i += n"]
    return []


def _number(name: str, bits: int, is_long: str) -> list[str]:
    """Return what reads a number behind a tag; one that is long, or a default that is not written, is looked at."""
    return [
        f"{name} = d[i + 1]",
        "i += 2",
        f"if {is_long.format(name)}:",
        f"    {name}, i = long_number(d, i - 1, {bits})",
    ]
