"""ICS-23: the public proofs of three tree formats, and the checks of leaves, steps, specs and hashes."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from qos.store.ics23 import (
    IAVL_SPEC,
    SMT_SPEC,
    TENDERMINT_SPEC,
    BadProof,
    ExistenceProof,
    HashOp,
    InnerOp,
    InnerSpec,
    LeafOp,
    LengthOp,
    ProofSpec,
    apply_inner,
    apply_leaf,
    calculate,
    hashed,
)
from qos.store.ics23_codec import decode, encode
from qos.store.ics23_verify import (
    check_against_spec,
    check_leaf,
    left_is_empty,
    right_is_empty,
    verified_value,
    verify_absence,
)

KINDS = {
    "ics23/iavl": ("ics23/iavl/*.json",),
    "ics23/smt": ("ics23/smt/*.json",),
    "ics23/tendermint": ("ics23/tendermint/*.json",),
    "ics23/spec": ("ics23/*CheckAgainstSpec*.json",),
    "ics23/leaf_check": ("ics23/*CheckLeaf*.json",),
    "ics23/hash": ("ics23/*DoHash*.json",),
    "ics23/empty_branch": ("ics23/*EmptyBranch*.json",),
    "ics23/existence": ("ics23/*ExistenceProof*.json",),
    "ics23/inner": ("ics23/*InnerOp*.json",),
    "ics23/leaf": ("ics23/*LeafOp*.json",),
}
SPECS = {"iavl": IAVL_SPEC, "smt": SMT_SPEC, "tendermint": TENDERMINT_SPEC}
Fields = Mapping[str, object]


def raw(fields: Fields, name: str) -> bytes:
    text = fields.get(name) or ""
    assert isinstance(text, str)
    return b64decode(text)


def number(fields: Fields, name: str) -> int:
    value = fields.get(name, 0)
    assert isinstance(value, int)
    return value


def section(fields: Fields, name: str) -> Fields:
    value = fields.get(name) or {}
    assert isinstance(value, dict)
    return value


def leaf_op(fields: Fields) -> LeafOp:
    return LeafOp(
        hash=HashOp(number(fields, "hash")),
        prehash_key=HashOp(number(fields, "prehash_key")),
        prehash_value=HashOp(number(fields, "prehash_value")),
        length=LengthOp(number(fields, "length")),
        prefix=raw(fields, "prefix"),
    )


def inner_op(fields: Fields) -> InnerOp:
    return InnerOp(hash=HashOp(number(fields, "hash")), prefix=raw(fields, "prefix"), suffix=raw(fields, "suffix"))


def existence(fields: Fields) -> ExistenceProof:
    path = fields.get("path") or []
    assert isinstance(path, list)
    return ExistenceProof(
        key=raw(fields, "key"),
        value=raw(fields, "value"),
        leaf=leaf_op(section(fields, "leaf")) if fields.get("leaf") else None,
        path=tuple(inner_op(step) for step in path),
    )


def spec_of(fields: Fields) -> ProofSpec:
    inner = section(fields, "inner_spec")
    order = inner.get("child_order") or []
    assert isinstance(order, list)
    return ProofSpec(
        leaf=leaf_op(section(fields, "leaf_spec")),
        inner=InnerSpec(
            child_order=tuple(order),
            child_size=number(inner, "child_size"),
            min_prefix_length=number(inner, "min_prefix_length"),
            max_prefix_length=number(inner, "max_prefix_length"),
            empty_child=raw(inner, "empty_child"),
            hash=HashOp(number(inner, "hash")),
        ),
        max_depth=number(fields, "max_depth"),
        min_depth=number(fields, "min_depth"),
    )


@pytest.mark.vectors("ics23/iavl", "ics23/smt", "ics23/tendermint")
def test_proofs_are_accepted_and_altered_ones_refused(
    vector_file: Path, vector_cases: Callable[[Path, int], None]
) -> None:
    vector = json.loads(vector_file.read_text())
    spec = SPECS[vector_file.parent.name]
    root, key, value = (bytes.fromhex(vector[name] or "") for name in ("root", "key", "value"))
    encoded = bytes.fromhex(vector["proof"])
    proof = decode(encoded)
    assert encode(proof) == encoded
    if value:
        assert verified_value(proof, spec, root, key) == value
    else:
        verify_absence(proof, spec, root, key)
    verify = verified_value if value else verify_absence
    for bad_root, bad_key in ((root[:-1] + bytes((root[-1] ^ 1,)), key), (root, key + b"\0"), (b"", key), (root, b"")):
        with pytest.raises(BadProof):
            verify(proof, spec, bad_root, bad_key)
    for other in SPECS.values():
        if other is not spec:
            with pytest.raises(BadProof):
                verify(proof, other, root, key)
    vector_cases(vector_file, 7)


@pytest.mark.vectors("ics23/spec")
def test_a_proof_is_checked_against_its_spec(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    cases = json.loads(vector_file.read_text())
    for case in cases.values():
        proof, spec = existence(case["Proof"]), spec_of(case["Spec"])
        if case["Err"]:
            with pytest.raises(BadProof):
                check_against_spec(proof, spec)
        else:
            check_against_spec(proof, spec)
    vector_cases(vector_file, len(cases))


@pytest.mark.vectors("ics23/leaf_check")
def test_a_leaf_is_checked_against_its_spec(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    cases = json.loads(vector_file.read_text())
    for case in cases.values():
        leaf, spec = leaf_op(case["Leaf"]), ProofSpec(leaf=leaf_op(case["Spec"]))
        if case["IsErr"]:
            with pytest.raises(BadProof):
                check_leaf(leaf, spec)
        else:
            check_leaf(leaf, spec)
    vector_cases(vector_file, len(cases))


@pytest.mark.vectors("ics23/hash")
def test_hash_functions_are_the_named_ones(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    cases = json.loads(vector_file.read_text())
    for name, case in cases.items():
        preimage = case.get("Preimage") or case["PreImage"]
        assert hashed(HashOp(case["HashOp"]), preimage.encode()).hex() == case["ExpectedHash"], name
    vector_cases(vector_file, len(cases))


@pytest.mark.vectors("ics23/empty_branch")
def test_empty_siblings_are_recognised(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    cases = json.loads(vector_file.read_text())
    for index, case in enumerate(cases):
        step, spec = inner_op(case["Op"]), spec_of(case["Spec"]).inner
        assert left_is_empty(spec, step) is case["IsLeft"], index
        assert right_is_empty(spec, step) is case["IsRight"], index
    vector_cases(vector_file, len(cases))


@pytest.mark.vectors("ics23/existence", "ics23/inner", "ics23/leaf")
def test_steps_hash_to_what_they_should(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    cases = json.loads(vector_file.read_text())
    for name, case in cases.items():
        if case["IsErr"]:
            with pytest.raises(BadProof):
                pytest.fail(f"{name}: {hashed_case(case).hex()}")
        else:
            assert hashed_case(case) == raw(case, "Expected"), name
    vector_cases(vector_file, len(cases))


def hashed_case(case: Fields) -> bytes:
    if "Proof" in case:
        return calculate(existence(section(case, "Proof")))
    if "Child" in case:
        return apply_inner(inner_op(section(case, "Op")), raw(case, "Child"))
    return apply_leaf(leaf_op(section(case, "Op")), raw(case, "Key"), raw(case, "Value"))
