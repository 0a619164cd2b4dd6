"""Headers, commits and validators in the JSON of CometBFT's RPC (v0.38), and back.

64-bit integers are decimal text, hashes and addresses upper-case hex, keys and signatures base64, times RFC 3339
with nanoseconds. What is rendered parses back to the same record. Parsers ignore members they do not know.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from qos.base.blocktime import rfc3339
from qos.base.strictjson import JsonObject
from qos.lightclient.commits import MAX_VALIDATORS
from qos.lightclient.json_values import (
    MalformedJson,
    address,
    base64_bytes,
    hex_bytes,
    int64,
    items,
    members,
    number,
    text,
    time_ns,
    uint64,
)
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import (
    BlockID,
    BlockIDFlag,
    Commit,
    CommitSig,
    Header,
    PartSetHeader,
    SignedHeader,
    Validator,
)
from qos.proto.records.tendermint_version import Consensus

ED25519_TYPE: Final = "tendermint/PubKeyEd25519"
SECP256K1_TYPE: Final = "tendermint/PubKeySecp256k1"
HEADER_HASHES: Final = (
    "last_commit_hash",
    "data_hash",
    "validators_hash",
    "next_validators_hash",
    "consensus_hash",
    "app_hash",
    "last_results_hash",
    "evidence_hash",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatorsPage:
    """One page of the set at a height; `total` counts the whole set."""

    block_height: int
    validators: tuple[Validator, ...]
    total: int


def render_header(header: Header) -> JsonObject:
    """Write a header."""
    hashes = {name: render_hash(getattr(header, name)) for name in HEADER_HASHES}
    return {
        "version": {"block": str(header.version.block), "app": str(header.version.app)},
        "chain_id": header.chain_id,
        "height": str(header.height),
        "time": rfc3339(header.time),
        "last_block_id": render_block_id(header.last_block_id),
        **hashes,
        "proposer_address": render_hash(header.proposer_address),
    }


def parse_header(value: object) -> Header:
    """Read a header. Raises: MalformedJson."""
    header = members(value, "header")
    version = members(header.get("version"), "version")
    hashes = {name: hex_bytes(header.get(name), name) for name in HEADER_HASHES}
    return Header(
        version=Consensus(
            block=uint64(version.get("block"), "version.block"),
            app=uint64(version.get("app"), "version.app"),
        ),
        chain_id=text(header.get("chain_id"), "chain_id", 50),
        height=int64(header.get("height"), "height"),
        time=time_ns(header.get("time"), "time"),
        last_block_id=parse_block_id(header.get("last_block_id")),
        proposer_address=address(header.get("proposer_address"), "proposer_address"),
        **hashes,
    )


def render_block_id(block_id: BlockID) -> JsonObject:
    """Write a block id."""
    parts = block_id.part_set_header
    return {"hash": render_hash(block_id.hash), "parts": {"total": parts.total, "hash": render_hash(parts.hash)}}


def parse_block_id(value: object) -> BlockID:
    """Read a block id. Raises: MalformedJson."""
    block_id = members(value, "block_id")
    parts = members(block_id.get("parts"), "parts")
    total = number(parts.get("total"), "parts.total", 1 << 32)
    return BlockID(
        hash=hex_bytes(block_id.get("hash"), "block_id.hash"),
        part_set_header=PartSetHeader(total=total, hash=hex_bytes(parts.get("hash"), "parts.hash")),
    )


def render_commit(commit: Commit) -> JsonObject:
    """Write a commit."""
    return {
        "height": str(commit.height),
        "round": commit.round,
        "block_id": render_block_id(commit.block_id),
        "signatures": [_render_vote(vote) for vote in commit.signatures],
    }


def _render_vote(vote: CommitSig) -> JsonObject:
    return {
        "block_id_flag": int(vote.block_id_flag),
        "validator_address": render_hash(vote.validator_address),
        "timestamp": rfc3339(vote.timestamp),
        "signature": b64encode(vote.signature).decode() if vote.signature else None,
    }


def parse_commit(value: object) -> Commit:
    """Read a commit. Raises: MalformedJson."""
    commit = members(value, "commit")
    return Commit(
        height=int64(commit.get("height"), "commit.height"),
        round=number(commit.get("round"), "commit.round", 1 << 31),
        block_id=parse_block_id(commit.get("block_id")),
        signatures=tuple(_parse_vote(vote) for vote in items(commit.get("signatures"), "signatures", MAX_VALIDATORS)),
    )


def _parse_vote(value: object) -> CommitSig:
    vote = members(value, "signature")
    signature = vote.get("signature")
    return CommitSig(
        block_id_flag=BlockIDFlag(number(vote.get("block_id_flag"), "block_id_flag", len(BlockIDFlag))),
        validator_address=address(vote.get("validator_address"), "validator_address"),
        timestamp=time_ns(vote.get("timestamp"), "timestamp"),
        signature=b"" if signature is None else base64_bytes(signature, "signature", 64),
    )


def render_signed_header(signed: SignedHeader) -> JsonObject:
    """Write a header with its commit, as the `commit` route has them."""
    return {"header": render_header(signed.header), "commit": render_commit(signed.commit)}


def parse_signed_header(value: object) -> SignedHeader:
    """Read a header with its commit. Raises: MalformedJson."""
    signed = members(value, "signed_header")
    return SignedHeader(header=parse_header(signed.get("header")), commit=parse_commit(signed.get("commit")))


def render_public_key(key: PublicKey) -> JsonObject:
    """Write a consensus key with its amino name."""
    if key.secp256k1 is not None:
        return {"type": SECP256K1_TYPE, "value": b64encode(key.secp256k1).decode()}
    return {"type": ED25519_TYPE, "value": b64encode(key.ed25519 or b"").decode()}


def parse_public_key(value: object) -> PublicKey:
    """Read a consensus key. Raises: MalformedJson."""
    key = members(value, "pub_key")
    if key.get("type") == ED25519_TYPE:
        return PublicKey(ed25519=base64_bytes(key.get("value"), "pub_key", 32))
    if key.get("type") == SECP256K1_TYPE:
        return PublicKey(secp256k1=base64_bytes(key.get("value"), "pub_key", 33))
    raise MalformedJson("pub_key is neither ed25519 nor secp256k1")


def render_validator(validator: Validator) -> JsonObject:
    """Write a validator."""
    return {
        "address": render_hash(validator.address),
        "pub_key": render_public_key(validator.pub_key),
        "voting_power": str(validator.voting_power),
        "proposer_priority": str(validator.proposer_priority),
    }


def parse_validator(value: object) -> Validator:
    """Read a validator; a missing priority is 0. Raises: MalformedJson."""
    validator = members(value, "validator")
    return Validator(
        address=address(validator.get("address"), "address"),
        pub_key=parse_public_key(validator.get("pub_key")),
        voting_power=int64(validator.get("voting_power"), "voting_power"),
        proposer_priority=int64(validator.get("proposer_priority", "0"), "proposer_priority"),
    )


def render_validators_page(page: ValidatorsPage) -> JsonObject:
    """Write a page of the `validators` route."""
    return {
        "block_height": str(page.block_height),
        "validators": [render_validator(validator) for validator in page.validators],
        "count": str(len(page.validators)),
        "total": str(page.total),
    }


def parse_validators_page(value: object) -> ValidatorsPage:
    """Read a page of the `validators` route. Raises: MalformedJson."""
    page = members(value, "validators")
    validators = parse_validators(page.get("validators"))
    if uint64(page.get("count"), "count") != len(validators):
        raise MalformedJson("count is not the number of validators")
    return ValidatorsPage(
        block_height=int64(page.get("block_height"), "block_height"),
        validators=validators,
        total=uint64(page.get("total"), "total"),
    )


def parse_validators(value: object) -> tuple[Validator, ...]:
    """Read a list of validators. Raises: MalformedJson."""
    return tuple(parse_validator(validator) for validator in items(value, "validators", MAX_VALIDATORS))


def render_hash(data: bytes) -> str:
    """Write a hash or address in upper-case hex."""
    return data.hex().upper()
