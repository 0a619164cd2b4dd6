"""Every way to change one hashed or signed field of a light block: none may pass a light client."""

from collections.abc import Iterator
from dataclasses import replace

from qos.base.blocktime import SECOND_NS
from qos.lightclient.comet_json import HEADER_HASHES
from qos.lightclient.hashes import NIL_BLOCK_ID
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import BlockIDFlag, Commit, CommitSig, Header, PartSetHeader, Validator


def flipped(data: bytes) -> bytes:
    """Return bytes with one bit changed, or zeros where there were none."""
    return bytes([data[0] ^ 1]) + data[1:] if data else bytes(32)


def mutations(block: LightBlock) -> Iterator[tuple[str, LightBlock]]:
    """Yield every change of one hashed or signed field, and lists with an entry missing or repeated."""
    signed = block.signed_header
    for name, header in header_mutations(signed.header):
        yield f"header.{name}", replace(block, signed_header=replace(signed, header=header))
    for name, commit in commit_mutations(signed.commit):
        yield f"commit.{name}", replace(block, signed_header=replace(signed, commit=commit))
    for name, validators in set_mutations(block.validators):
        yield f"validators{name}", replace(block, validators=validators)
    for name, validators in set_mutations(block.next_validators):
        yield f"next_validators{name}", replace(block, next_validators=validators)


def changed(header: Header, name: str, value: bytes) -> Header:
    """Return a header with one bytes field replaced."""
    fields = {field: getattr(header, field) for field in Header.__dataclass_fields__ if field != "full_name"}
    return Header(**{**fields, name: value})


def header_mutations(header: Header) -> Iterator[tuple[str, Header]]:
    """Yield every change of one header field."""
    version, last = header.version, header.last_block_id
    parts = last.part_set_header
    yield "version.block", replace(header, version=replace(version, block=version.block + 1))
    yield "version.app", replace(header, version=replace(version, app=version.app + 1))
    yield "chain_id", replace(header, chain_id=header.chain_id + "x")
    yield "no chain_id", replace(header, chain_id="")
    for shift in (-1, 1, 2):
        yield f"height{shift:+}", replace(header, height=header.height + shift)
    for shift_ns in (-1, 1, SECOND_NS):
        yield f"time{shift_ns:+}", replace(header, time=header.time + shift_ns)
    yield "last_block_id.hash", replace(header, last_block_id=replace(last, hash=flipped(last.hash)))
    total, other = replace(parts, total=parts.total + 1), replace(parts, hash=flipped(parts.hash))
    yield "last_block_id.parts.total", replace(header, last_block_id=replace(last, part_set_header=total))
    yield "last_block_id.parts.hash", replace(header, last_block_id=replace(last, part_set_header=other))
    for name in (*HEADER_HASHES, "proposer_address"):
        value: bytes = getattr(header, name)
        yield name, changed(header, name, flipped(value))
        if value:
            yield f"no {name}", changed(header, name, b"")
            yield f"cut {name}", changed(header, name, value[:-1])


def commit_mutations(commit: Commit) -> Iterator[tuple[str, Commit]]:
    """Yield every change of one commit field, and votes missing, repeated, moved or changed."""
    parts = commit.block_id.part_set_header
    yield "height", replace(commit, height=commit.height + 1)
    yield "round", replace(commit, round=commit.round + 1)
    yield "no block_id", replace(commit, block_id=NIL_BLOCK_ID)
    yield "block_id.hash", replace(commit, block_id=replace(commit.block_id, hash=flipped(commit.block_id.hash)))
    for name, other in (
        ("total", replace(parts, total=parts.total + 1)),
        ("hash", replace(parts, hash=flipped(parts.hash))),
        ("none", PartSetHeader()),
    ):
        yield f"block_id.parts.{name}", replace(commit, block_id=replace(commit.block_id, part_set_header=other))
    votes = commit.signatures
    yield "no votes", replace(commit, signatures=())
    yield "reversed votes", replace(commit, signatures=votes[::-1] if len(votes) > 1 else votes * 2)
    for index, vote in enumerate(votes):
        yield f"missing vote {index}", replace(commit, signatures=votes[:index] + votes[index + 1 :])
        yield f"repeated vote {index}", replace(commit, signatures=votes[: index + 1] + votes[index:])
        for name, forged in vote_mutations(vote, votes):
            yield f"vote {index} {name}", replace(commit, signatures=(*votes[:index], forged, *votes[index + 1 :]))


def vote_mutations(vote: CommitSig, votes: tuple[CommitSig, ...]) -> Iterator[tuple[str, CommitSig]]:
    """Yield every change of one vote."""
    if vote.block_id_flag == BlockIDFlag.BLOCK_ID_FLAG_ABSENT:
        yield "absent but signed", replace(vote, signature=bytes(64))
        yield "absent but addressed", replace(vote, validator_address=bytes(20))
        return
    for flag in BlockIDFlag:
        if flag != vote.block_id_flag:
            yield f"flag {flag}", replace(vote, block_id_flag=flag)
    yield "time", replace(vote, timestamp=vote.timestamp + 1)
    yield "address", replace(vote, validator_address=flipped(vote.validator_address))
    yield "no address", replace(vote, validator_address=b"")
    yield "signature", replace(vote, signature=flipped(vote.signature))
    yield "no signature", replace(vote, signature=b"")
    yield "cut signature", replace(vote, signature=vote.signature[:-1])
    for other in votes:
        if other.validator_address not in (vote.validator_address, b""):
            yield "vote of another", other


def set_mutations(validators: tuple[Validator, ...]) -> Iterator[tuple[str, tuple[Validator, ...]]]:
    """Yield entries missing, repeated or with one field changed."""
    for index, validator in enumerate(validators):
        key = PublicKey(ed25519=flipped(validator.pub_key.ed25519 or b""))
        others = validators[:index], validators[index + 1 :]
        if len(validators) > 1:
            yield f"[{index}] missing", others[0] + others[1]
        yield f"[{index}] repeated", (*validators, validator)
        for name, other in (
            ("key", replace(validator, pub_key=key)),
            ("no key", replace(validator, pub_key=PublicKey())),
            ("key of another kind", replace(validator, pub_key=PublicKey(secp256k1=bytes(33)))),
            ("power up", replace(validator, voting_power=validator.voting_power + 1)),
            ("power down", replace(validator, voting_power=validator.voting_power - 1)),
            ("no power", replace(validator, voting_power=0)),
            ("negative power", replace(validator, voting_power=-validator.voting_power)),
            ("address", replace(validator, address=flipped(validator.address))),
            ("no address", replace(validator, address=b"")),
        ):
            yield f"[{index}] {name}", (*others[0], other, *others[1])
