"""The calls of CometBFT's RPC that the services of a node beside it make, each with a typed answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from qos.base.strictjson import JsonObject
from qos.client.calls import Call
from qos.client.errors import BadAnswer
from qos.client.fields import child, flag, from_hex, integer, objects, text
from qos.client.node import BlockAnswer
from qos.client.node import block as block_call
from qos.engine.consensus_params import ConsensusParams, parse_params
from qos.lightclient.comet_json import parse_block_id, parse_commit, parse_header
from qos.lightclient.evidence_json import parse_evidence
from qos.lightclient.json_values import MalformedJson
from qos.machine.abci import CheckResult
from qos.machine.genesis import BadGenesis
from qos.proto.records.tendermint_types import Block, Data, EvidenceList
from qos.rpc.services.ledger import Identity, NamedBlock, Tip

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """Who a node is and how far it is."""

    identity: Identity
    tip: Tip


def _checked(read: Callable[[JsonObject], T], result: JsonObject) -> T:
    try:
        return read(result)
    except (MalformedJson, BadGenesis) as error:
        raise BadAnswer(str(error)) from None


def status(rpc_address: str) -> Call[NodeStatus]:
    """Ask who the node is, whose RPC clients reach at an address."""
    return Call(method="status", params={}, parse=partial(_read_status, rpc_address))


def _read_status(rpc_address: str, result: JsonObject) -> NodeStatus:
    info, sync = child(result, "node_info"), child(result, "sync_info")
    versions = child(info, "protocol_version")
    identity = Identity(
        chain_id=text(info, "network"),
        node_id=text(info, "id"),
        moniker=text(info, "moniker"),
        listen_addr=text(info, "listen_addr"),
        channels=from_hex(info, "channels"),
        engine_version=text(info, "version"),
        p2p_version=integer(versions, "p2p"),
        block_version=integer(versions, "block"),
        app_version=integer(versions, "app"),
        rpc_address=rpc_address,
    )
    tip = Tip(
        height=integer(sync, "latest_block_height"),
        base=integer(sync, "earliest_block_height"),
        catching_up=flag(sync, "catching_up"),
    )
    return NodeStatus(identity=identity, tip=tip)


def params(height: int) -> Call[ConsensusParams]:
    """Ask for the limits of a block that is stored: without a height the engine names one it may not know yet."""

    def read(result: JsonObject) -> ConsensusParams:
        return parse_params(dict(child(result, "consensus_params")))

    return Call(method="consensus_params", params={"height": str(height)}, parse=partial(_checked, read))


def block(height: int) -> Call[NamedBlock]:
    """Ask for a block with its name. Raises (parse): BadAnswer."""
    return Call(method="block", params={"height": str(height)}, parse=partial(_checked, _read_block))


def _read_block(result: JsonObject) -> NamedBlock:
    content = child(result, "block")
    evidence = objects(child(content, "evidence"), "evidence")
    known: BlockAnswer = block_call().parse(result)
    return NamedBlock(
        block_id=parse_block_id(result.get("block_id")),
        block=Block(
            header=parse_header(content.get("header")),
            data=Data(txs=known.txs),
            evidence=EvidenceList(evidence=tuple([parse_evidence(each) for each in evidence])),
            last_commit=parse_commit(content.get("last_commit")),
        ),
    )


def block_time(height: int) -> Call[int]:
    """Ask for the time of a block."""

    def read(result: JsonObject) -> int:
        return parse_header(result.get("header")).time

    return Call(method="header", params={"height": str(height)}, parse=partial(_checked, read))


def submit(tx_base64: str) -> Call[CheckResult]:
    """Hand a transaction in, written as base64; its code says whether it may wait."""

    def read(result: JsonObject) -> CheckResult:
        return CheckResult(code=integer(result, "code"), codespace=text(result, "codespace"), log=text(result, "log"))

    return Call(method="broadcast_tx_sync", params={"tx": tx_base64}, parse=read)
