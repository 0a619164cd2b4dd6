"""What one node proved, held against other nodes of the chain: a fork is told to everybody (protocol K1, threat 6).

A light client believes whoever shows more than two thirds of the votes. Validators who vote twice can so show it a
header of their own, unless it asks a second node, which somebody else runs.
"""

from dataclasses import dataclass

from qos.base.errors import RuleViolation
from qos.client.calls import Transport
from qos.client.errors import BadAnswer, ClientError, Forked, StaleNode
from qos.client.lightblocks import driven, follow, light_block
from qos.client.node import broadcast_evidence, status
from qos.client.polling import attempts
from qos.lightclient.attack_evidence import attack_evidence
from qos.lightclient.errors import FaultyWitness
from qos.lightclient.evidence import Attack, AttackEvidence, compare_with_witness
from qos.lightclient.hashes import header_hash, validators_hash
from qos.lightclient.verifier import Options, Verified
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_types import Validator


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedNode:
    """A node of a chain and its name in messages."""

    name: str
    node: Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a source proved: the headers of `path` from `start` on, judged by `options` at `now_ns`."""

    source: NamedNode
    start: TrustedState
    path: tuple[Verified, ...]
    options: Options
    now_ns: int


async def hold_against(proof: Proof, witness: NamedNode) -> None:
    """Return when a witness has the same last header.

    Raises: Forked, once evidence is handed to both; FaultyWitness, StaleNode, subclasses of Invalid, CallFailed,
    BadAnswer, Unreachable.
    """
    path = await _from_a_header(proof)
    await _reach(witness, path[-1].header.height)
    steps = compare_with_witness(proof.start, path, options=proof.options, now_ns=proof.now_ns)
    try:
        attack = await driven(steps, witness.node)
    except FaultyWitness as error:
        raise FaultyWitness(f"{witness.name}: {error}") from None
    if attack is not None:
        told = await _tell(attack, proof.source, witness)
        raise _forked(attack, proof.source, witness, told)


async def _from_a_header(proof: Proof) -> tuple[Verified, ...]:
    """Return the path, with the chain's first header before it where trust begins at genesis.

    Evidence names the last header both sides have, and genesis is none.
    """
    if proof.start.header_hash or proof.path[0].header.height == proof.start.height + 1:
        return proof.path
    start, node = proof.start, proof.source.node
    first = await follow(node, start, start.height + 1, options=proof.options, now_ns=proof.now_ns)
    return (*first, *proof.path)


async def _reach(witness: NamedNode, height: int) -> None:
    async for _ in attempts(witness.node):
        if (await witness.node.send(status())).height >= height:
            return
    raise StaleNode(f"{witness.name} has no header {height} yet")


async def _tell(attack: Attack, primary: NamedNode, witness: NamedNode) -> tuple[str, ...]:
    """Hand to each side the other's header; returns who took it."""
    sides = (primary, attack.against_witness), (witness, attack.against_primary)
    return tuple([source.name for source, accused in sides if await _takes(source, accused)])


async def _takes(source: NamedNode, accused: AttackEvidence) -> bool:
    try:
        evidence = attack_evidence(accused, await _common_set(source.node, accused.common))
        if evidence is None:
            return False
        await source.node.send(broadcast_evidence(evidence))
    except (ClientError, RuleViolation):
        return False
    return True


async def _common_set(node: Transport, common: TrustedState) -> tuple[Validator, ...]:
    """Return who signed the last header both sides have; nobody where that is genesis. Raises: BadAnswer."""
    if not common.header_hash:
        return ()
    block = await light_block(node, common.height)
    header = block.signed_header.header
    if header_hash(header) != common.header_hash or validators_hash(block.validators) != header.validators_hash:
        raise BadAnswer(f"header {common.height} is not the one the fork begins at")
    return block.validators


def _forked(attack: Attack, primary: NamedNode, witness: NamedNode, told: tuple[str, ...]) -> Forked:
    return Forked(
        chain_id=attack.against_primary.common.chain_id,
        height=attack.height,
        headers=(
            (primary.name, _name(attack.against_primary.conflicting)),
            (witness.name, _name(attack.against_witness.conflicting)),
        ),
        told=told,
    )


def _name(block: LightBlock) -> bytes:
    return header_hash(block.signed_header.header)
