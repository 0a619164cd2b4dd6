"""[N1] One test for any engine: what it decided must give the same app hashes under the embedded one, on any host."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from qos.base.identifiers import BASE_DENOM
from qos.node.chain_lists import chain_of
from qos.testing.chain import PUBLIC_FEES
from qos.testing.comet_node import CONSENSUS_PARAMS
from qos.testing.decided_chain import DecidedChain, Decider
from qos.testing.hosts import lines_of
from qos.testing.relay_group import relay_state
from qos.testing.sameness_load import codes_in, kinds_in
from qos.testing.sameness_stake import GOVERNANCE
from qos.testing.transactions import GAS_PRICE

ChainKind = Literal["public", "business", "cassini"]
CHAIN_IDS = {"public": "qos-1", "business": "shop-1", "cassini": "cassini-1"}
STATES: Mapping[str, Mapping[str, Any]] = {
    "public": {
        "fees": {"params": {"denom": BASE_DENOM, "gas_price": str(GAS_PRICE)} | PUBLIC_FEES},
        "gov": GOVERNANCE,
    },
    "business": {},
    "cassini": {"relay": relay_state()},
}
PRICE = 50 * GAS_PRICE
"""What is offered for a unit of gas: the price moves with full blocks."""

FAILURES = frozenset((("", 0), ("sdk", 5), ("sdk", 11), ("sdk", 32)))
"""Success, lack of funds, of gas, and a sequence that is not due: the least a load has to meet."""


def started(kind: ChainKind, decider: Decider, validator: str) -> DecidedChain:
    """Start a chain of a kind on an engine, with one validator by its key in base64."""
    return DecidedChain(
        decider,
        validator,
        chain=chain_of(kind),
        chain_id=CHAIN_IDS[kind],
        params=CONSENSUS_PARAMS,
        states=STATES[kind],
        price=PRICE if kind == "public" else 0,
    )


def check(chain: DecidedChain, seed: bytes, file: Path, hosts: Sequence[Mapping[str, str]]) -> None:
    """Run the decided blocks again on each host; `seed` is the validator's. Raises: AssertionError."""
    assert kinds_in(chain) == frozenset(chain.machine.chain.messages)
    assert codes_in(chain) >= FAILURES
    chain.record().write(file)
    expected = [each.app_hash.hex() for each in chain.decided]
    for host in hosts:
        assert lines_of(host, ["-m", "qos.testing.replay_blocks", str(file), seed.hex()]) == expected
