"""Consensus parameters of a chain as its genesis document names them (CometBFT v0.38)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from qos.base.strictjson import JsonObject
from qos.machine.genesis import BadGenesis

MAX_BLOCK_BYTES: Final = 100 * 1024 * 1024
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_BLOCK_OVERHEAD: Final = 11
_HEADER_BYTES: Final = 626
_COMMIT_OVERHEAD: Final = 94
_VOTE_BYTES: Final = 109


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusParams:
    """Limits of blocks and evidence; sizes in bytes, `block_max_gas` -1 is no limit."""

    block_max_bytes: int = 4 * 1024 * 1024
    block_max_gas: int = 200_000_000
    evidence_max_age_num_blocks: int = 100_000
    evidence_max_age_duration_ns: int = 172_800_000_000_000
    evidence_max_bytes: int = 1_048_576
    version_app: int = 0
    vote_extensions_enable_height: int = 0


def parse_params(params: Mapping[str, object]) -> ConsensusParams:
    """Read `consensus_params` of a genesis document; what is missing has its default.

    Raises: BadGenesis on values out of range, other key types than ed25519, and vote extensions.
    """
    default = ConsensusParams()
    block, evidence = _section(params, "block"), _section(params, "evidence")
    version, abci = _section(params, "version"), _section(params, "abci")
    key_types = _section(params, "validator").get("pub_key_types", ["ed25519"])
    if key_types != ["ed25519"]:
        raise BadGenesis("consensus_params.validator.pub_key_types must be [ed25519]")
    result = ConsensusParams(
        block_max_bytes=_integer(block, "max_bytes", default.block_max_bytes),
        block_max_gas=_integer(block, "max_gas", default.block_max_gas),
        evidence_max_age_num_blocks=_integer(evidence, "max_age_num_blocks", default.evidence_max_age_num_blocks),
        evidence_max_age_duration_ns=_integer(evidence, "max_age_duration", default.evidence_max_age_duration_ns),
        evidence_max_bytes=_integer(evidence, "max_bytes", default.evidence_max_bytes),
        version_app=_integer(version, "app", default.version_app),
        vote_extensions_enable_height=_integer(abci, "vote_extensions_enable_height", 0),
    )
    _check(result)
    return result


def _section(params: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = params.get(name, {})
    if not isinstance(section, dict):
        raise BadGenesis(f"consensus_params.{name} must be an object")
    return section


def _integer(section: Mapping[str, object], name: str, default: int) -> int:
    value = section.get(name, default)
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if _INTEGER.fullmatch(text) is None:
        raise BadGenesis(f"consensus_params: {name} must be an integer")
    return int(text)


def _check(params: ConsensusParams) -> None:
    if not 0 < params.block_max_bytes <= MAX_BLOCK_BYTES:
        raise BadGenesis(f"consensus_params.block.max_bytes must be 1 to {MAX_BLOCK_BYTES}")
    if params.block_max_gas < -1:
        raise BadGenesis("consensus_params.block.max_gas must be -1 or more")
    if params.evidence_max_age_num_blocks <= 0 or params.evidence_max_age_duration_ns <= 0:
        raise BadGenesis("consensus_params.evidence: ages must be positive")
    if not 0 <= params.evidence_max_bytes <= params.block_max_bytes or params.version_app < 0:
        raise BadGenesis("consensus_params.evidence.max_bytes must be 0 to block.max_bytes")
    if params.vote_extensions_enable_height != 0:
        raise BadGenesis("vote extensions are off on every QOS chain: vote_extensions_enable_height must be 0")


def render_params(params: ConsensusParams) -> JsonObject:
    """Write parameters as genesis and RPC answers have them: integers as text, durations in nanoseconds."""
    return {
        "block": {"max_bytes": str(params.block_max_bytes), "max_gas": str(params.block_max_gas)},
        "evidence": {
            "max_age_num_blocks": str(params.evidence_max_age_num_blocks),
            "max_age_duration": str(params.evidence_max_age_duration_ns),
            "max_bytes": str(params.evidence_max_bytes),
        },
        "validator": {"pub_key_types": ["ed25519"]},
        "version": {"app": str(params.version_app)},
        "abci": {"vote_extensions_enable_height": str(params.vote_extensions_enable_height)},
    }


def max_data_bytes(params: ConsensusParams, validators: int, evidence_bytes: int) -> int:
    """Return how many bytes of encoded transactions fit beside header, commit and evidence."""
    commit = _COMMIT_OVERHEAD + _VOTE_BYTES * validators
    return params.block_max_bytes - _BLOCK_OVERHEAD - _HEADER_BYTES - commit - evidence_bytes
