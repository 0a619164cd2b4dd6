"""QCP starts from a genesis that makes sense, and from no other."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from qos.base.errors import InvariantBroken, RuleViolation
from qos.chains.public import PUBLIC
from qos.machine.context import ReadContext
from qos.machine.machine import Machine
from qos.proto.json import to_json
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import MsgSetFloor
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.chain import ALICE, AUTHORITY, genesis_document
from qos.testing.qcp_deliveries import settle
from qos.testing.qcp_network import connected, expect_ok, transfer, voucher_at


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    """The state of a public chain that sent, received and waits."""
    hub, shop = connected()
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 500)))
    expect_ok(shop.do(ALICE, transfer(ALICE, hub, 300)))
    settle(hub, shop)
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 10**23)))
    settle(hub, shop)
    above = transfer(ALICE, hub, 6 * 10**22, denom=voucher_at(hub, shop))
    expect_ok(shop.do(ALICE, above))
    settle(hub, shop)
    floor = Coin(denom="aqos", amount=7)
    expect_ok(hub.do(AUTHORITY, MsgSetFloor(authority=AUTHORITY.address, chain_id="shop-1", floor=floor)))
    expect_ok(hub.do(ALICE, transfer(ALICE, shop, 40)))
    state: dict[str, Any] = json.loads(json.dumps(hub.machine.export_genesis()))
    return state


def start(state: dict[str, Any]) -> Machine:
    machine = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    machine.init_chain(json.dumps(genesis_document() | {"app_state": state}).encode())
    return machine


def test_what_was_exported_is_accepted_and_exported_again_alike(exported):
    machine = start(exported)
    ctx = ReadContext(machine._base(), machine._last)
    for module in PUBLIC.modules:
        assert json.loads(json.dumps(to_json(module.genesis.dump(ctx)))) == exported[module.name]


Change = Callable[[dict[str, Any]], object]
REFUSED: dict[str, Change] = {
    "no authority": lambda qcp: qcp["params"].update(authority=""),
    "no trusting period": lambda qcp: qcp["params"].update(trusting_period="0s"),
    "a pause of negative length": lambda qcp: qcp["params"].update(pause="-5s"),
    "a peer twice": lambda qcp: qcp["peers"].append(qcp["peers"][0]),
    "a peer without name": lambda qcp: qcp["peers"][0]["peer"].update(chain_id="X"),
    "frozen since a time for no reason": lambda qcp: qcp["peers"][0]["peer"].update(
        frozen_since="2026-01-01T00:00:00Z"
    ),
    "a client of no height": lambda qcp: qcp["peers"][0]["client"].update(height="0", floor="0"),
    "a header of negative height": lambda qcp: qcp["peers"][0]["headers"][0].update(height="-1"),
    "a header of another chain": lambda qcp: qcp["peers"][0]["headers"][0].update(chain_id="mall-1"),
    "an empty packet": lambda qcp: qcp["peers"][0]["outbox"][0].update(packet=""),
    "nothing outstanding": lambda qcp: qcp["peers"][0]["outstanding"][0].update(amount="0"),
    "a voucher without name": lambda qcp: qcp["vouchers"][0].update(denom=""),
    "a limit above the supply": lambda qcp: qcp["params"].update(limits=limits(share_e18=str(10**18 + 1))),
    "a negative general floor": lambda qcp: qcp["params"].update(limits=limits(voucher_floor="-1")),
    "a floor of nothing": lambda qcp: qcp["peers"][0]["floors"][0].update(amount="0"),
    "a release of another chain": lambda qcp: qcp["peers"][0]["releases"][0].update(chain_id="mall-1"),
    "a release of nothing": lambda qcp: qcp["peers"][0]["releases"][0]["coin"].update(amount="0"),
    "a bucket too large": lambda qcp: qcp["peers"][0]["buckets"][0]["bucket"].update(missing="A" * 56),
    "a claim of nothing": lambda qcp: qcp["claims"].append(claim("0")),
}
BROKEN: dict[str, Change] = {
    "more outstanding than escrowed": lambda qcp: qcp["peers"][0]["outstanding"][0].update(amount="501"),
    "a release that has not come": lambda qcp: qcp["peers"][0]["releases"][0].update(sequence="99"),
    "a release without escrow": lambda qcp: qcp["peers"][0]["releases"][0]["coin"].update(amount="1"),
    "a claim without escrow": lambda qcp: qcp["claims"].append(claim("1")),
    "a forgotten pending record": lambda qcp: qcp["peers"][0]["outbox"][-1].pop("pending"),
    "a counter ahead of its rows": lambda qcp: qcp["peers"][0]["queue"].update(outbox="9"),
    "a counter behind its rows": lambda qcp: qcp["peers"][0]["queue"].update(inbox="0"),
    "a missing receipt": lambda qcp: qcp["peers"][0]["receipts"].pop(),
    "an acknowledgement of what was not sent": lambda qcp: qcp["peers"][0]["queue"].update(acknowledged="9"),
    "a voucher of another path": lambda qcp: qcp["vouchers"][0].update(path=["A" * 43 + "="]),
    "a pending record for a result": lambda qcp: qcp["peers"][0]["outbox"][1].update(
        pending=qcp["peers"][0]["outbox"][-1]["pending"]
    ),
}


def limits(**changed: str) -> dict[str, str]:
    return {"share_e18": "0", "voucher_floor": "0"} | changed


def claim(amount: str) -> dict[str, Any]:
    return {"owner": "qos1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqvkqhl5", "coin": {"denom": "aqos", "amount": amount}}


@pytest.mark.parametrize("name", REFUSED)
def test_a_genesis_that_makes_no_sense_is_refused(exported, name):
    state = deepcopy(exported)
    REFUSED[name](state["qcp"])
    with pytest.raises(RuleViolation):
        start(state)


@pytest.mark.parametrize("name", BROKEN)
def test_a_genesis_that_contradicts_itself_breaks_an_invariant(exported, name):
    state = deepcopy(exported)
    BROKEN[name](state["qcp"])
    with pytest.raises(InvariantBroken):
        start(state)
