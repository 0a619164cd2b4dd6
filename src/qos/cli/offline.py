"""What `qos tx ... --generate-only`, `qos tx sign` and `qos tx multisign` do: transactions as documents in files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from qos.base.errors import RuleViolation
from qos.base.identifiers import parse_address
from qos.base.strictjson import BadJson, parse_json, render_json
from qos.cli.errors import UsageError
from qos.cli.options import SignMode
from qos.cli.session import Session, ask
from qos.client import offline
from qos.client.calls import Transport
from qos.client.node import status
from qos.client.queries import AccountState
from qos.client.transactions import Draft, account_at, priced
from qos.machine.signing import AMINO, DIRECT
from qos.machine.transaction import MAX_TX_BYTES
from qos.proto.codec import encode
from qos.proto.json import from_json, to_json
from qos.proto.record import Record
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignatureDescriptor, SignatureDescriptors
from qos.proto.records.cosmos_tx_v1beta1 import Tx

R = TypeVar("R", bound=Record)
_MAX_DOCUMENT_BYTES = 8 * MAX_TX_BYTES
_GIVE = "give a file with what qos tx printed: --generate-only, then sign or multisign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a transaction will count: which chain, and the signer's number and sequence there. None: ask the node."""

    chain: str
    node: str
    chain_id: str | None
    account_number: int | None
    sequence: int | None


def show_unsigned(opened: Session, url: str, name: str, draft: Draft) -> None:
    """Print a draft as a transaction to sign. Raises: UsageError, and what pricing raises."""
    if not draft.gas_limit:
        key = opened.public_key(name)
        if key is None:
            raise UsageError(f"the key of {name} is not here, so its gas cannot be simulated", "give --gas and --fee")
        address = parse_address(opened.address(name))

        async def price(node: Transport) -> Draft:
            return await priced(node, key, draft, await account_at(node, address))

        draft = ask(url, price)
    elif draft.fee is None:
        raise UsageError("a transaction with --gas needs its fee", "give --fee, or leave --gas out to ask the node")
    _print(offline.unsigned(draft))


def sign(opened: Session, file: Path, name: str, place: Place, mode: SignMode, passphrase_file: Path | None) -> None:
    """Print a transaction with one more signature. Raises: CannotCombine, UsageError, what finding the key raises."""
    tx = _read(file, Tx)
    account, chain_id = _settled(opened, place, opened.address(name))
    signer = opened.signer(name, passphrase_file)
    _print(offline.signed(tx, signer, account, chain_id, AMINO if mode is SignMode.AMINO_JSON else DIRECT))


def sign_as_member(
    opened: Session, file: Path, name: str, group: str, place: Place, passphrase_file: Path | None
) -> None:
    """Print a multisig member's signature over a transaction. Raises: as `sign`."""
    tx = _read(file, Tx)
    account, chain_id = _settled(opened, place, opened.address(group))
    signer = opened.signer(name, passphrase_file)
    _print(SignatureDescriptors(signatures=(offline.member_signature(tx, signer, account, chain_id),)))


def multisign(opened: Session, file: Path, group: str, signature_files: Sequence[Path], place: Place) -> None:
    """Print a transaction signed by a multisig from its members' signatures. Raises: CannotCombine, UsageError."""
    tx, key = _read(file, Tx), opened.public_keys.get(group).key
    given: list[SignatureDescriptor] = []
    for signature_file in signature_files:
        given += _read(signature_file, SignatureDescriptors).signatures
    account, chain_id = _settled(opened, place, opened.address(group))
    _print(offline.combined(tx, key, given, account, chain_id))


def tx_bytes(file: Path) -> bytes:
    """Return the bytes to broadcast from a file: a signed document in JSON, or the raw bytes. Raises: UsageError."""
    data = _limited(file)
    if not data.lstrip().startswith(b"{"):
        return data
    return encode(offline.raw_of(_read(file, Tx)))


def _settled(opened: Session, place: Place, address: str) -> tuple[AccountState, str]:
    number, sequence, chain_id = place.account_number, place.sequence, place.chain_id
    if number is not None and sequence is not None and chain_id is not None:
        return AccountState(number=number, sequence=sequence), chain_id

    async def look(node: Transport) -> tuple[AccountState, str]:
        return await account_at(node, parse_address(address)), (await node.send(status())).chain_id

    found, found_chain_id = ask(opened.url(place.chain, place.node), look)
    account = AccountState(
        number=found.number if number is None else number, sequence=found.sequence if sequence is None else sequence
    )
    return account, chain_id or found_chain_id


def _read(file: Path, kind: type[R]) -> R:
    try:
        return from_json(kind, parse_json(_limited(file)))
    except (BadJson, RuleViolation) as error:
        raise UsageError(f"{file} holds no {kind.full_name}: {error}", _GIVE) from None


def _limited(file: Path) -> bytes:
    with file.open("rb") as stream:
        data = stream.read(_MAX_DOCUMENT_BYTES + 1)
    if len(data) > _MAX_DOCUMENT_BYTES:
        raise UsageError(f"{file} has more than {_MAX_DOCUMENT_BYTES} bytes", _GIVE)
    return data


def _print(document: Record) -> None:
    print(render_json(to_json(document), indent=2))
