"""Light client vectors: single steps and bisection chains of public origin, and every change to an accepted step."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from qos.base.blocktime import SECOND_NS, parse_rfc3339
from qos.lightclient import comet_json
from qos.lightclient.bisection import bisect
from qos.lightclient.errors import Invalid, NoSuchBlock
from qos.lightclient.evidence import compare_with_witness
from qos.lightclient.hashes import NIL_BLOCK_ID, header_hash, in_hash_order
from qos.lightclient.json_values import MalformedJson
from qos.lightclient.verifier import (
    ONE_THIRD,
    TWO_THIRDS,
    NotEnoughTrust,
    Options,
    TrustLevel,
    Verified,
    trust_root,
    verify,
)
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.testing.light_chain import drive
from qos.testing.light_mutations import mutations

KINDS = {"light/single_step": ("light/single_step/*.json",), "light/bisection": ("light/bisection*.json",)}
LEVELS = {"1/3": ONE_THIRD, "2/3": TWO_THIRDS}


def rpc_shape(value: Any) -> Any:
    """Give a block id the member name of the RPC; the vectors have the one of the wire and null for none."""
    if isinstance(value, list):
        return [rpc_shape(item) for item in value]
    if not isinstance(value, dict):
        return value
    shaped = {("parts" if key == "part_set_header" else key): rpc_shape(item) for key, item in value.items()}
    if "last_block_id" in shaped and shaped["last_block_id"] is None:
        shaped["last_block_id"] = comet_json.render_block_id(NIL_BLOCK_ID)
    if shaped.get("signature") == "":
        shaped["signature"] = None
    return shaped


def read_block(value: Any) -> LightBlock:
    shaped = rpc_shape(value)
    return LightBlock(
        signed_header=comet_json.parse_signed_header(shaped["signed_header"]),
        validators=comet_json.parse_validators(shaped["validator_set"]["validators"]),
        next_validators=comet_json.parse_validators(shaped["next_validator_set"]["validators"]),
    )


def read_root(initial: Mapping[str, Any]) -> TrustedState:
    header = comet_json.parse_header(rpc_shape(initial["signed_header"]["header"]))
    return TrustedState(
        chain_id=header.chain_id,
        height=header.height,
        time=header.time,
        header_hash=header_hash(header),
        app_hash=header.app_hash,
        next_validators_hash=header.next_validators_hash,
        next_validators=comet_json.parse_validators(initial["next_validator_set"]["validators"]),
    )


def judge(trusted: TrustedState, block: LightBlock, options: Options, now_ns: int) -> tuple[str, TrustedState]:
    try:
        verdict = verify(trusted, block, options=options, now_ns=now_ns)
    except Invalid:
        return "INVALID", trusted
    if isinstance(verdict, NotEnoughTrust):
        return "NOT_ENOUGH_TRUST", trusted
    return "SUCCESS", verdict.state


def single_steps(case: Mapping[str, Any]) -> Iterator[tuple[str, str, TrustedState, LightBlock | None, Options, int]]:
    """Yield (wanted, found, state before, block, options, now) for each step of a file."""
    trusted = read_root(case["initial"])
    period_ns = int(case["initial"]["trusting_period"])
    options = Options(trust_level=ONE_THIRD, trusting_period_ns=period_ns, clock_drift_ns=0)
    for step in case["input"]:
        now_ns = parse_rfc3339(step["now"])
        try:
            block = read_block(step["block"])
        except MalformedJson:
            yield step["verdict"], "INVALID", trusted, None, options, now_ns
            continue
        found, after = judge(trusted, block, options, now_ns)
        yield step["verdict"], found, trusted, block, options, now_ns
        trusted = after


@pytest.mark.vectors("light/single_step")
def test_single_steps_have_the_public_verdict(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    steps = list(single_steps(json.loads(vector_file.read_text())))
    assert [step[1] for step in steps] == [step[0] for step in steps]
    vector_cases(vector_file, len(steps))


@pytest.mark.vectors("light/single_step")
def test_an_accepted_step_with_any_field_changed_is_refused(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    tried = 0
    accepted = [step for step in single_steps(json.loads(vector_file.read_text())) if step[1] == "SUCCESS"]
    for _, _, trusted, block, options, now_ns in accepted:
        assert block is not None
        for name, changed in mutations(block):
            assert judge(trusted, changed, options, now_ns)[0] == "INVALID", name
            tried += 1
        for name, raw in json_mutations(block):
            with pytest.raises((Invalid, MalformedJson)):
                verify(trusted, read_rpc(raw), options=options, now_ns=now_ns)
                pytest.fail(name)
            tried += 1
    assert tried >= 60 * len(accepted)
    if tried:
        vector_cases(vector_file, tried)


def json_mutations(block: LightBlock) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the block's JSON with one member left out."""
    for path in member_paths(write_rpc(block)):
        raw = write_rpc(block)
        holder: Any = raw
        for part in path[:-1]:
            holder = holder[part]
        del holder[path[-1]]
        if path[-1] != "proposer_priority" and path[-1:] != ("signature",):
            yield "/".join(map(str, path)), raw


def member_paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in members:
        if isinstance(key, str):
            yield (*path, key)
        yield from member_paths(item, (*path, key))


def write_rpc(block: LightBlock) -> dict[str, Any]:
    return {
        "signed_header": comet_json.render_signed_header(block.signed_header),
        "validators": [comet_json.render_validator(validator) for validator in block.validators],
        "next_validators": [comet_json.render_validator(validator) for validator in block.next_validators],
    }


def read_rpc(raw: Mapping[str, Any]) -> LightBlock:
    return LightBlock(
        signed_header=comet_json.parse_signed_header(raw.get("signed_header")),
        validators=comet_json.parse_validators(raw.get("validators")),
        next_validators=comet_json.parse_validators(raw.get("next_validators")),
    )


class Blocks:
    """A provider over the blocks of a case."""

    def __init__(self, blocks: list[Any]) -> None:
        self._blocks = {block.signed_header.header.height: block for block in map(read_block, blocks)}

    def light_block(self, height: int) -> LightBlock:
        if height not in self._blocks:
            raise NoSuchBlock(f"missing block {height}")
        return self._blocks[height]


def run_bisection(case: Mapping[str, Any], level: TrustLevel) -> dict[str, Any]:
    options = Options(
        trust_level=level,
        trusting_period_ns=case["trusting_period_s"] * SECOND_NS,
        clock_drift_ns=case.get("clock_drift_s", 10) * SECOND_NS,
    )
    now_ns, primary = parse_rfc3339(case["now"]), Blocks(case["blocks"])
    first = primary.light_block(case["trusted_height"])
    start = trust_root(first, header_hash(first.signed_header.header)).state
    path: tuple[Verified, ...] = ()
    try:
        path = drive(bisect(start, case["target_height"], options=options, now_ns=now_ns), primary)
    except Invalid:
        return {"result": "INVALID", "accepted_heights": []}
    except NoSuchBlock:
        return {"result": "ERROR", "accepted_heights": []}
    if "witness_blocks" in case:
        steps = compare_with_witness(start, path, options=options, now_ns=now_ns)
        attack = drive(steps, Blocks(case["witness_blocks"]))
        if attack is not None:
            accused = attack.against_witness
            byzantine = accused.byzantine(accused.common.next_validators)
            return {"result": "ATTACK_DETECTED", "byzantine": sorted(each.address.hex().upper() for each in byzantine)}
    return {"result": "SUCCESS", "accepted_heights": [verified.header.height for verified in path]}


@pytest.mark.vectors("light/bisection")
def test_bisection_accepts_the_stated_heights_or_gives_the_stated_verdict(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    tried = 0
    for case in json.loads(vector_file.read_text())["cases"]:
        for level, expected in case["expect"].items():
            wanted = {key: sorted(item) if key == "byzantine" else item for key, item in expected.items()}
            wanted.pop("reason", None)
            found = run_bisection(case, LEVELS[level])
            assert {key: found[key] for key in wanted} == wanted, (case["name"], level)
            tried += 1
    vector_cases(vector_file, tried)


def test_vectors_with_unsorted_sets_are_part_of_the_run(vector_folder: Path) -> None:
    blocks = []
    for file in vector_folder.glob("light/single_step/*.json"):
        blocks += [read_block(step["block"]) for step in json.loads(file.read_text())["input"]]
    assert any(block.validators != in_hash_order(block.validators) for block in blocks)
