"""One message of any kind: every field that has to be there is, whatever the chain then says to it."""

from typing import Any

from qos.base.identifiers import ACCOUNT_PREFIX, CONSENSUS_PREFIX, VALIDATOR_PREFIX, Address, format_address
from qos.proto import catalog, codec
from qos.proto.catalog import Field
from qos.proto.record import Record

_PREFIXES = {
    "cosmos.AddressString": ACCOUNT_PREFIX,
    "cosmos.ValidatorAddressString": VALIDATOR_PREFIX,
    "cosmos.ConsensusAddressString": CONSENSUS_PREFIX,
}
_ANY_BYTES = 20


def sample(kind: type[Record], signer: Address, chain_id: str = "") -> Record:
    """Return a message of a kind that only this address has to sign: every address in it is the signer's.

    It is about a chain where one is given. Raises: AttributeError when the kind names none.
    """
    message = codec.message_class(kind.full_name)()
    _fill(message, signer)
    if chain_id:
        message.chain_id = chain_id
    return kind.read(message)


def _fill(message: Any, signer: Address) -> None:
    for field in catalog.message(message.DESCRIPTOR.full_name).fields:
        if field.kind == "message" and not field.repeated:
            if field.required:
                getattr(message, field.name).SetInParent()
                _fill(getattr(message, field.name), signer)
        elif field.kind != "message" and (value := _value(field, signer)) is not None:
            if field.repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)


def _value(field: Field, signer: Address) -> object:
    """Return a small value; None leaves a field unset."""
    if field.scalar in _PREFIXES:
        return format_address(signer, _PREFIXES[field.scalar])
    match field.kind:
        case "text":
            return "1"
        case "bytes":
            return bytes([1]) * (field.exact_bytes or _ANY_BYTES)
        case "integer":
            return 1
        case "enum":
            return 1
    return None
