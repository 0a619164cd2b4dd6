"""Running messages as governance: one scope, own gas, no nesting."""

import pytest

from qos.base.identifiers import BASE_DENOM, module_address
from qos.machine.authority import GOVERNANCE, execute, require_governance, resolve
from qos.machine.context import Context, MessageRoute
from qos.machine.errors import InsufficientFunds, OutOfGas, Unauthorized, UnknownRequest
from qos.modules.assets.bank import operations as bank
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend, MsgSendResponse
from qos.testing.chain import ALICE, BOB, VirtualChain
from qos.testing.transactions import aqos, send


def ctx_with_funds(amount: int = 100) -> Context:
    ctx = VirtualChain().scratch()
    bank.credit(ctx, GOVERNANCE, aqos(amount)[0])
    return ctx


def to_bob(amount: int) -> AnyRecord:
    return codec.pack(send(GOVERNANCE, BOB.address, amount))


def test_governance_is_the_module_account_named_gov() -> None:
    assert module_address("gov") == GOVERNANCE
    require_governance(GOVERNANCE)
    with pytest.raises(Unauthorized, match="submit it as a proposal"):
        require_governance(ALICE.address)


def test_messages_run_in_order_as_the_authority() -> None:
    ctx = ctx_with_funds(100)
    before = bank.balance(ctx, BOB.address, BASE_DENOM)
    outcome = execute(ctx, (to_bob(30), to_bob(40)), GOVERNANCE, 10**6)
    assert outcome.ok
    assert [answer.type_url for answer in outcome.value or ()] == ["/cosmos.bank.v1beta1.MsgSendResponse"] * 2
    assert bank.balance(ctx, BOB.address, BASE_DENOM) == before + 70
    assert bank.balance(ctx, GOVERNANCE, BASE_DENOM) == 30


def test_a_message_that_fails_undoes_those_before_it() -> None:
    ctx = ctx_with_funds(100)
    before = bank.balance(ctx, BOB.address, BASE_DENOM)
    outcome = execute(ctx, (to_bob(60), to_bob(60)), GOVERNANCE, 10**6)
    assert isinstance(outcome.violation, InsufficientFunds)
    assert bank.balance(ctx, BOB.address, BASE_DENOM) == before
    assert ctx.events == []


def test_gas_is_bounded_and_charged() -> None:
    ctx = ctx_with_funds()
    used = ctx.gas.used
    outcome = execute(ctx, (to_bob(1),), GOVERNANCE, 1_000)
    assert isinstance(outcome.violation, OutOfGas)
    assert ctx.gas.used == used + 1_000


@pytest.mark.parametrize(
    ("wrapped", "error"),
    [
        (AnyRecord(type_url="/qos.none.v1.MsgNothing"), UnknownRequest),
        (codec.pack(send(ALICE.address, BOB.address, 1)), Unauthorized),
        (AnyRecord(type_url="/cosmos.bank.v1beta1.MsgSend", value=b"\xff"), codec.MalformedBytes),
    ],
)
def test_only_own_messages_of_the_chain_run(wrapped: AnyRecord, error: type[Exception]) -> None:
    ctx = ctx_with_funds()
    assert isinstance(execute(ctx, (wrapped,), GOVERNANCE, 10**6).violation, error)
    with pytest.raises(error):
        resolve(ctx.routes, wrapped, GOVERNANCE)


def test_a_message_run_by_authority_runs_no_other() -> None:
    """[G2] no nesting."""
    ctx = ctx_with_funds()
    seen: list[tuple[Record, ...]] = []

    def nested(inner: Context, msg: MsgSend) -> MsgSendResponse:
        seen.append((msg,))
        outcome = execute(inner, (to_bob(1),), GOVERNANCE, 10**5)
        assert isinstance(outcome.violation, UnknownRequest)
        return MsgSendResponse()

    url = codec.type_url(MsgSend)
    ctx.routes = {url: MessageRoute(kind=MsgSend, handle=nested, module="bank")}
    assert execute(ctx, (to_bob(2),), GOVERNANCE, 10**6).ok
    assert seen == [(send(GOVERNANCE, BOB.address, 2),)]
