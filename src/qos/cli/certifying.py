"""What `qos ca` does: certificates in a folder, and what a chain is told of them."""

from dataclasses import dataclass
from pathlib import Path

from qos.base.blocktime import SECOND_NS, rfc3339
from qos.base.identifiers import parse_address
from qos.base.strictjson import JsonObject, JsonValue
from qos.cli.errors import UsageError
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.sending import describe
from qos.cli.session import Session, ask, read_passphrase, session
from qos.client.calls import Transport
from qos.client.io.http import HttpTransport
from qos.client.node import TxAnswer, status
from qos.client.transactions import Signer, address_of, deliver
from qos.modules.validators.consortium import formulas
from qos.proto.codec import pack
from qos.proto.record import Record
from qos.proto.records.qos_consortium_v1 import MsgRegister, MsgRevoke, MsgSetSeat, Registration, RevocationList, Seat
from qos.wallet.certificates import Issued
from qos.wallet.io.ca_folder import CaFolder, Entry, RevokedSerials

CONSENSUS_KEY_BYTES = 32
MAX_LISTED = 256
"""Serials one list may carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Which node takes a transaction, who signs it, and how the answer is printed."""

    url: str
    signer: Signer
    output: Output

    async def send(self, node: Transport, message: Record) -> TxAnswer:
        """Send a message and wait until it took effect. Raises: Refused, NotIncluded, Unreachable."""
        return await deliver(node, self.signer, [pack(message)])


def folder_of(home: Path, ca: str) -> CaFolder:
    """Return the folder a command works in; the only one there is when none is named. Raises: UsageError."""
    if "/" in ca:
        return CaFolder(Path(ca).expanduser())
    base = session(home).home.certificates_folder
    existing = sorted(path.parent.name for path in base.glob("*/root.crt"))
    if ca == "default" and existing and ca not in existing:
        if len(existing) > 1:
            raise UsageError("there are several consortiums", f"choose one with --ca: {', '.join(existing)}")
        ca = existing[0]
    return CaFolder(base / ca)


def url_of(opened: Session, chain: str) -> str:
    """Return the address of a chain of the network, or the address itself. Raises: UsageError."""
    return opened.url(chain, chain if "://" in chain else "")


def passphrase(file: Path | None) -> str:
    """Return the passphrase of a CA's key; empty when it has none. Raises: UsageError."""
    return "" if file is None else read_passphrase(file, "")


def described(folder: CaFolder, entry: Entry) -> JsonObject:
    """Return a certificate as JSON."""
    content = entry.content
    return {
        "name": entry.name,
        "role": entry.role,
        "organisation": content.subject.organisation,
        "issuer": content.issuer.common_name,
        "serial": content.serial.hex(),
        "key_id": content.key_id.hex(),
        "not_before": rfc3339(content.not_before_s * SECOND_NS),
        "not_after": rfc3339(content.not_after_s * SECOND_NS),
        "revoked": entry.revoked,
        "certificate": str(folder.crt(entry.name)),
        "key": str(folder.key(entry.name)),
    }


def list_all(folder: CaFolder, output: Output) -> None:
    """Show all certificates of a folder. Raises: BadCaFolder."""
    entries = [folder.entry(name) for name in folder.names()]
    rows: list[JsonValue] = [described(folder, entry) for entry in entries]
    lines = [
        f"{each.name:<16} {each.role:<7} {each.content.subject.organisation:<20} until "
        f"{rfc3339(each.content.not_after_s * SECOND_NS)}{'  REVOKED' if each.revoked else ''}"
        for each in entries
    ]
    show({"certificates": rows}, output, "\n".join(lines) or "There are no certificates yet: qos ca init ORGANISATION")


def register(folder: CaFolder, name: str, account: str, sending: Sending) -> None:
    """Register a certificate for an account. Raises: BadCaFolder, UsageError, Refused, NotIncluded, Unreachable."""
    entry = _node(folder, name)
    address = parse_address(account)
    held = folder.open(name)
    registration = Registration(account=address, node=entry.chain[0], member=entry.chain[1])

    async def use(node: HttpTransport) -> TxAnswer:
        chain_id = (await node.send(status())).chain_id
        proof = held.sign(formulas.possession_bytes(chain_id, address))
        sender = address_of(sending.signer)
        return await sending.send(node, MsgRegister(sender=sender, registration=registration, proof=proof))

    found = ask(sending.url, use)
    show({"registered": name, "account": account, **describe(found)}, sending.output, f"{name} stands for {account}")


def consensus_key(text: str) -> bytes:
    """Return the key somebody typed. Raises: UsageError."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != CONSENSUS_KEY_BYTES:
        raise UsageError(f"{text[:80]!r} is no consensus key", f"give {2 * CONSENSUS_KEY_BYTES} hex digits")
    return key


def seat(folder: CaFolder, name: str, key: bytes, power: int, sending: Sending) -> None:
    """Give or take a validator's seat. Raises: BadCaFolder, UsageError, Refused, NotIncluded, Unreachable."""
    entry, held = _node(folder, name), folder.open(name)
    given = Seat(consensus_key=key, power=power, node=entry.chain[0], member=entry.chain[1])

    async def use(node: HttpTransport) -> TxAnswer:
        chain_id = (await node.send(status())).chain_id
        proof = held.sign(formulas.seat_bytes(chain_id, key))
        return await sending.send(node, MsgSetSeat(authority=address_of(sending.signer), seat=given, proof=proof))

    found = ask(sending.url, use)
    shown: JsonObject = {"seat": name, "key": key.hex(), "power": power}
    show(shown | describe(found), sending.output, f"{name} has power {power} from the next set on")


def _node(folder: CaFolder, name: str) -> Entry:
    """Return the certificate of a node. Raises: BadCaFolder, UsageError."""
    entry = folder.entry(name)
    if entry.role != "node":
        raise UsageError(f"{name!r} is the certificate of a {entry.role}", "give a node's: qos ca issue node NAME")
    return entry


def revoke(folder: CaFolder, name: str, secret: str, sending: Sending | None, output: Output) -> None:
    """Revoke a certificate, and publish the list where there is a sender.

    Raises: BadCaFolder, BadRequest, Refused, NotIncluded, Unreachable.
    """
    issuer = folder.issuer_of(folder.entry(name))
    ca = folder.open(issuer.name, secret)
    listed = folder.revoke(name)
    shown: JsonObject = {"revoked": name, "issuer": issuer.name, "number": listed.number}
    if sending is None:
        shown["next"] = "publish it: the same command with --from KEY --chain CHAIN"
        show(shown, output, f"revoked {name} by list {listed.number} of {issuer.name}; no chain was told")
        return

    found = _publish(sending, ca, listed)
    show(shown | describe(found), output, f"revoked {name} by list {listed.number} of {issuer.name} on the chain")


def _publish(sending: Sending, ca: Issued, listed: RevokedSerials) -> TxAnswer:
    async def use(node: HttpTransport) -> TxAnswer:
        chain_id = (await node.send(status())).chain_id
        # A chain keeps what earlier lists said, so the newest serials are enough.
        content = RevocationList(
            chain_id=chain_id,
            issuer=ca.content.key_id,
            number=listed.number,
            serials=listed.serials[-MAX_LISTED:],
        )
        message = MsgRevoke(
            sender=address_of(sending.signer),
            list=content,
            issuer_certificate=ca.certificate,
            signature=ca.sign(formulas.list_bytes(content)),
        )
        return await sending.send(node, message)

    return ask(sending.url, use)
