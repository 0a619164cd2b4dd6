"""Figures and authority of QCP: governance changes them, and is the authority of every chain that has it."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.errors import RuleViolation
from qos.base.identifiers import format_address
from qos.machine.authority import GOVERNANCE
from qos.machine.context import Context
from qos.machine.errors import Unauthorized
from qos.machine.genesis import BadGenesis
from qos.modules.crosschain.qcp.errors import NotAuthorized
from qos.modules.crosschain.qcp.params import figures, require_authority
from qos.modules.crosschain.qcp.service_errors import BadParams
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_qcp_v1 import LimitParams, MsgUpdateParams, Params
from qos.testing.chain import ALICE, AUTHORITY, VirtualChain, by_governance, genesis_document

NOW = Params(authority=AUTHORITY.address, dev=True)
PUBLIC_NET = {"params": {"authority": format_address(GOVERNANCE)}}


@pytest.fixture(name="ctx")
def _ctx() -> Context:
    return VirtualChain().scratch()


def change(ctx: Context, params: Params) -> RuleViolation | None:
    return by_governance(ctx, MsgUpdateParams(authority=GOVERNANCE, params=params))


def test_governance_changes_figures_and_hands_the_authority_on(ctx: Context) -> None:
    new = replace(NOW, authority=ALICE.address, pause=5, limits=LimitParams(share_e18=7))
    assert change(ctx, new) is None
    found = figures(ctx)
    assert (found.authority, found.pause_ns, found.limits.share_e18) == (ALICE.address, 5, 7)
    with pytest.raises(NotAuthorized):
        require_authority(ctx, AUTHORITY.address)


def test_governance_is_an_authority_beside_the_key_of_a_development_chain(ctx: Context) -> None:
    for who in (AUTHORITY.address, GOVERNANCE):
        assert require_authority(ctx, who).dev


@pytest.mark.parametrize(
    "params",
    [
        replace(NOW, pause=0),
        replace(NOW, trusting_period=-1),
        replace(NOW, clock_drift=0),
        replace(NOW, limits=LimitParams(share_e18=10**18 + 1)),
        replace(NOW, delivery_quote=Coin(denom="aqos", amount=0)),
        replace(NOW, delivery_quote=Coin(denom="!", amount=1)),
        replace(NOW, dev=False),
    ],
)
def test_figures_that_genesis_refuses_are_refused(ctx: Context, params: Params) -> None:
    """[G3] the whole set is checked."""
    assert isinstance(change(ctx, params), BadParams)


def test_nobody_else_changes_figures() -> None:
    chain = VirtualChain()
    result = chain.run_block(chain.tx(ALICE, MsgUpdateParams(authority=ALICE.address, params=NOW))).tx_results[0]
    assert (result.codespace, result.code) == (Unauthorized.code.codespace, Unauthorized.code.number)


def test_on_the_public_net_no_key_is_the_authority() -> None:
    document: dict[str, Any] = genesis_document(qcp=PUBLIC_NET)
    ctx = VirtualChain(document).scratch()
    assert require_authority(ctx, GOVERNANCE).dev is False
    assert isinstance(change(ctx, Params(authority=ALICE.address)), BadParams)
    keyed = genesis_document(qcp={"params": {"authority": format_address(AUTHORITY.address)}})
    with pytest.raises(BadGenesis, match="authority of this chain is governance"):
        VirtualChain(keyed)
