"""Each module with parameters changes them for governance alone, as a whole set (G3; issue 6)."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.identifiers import format_address
from qos.chains.public import PUBLIC
from qos.machine.authority import GOVERNANCE
from qos.machine.errors import Unauthorized
from qos.proto.json import from_json
from qos.proto.record import Record
from qos.proto.records import qos_slashing_v1, qos_staking_v1
from qos.proto.records.cosmos_gov_v1 import ProposalStatus
from qos.testing.chain import ALICE
from qos.testing.governance import GAS, GovernedChain, proposal_of
from qos.testing.transactions import GAS_PRICE

PASSED = ProposalStatus.PROPOSAL_STATUS_PASSED
CHANGES: dict[str, dict[str, Any]] = {
    "distribution": {"proposer_reward_rate": str(10**16)},
    "fees": {"value_fee_cap": "5"},
    "gov": {"max_voting": 31},
    "mint": {"cap_factor": 21},
    "qcp": {"pause": "3600s"},
    "slashing": {"slash_fraction_downtime": str(10**13)},
    "staking": {"max_validators": 22},
}
UPDATES = {route.module: route.kind for url, route in PUBLIC.messages.items() if url.endswith(".MsgUpdateParams")}


@pytest.fixture(name="chain", scope="module")
def _chain() -> GovernedChain:
    return GovernedChain()


def current(chain: GovernedChain, module: str) -> Any:
    """Return a module's parameters as its genesis has them."""
    exported: Any = chain.machine.export_genesis()
    return exported[module]["params"]


def update(kind: type[Record], authority: str, params: Any) -> Record:
    return from_json(kind, {"authority": authority, "params": params})


def test_modules_with_parameters_are_these() -> None:
    assert set(UPDATES) == {"distribution", "fees", "gov", "mint", "qcp", "slashing", "staking"}


@pytest.mark.parametrize("module", sorted(UPDATES))
def test_nobody_else_changes_parameters(chain: GovernedChain, module: str) -> None:
    message = update(UPDATES[module], format_address(ALICE.address), current(chain, module))
    result = chain.run_block(chain.tx(ALICE, message, gas=GAS, price=GAS_PRICE)).tx_results[0]
    assert (result.codespace, result.code) == (Unauthorized.code.codespace, Unauthorized.code.number), result.log


@pytest.mark.parametrize("module", sorted(UPDATES))
def test_a_proposal_changes_parameters(chain: GovernedChain, module: str) -> None:
    wanted = current(chain, module) | CHANGES[module]
    ended = chain.decide(update(UPDATES[module], format_address(GOVERNANCE), wanted))
    assert ended.status is PASSED, ended.failed_reason
    assert current(chain, module) == wanted


def test_stake_and_penalties_change_and_keep_their_relations(chain: GovernedChain) -> None:
    stake: Any = from_json(qos_staking_v1.Params, current(chain, "staking"))
    slashing: Any = from_json(qos_slashing_v1.Params, current(chain, "slashing"))
    changed = (
        qos_staking_v1.MsgUpdateParams(authority=GOVERNANCE, params=replace(stake, max_validators=30)),
        qos_slashing_v1.MsgUpdateParams(authority=GOVERNANCE, params=replace(slashing, voting_status_least=1)),
    )
    assert chain.decide(*changed).status is PASSED
    assert (current(chain, "staking")["max_validators"], current(chain, "slashing")["voting_status_least"]) == (30, "1")
    # [V1] never above 60 % of the window; [V3] evidence counts while bonds can still be reached.
    too_much = replace(slashing, voting_status_least=slashing.voting_status_len)
    too_late = replace(stake, max_evidence_age=stake.unbonding_time + 1)
    for bad in (
        qos_slashing_v1.MsgUpdateParams(authority=GOVERNANCE, params=too_much),
        qos_staking_v1.MsgUpdateParams(authority=GOVERNANCE, params=too_late),
    ):
        result = chain.act(ALICE, proposal_of(ALICE.address, (bad,), 300 * 10**18))
        assert result.code != 0
        assert result.codespace in ("staking", "slashing")
