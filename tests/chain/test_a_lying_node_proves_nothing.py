"""What `qos query --prove` believes: a real chain behind a node that changes its answers."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from qos.base.blocktime import DAY_NS, SECOND_NS
from qos.base.errors import QosError
from qos.chains.public import PUBLIC
from qos.client.calls import Call
from qos.client.errors import BadAnswer, StaleNode
from qos.client.fields import as_object
from qos.client.lightblocks import genesis_root
from qos.client.verified import ProvenValue, proven_read
from qos.engine.embedded.schedule import ScheduleConfig
from qos.lightclient.errors import Invalid, TrustExpired
from qos.lightclient.verifier import Options
from qos.machine import genesis
from qos.modules.assets.bank.state import BALANCES, STORE
from qos.proto.records.qos_lightclient_v1 import TrustedState
from qos.store.ics23 import BadProof
from qos.testing.chain import ALICE, BOB, FUNDS, genesis_document
from qos.testing.engine_worlds import GENESIS_NS
from qos.testing.memory_node import MemoryNode
from qos.testing.relay_world import run_now

T = TypeVar("T")
Lie = Callable[[dict[str, Any]], None]
ALICE_HOLDS = BALANCES.raw_key((ALICE.address, "aqos"))
NOBODY_HOLDS = BALANCES.raw_key((ALICE.address, "qsc/NONE"))


class Liar(MemoryNode):
    """Answers as the chain does, but for one method."""

    def __init__(self) -> None:
        super().__init__(PUBLIC, genesis_document(), ScheduleConfig(heartbeat_ms=1_000), 100)
        self.lies: dict[str, Lie] = {}
        self.now_ns = GENESIS_NS
        self.advance(6)

    def advance(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now_ns += SECOND_NS
            self.tick(self.now_ns)

    async def send(self, call: Call[T]) -> T:
        answer = json.loads(json.dumps(getattr(self, f"_{call.method}")(call.params)))
        self.lies.get(call.method, lambda answer: None)(answer)
        return call.parse(as_object(answer))

    async def pause(self, duration_ms: int) -> None:
        """Let nothing happen: a node that is stuck."""

    def root(self) -> TrustedState:
        return genesis_root(genesis.parse(self.genesis))

    def read(self, key: bytes, trusted: TrustedState | None = None) -> ProvenValue:
        work = proven_read(self, trusted or self.root(), STORE, key, options=Options(), now_ns=self.now_ns)
        return run_now(work)


@pytest.fixture
def node() -> Liar:
    return Liar()


def test_a_value_and_its_absence_are_proven_from_genesis_alone(node: Liar) -> None:
    held = node.read(ALICE_HOLDS)
    assert held.value == str(FUNDS).encode()
    assert held.signers.power == held.signers.total_power == 40
    assert held.state.height == held.height + 1
    assert node.read(NOBODY_HOLDS).value is None


def test_the_kept_header_is_where_the_next_question_starts(node: Liar) -> None:
    kept = node.read(ALICE_HOLDS).state
    node.advance(3)
    assert node.read(ALICE_HOLDS, kept).state.height > kept.height


def lie_value(answer: dict[str, Any]) -> None:
    answer["response"]["value"] = b64encode(b"9" * 30).decode()


def lie_absent(answer: dict[str, Any]) -> None:
    answer["response"]["value"] = ""


def lie_without_proof(answer: dict[str, Any]) -> None:
    answer["response"]["proofOps"] = None


def lie_proof(answer: dict[str, Any]) -> None:
    ops = answer["response"]["proofOps"]["ops"]
    ops[0], ops[1] = ops[1], ops[0]


def lie_older(answer: dict[str, Any]) -> None:
    answer["response"]["height"] = "0"


def lie_app_hash(answer: dict[str, Any]) -> None:
    answer["signed_header"]["header"]["app_hash"] = "AB" * 32


def lie_votes(answer: dict[str, Any]) -> None:
    for vote in answer["signed_header"]["commit"]["signatures"][1:]:
        vote |= {"block_id_flag": 1, "validator_address": "", "timestamp": "0001-01-01T00:00:00Z", "signature": None}


def lie_set(answer: dict[str, Any]) -> None:
    answer["validators"][0]["voting_power"] = "1000"


@pytest.mark.parametrize(
    ("method", "lie", "error"),
    [
        ("abci_query", lie_value, BadAnswer),
        ("abci_query", lie_absent, BadProof),
        ("abci_query", lie_without_proof, BadProof),
        ("abci_query", lie_proof, BadProof),
        ("abci_query", lie_older, BadProof),
        ("commit", lie_app_hash, Invalid),
        ("commit", lie_votes, Invalid),
        ("validators", lie_set, Invalid),
    ],
)
def test_each_lie_is_noticed(node: Liar, method: str, lie: Lie, error: type[QosError]) -> None:
    node.lies[method] = lie
    with pytest.raises(error):
        node.read(ALICE_HOLDS)


def test_a_node_that_stays_behind_is_told_from_one_that_is_current(node: Liar) -> None:
    kept = node.read(ALICE_HOLDS).state
    with pytest.raises(StaleNode):
        node.read(ALICE_HOLDS, kept)


def test_what_is_trusted_too_long_is_trusted_no_more(node: Liar) -> None:
    node.now_ns += 11 * DAY_NS
    with pytest.raises(TrustExpired):
        node.read(ALICE_HOLDS)


def test_a_chain_with_other_validators_is_not_the_one_of_the_genesis(node: Liar) -> None:
    other = genesis_document()
    root = genesis_root(genesis.parse(json.dumps(other).encode()))
    with pytest.raises(Invalid):
        node.read(BALANCES.raw_key((BOB.address, "aqos")), root)
