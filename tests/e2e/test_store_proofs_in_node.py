"""`@confio/ics23` 0.6.8, unmodified, accepts the store's proofs and refuses them below another root."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from qos.store.ics23 import TENDERMINT_SPEC
from qos.store.ics23_codec import decode
from qos.store.ics23_verify import verified_value
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.proofs import StoreProof

pytestmark = pytest.mark.e2e

CLIENT = Path(__file__).parent / "clients" / "ics23"
Case = dict[str, str | None]


@pytest.fixture(scope="module")
def client() -> Path:
    if not (CLIENT / "node_modules").is_dir():
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CLIENT, check=True, timeout=100
        )
    return CLIENT


def verdicts(client: Path, cases: list[Case]) -> list[bool]:
    answer = subprocess.run(
        ["node", "verify.mjs"],
        cwd=client,
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[bool] = json.loads(answer.stdout)
    assert len(found) == len(cases)
    return found


def proofs() -> list[StoreProof]:
    chance = random.Random(3)
    store = MultiStore(MemoryBackend(), {"acc": 1, "bank": 2, "gov": 3, "params": 4, "qcp": 5})
    for version in range(1, 301):
        size = 200 if version == 1 else chance.randrange(8)
        writes = {b"%05d" % chance.randrange(500): b"%d" % chance.getrandbits(80) for _ in range(size)}
        removed = {b"%05d" % chance.randrange(500): None for _ in range(size // 4)}
        stores = {name: {b"sentinel": b"%d" % version} for name in ("acc", "gov", "params", "qcp")}
        store.apply(version, {"bank": {**removed, **writes}, **stores})
        store.commit()
    heights = (store.oldest_version, store.version)
    keys = [b"%05d" % key for key in range(0, 500, 9)]
    return [store.prove(height, "bank", key) for height in heights for key in (b"!", *keys, b"~" * 200)]


def cases_of(proof: StoreProof) -> list[Case]:
    """Return the two steps of a proof, as a client checks them."""
    root = verified_value(decode(proof.operations[1]), TENDERMINT_SPEC, proof.app_hash, proof.store.encode())
    value = None if proof.value is None else proof.value.hex()
    inner, outer = (operation.hex() for operation in proof.operations)
    return [
        {"spec": "iavl", "proof": inner, "root": root.hex(), "key": proof.key.hex(), "value": value},
        {
            "spec": "tendermint",
            "proof": outer,
            "root": proof.app_hash.hex(),
            "key": proof.store.encode().hex(),
            "value": root.hex(),
        },
    ]


def test_the_node_client_accepts_our_proofs_and_no_flipped_root(client: Path) -> None:
    found = proofs()
    assert {proof.value is None for proof in found} == {True, False}
    cases = [case for proof in found for case in cases_of(proof)]
    flipped = [{**case, "root": f"{int(str(case['root'])[0], 16) ^ 8:x}{str(case['root'])[1:]}"} for case in cases]
    other_value = [{**case, "value": f"{case['value']}00"} for case in cases if case["value"] is not None]
    assert all(verdicts(client, cases))
    assert not any(verdicts(client, [*flipped, *other_value]))
