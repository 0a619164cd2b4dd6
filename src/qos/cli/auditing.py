"""What `qos cassini audit` does: prove blocks of the Cassini chain, show who did what about a batch."""

import time
from dataclasses import dataclass
from pathlib import Path

from qos.base.blocktime import rfc3339
from qos.base.identifiers import Address, format_address
from qos.base.strictjson import JsonObject, JsonValue
from qos.cassini.adapters.headers import ProvenHeaders
from qos.cassini.audit import KEPT_HEADERS, Act, Audit, Auditor
from qos.cli.errors import UsageError
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.session import Session, ask
from qos.cli.trusting import ask_witnesses, given_root
from qos.client.calls import Transport
from qos.client.lightblocks import follow, genesis_root
from qos.client.witnesses import NamedNode, Proof
from qos.lightclient.verifier import Options
from qos.machine import genesis
from qos.machine.genesis import GenesisDocument
from qos.proto.json import from_json
from qos.proto.records.qos_relay_v1 import GenesisState

KIND = "cassini"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the Cassini chain is asked and what is believed of it; empty means as the home says."""

    node: str
    genesis: Path | None
    trust: str
    witnesses: tuple[str, ...]


def show_audit(opened: Session, batch: int, source: Source, output: Output) -> None:
    """Show who did what. Raises: UsageError, NothingToAudit, Invalid, Forked, CallFailed, BadAnswer, Unreachable."""
    document = _genesis(opened, source)
    members = _members(document)
    now_ns, options = time.time_ns(), Options()
    url = opened.url(KIND, source.node)

    async def use(node: Transport) -> Audit:
        root = await given_root(node, source.trust) if source.trust else genesis_root(document)
        headers = ProvenHeaders(root, options, kept=KEPT_HEADERS, steps_back=KEPT_HEADERS)
        found = await Auditor(node, headers, members, now_ns).audit(batch)
        if source.witnesses:
            # All that was read lies below the newest header that was proven.
            path = await follow(node, root, headers.trusted.height, options=options, now_ns=now_ns)
            asked = NamedNode(name=url, node=node)
            proof = Proof(source=asked, start=root, path=path, options=options, now_ns=now_ns)
            await ask_witnesses(proof, source.witnesses)
        return found

    found = ask(url, use)
    show(_as_json(found, document.chain_id, members), output, _as_text(found, document.chain_id, members))


def _genesis(opened: Session, source: Source) -> GenesisDocument:
    """Return the genesis document. Raises: UsageError."""
    if source.genesis is not None:
        return genesis.parse(source.genesis.read_bytes())
    for chain in opened.chains:
        if chain.kind == KIND:
            return genesis.parse(opened.home.chain(chain.folder).genesis_file.read_bytes())
    raise UsageError(f"no Cassini chain is known in {opened.home.folder}", "give --genesis FILE and --node ADDRESS")


def _members(document: GenesisDocument) -> dict[Address, bytes]:
    """Return each member's attestation key by its account. Raises: UsageError."""
    state = document.app_state.get("relay")
    if not isinstance(state, dict):
        raise UsageError(
            f"the genesis of {document.chain_id} names no relay group", "give --genesis FILE of the Cassini chain"
        )
    return {member.address: member.key for member in from_json(GenesisState, state).members}


def _as_json(found: Audit, chain_id: str, members: dict[Address, bytes]) -> JsonObject:
    abstract = found.vote.abstract
    hashes: list[JsonValue] = [each.hex() for each in found.vote.packet_hashes]
    relays: list[JsonValue] = [
        {"relay": format_address(address), "key": key.hex(), "acts": _acts(found, address)}
        for address, key in members.items()
    ]
    return {
        "chain_id": chain_id,
        "batch": found.batch,
        "from": found.vote.source_chain,
        "to": found.vote.destination_chain,
        "queue_id": abstract.queue_id.hex(),
        "first": abstract.first,
        "last": abstract.last,
        "packet_hashes": hashes,
        "source_height": abstract.height,
        "source_header": abstract.header_hash.hex(),
        "fixed_at": found.fixed_at,
        "attested_at": found.attested_at or None,
        "proven_blocks": [found.first_block, found.last_block],
        "relays": relays,
    }


def _acts(found: Audit, relay: Address) -> list[JsonValue]:
    return [
        {
            "deed": act.deed.value,
            "late": act.late,
            "height": act.height,
            "time": rfc3339(act.time_ns),
            "tx": act.tx_hash.hex(),
            "destination_tx": act.detail or None,
        }
        for act in found.acts
        if act.relay == relay
    ]


def _as_text(found: Audit, chain_id: str, members: dict[Address, bytes]) -> str:
    abstract, vote = found.vote.abstract, found.vote
    way = f"packets {abstract.first} to {abstract.last} from {vote.source_chain} to {vote.destination_chain}"
    attested = f"attested at {found.attested_at}" if found.attested_at else "not attested"
    lines = [
        f"batch {found.batch}: {way}, under header {abstract.height}",
        f"fixed at {found.fixed_at}, {attested}; proven: {chain_id} blocks {found.first_block} to {found.last_block}",
    ]
    for address, key in members.items():
        lines.append(f"relay {key.hex()[:16]}  {format_address(address)}")
        lines += [_line(act) for act in found.acts if act.relay == address] or ["  did nothing about it"]
    return "\n".join(lines)


def _line(act: Act) -> str:
    name = f"{act.deed.value} late" if act.late else act.deed.value
    return f"  {name:<12} {act.height:>8}  {rfc3339(act.time_ns):<31} {act.tx_hash.hex()} {act.detail}".rstrip()
