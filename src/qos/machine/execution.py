"""One transaction in a block: admitted, then its messages all or nothing."""

from functools import lru_cache, partial
from typing import NamedTuple

from qos.base.errors import RuleViolation
from qos.base.identifiers import format_address
from qos.machine.admission import Admission, gas_limit_of
from qos.machine.chain import Payment
from qos.machine.context import BlockInfo, Context
from qos.machine.gas import GasMeter
from qos.machine.scope import attempt
from qos.machine.transaction import Transaction
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records.cosmos_base_abci_v1beta1 import TxMsgData
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.store.overlay import Overlay

CACHED_RESPONSES = 1_024
"""Answers of messages kept encoded: most are empty."""


class Executed(NamedTuple):
    """What one transaction did: its result, what it paid, the answers of its messages."""

    result: ExecTxResult
    payment: Payment | None = None
    dues: tuple[Coin, ...] = ()
    responses: tuple[AnyRecord, ...] = ()


def refusal(error: RuleViolation, *, gas_wanted: int = 0, gas_used: int = 0) -> ExecTxResult:
    """Return the result of a transaction a rule refused."""
    return ExecTxResult(
        code=error.number,
        codespace=error.codespace,
        log=str(error),
        gas_wanted=gas_wanted,
        gas_used=gas_used,
    )


def admit(
    admission: Admission, state: Overlay, block: BlockInfo, tx: Transaction, *, simulate: bool = False
) -> tuple[Context, tuple[Coin, ...]]:
    """Admit a transaction on a state. Keeps its fee and sequence there and returns the context to go on with.

    Raises: any RuleViolation of admission; then the state is as before.
    """
    meter = GasMeter(gas_limit_of(tx))
    kept = None if simulate else admission.kept(tx, state, block)
    if kept is not None:
        meter.used = kept.gas_used
        state.take(kept.writes)
        return Context(state, block, meter, [*kept.events], tx.signers, admission.routes), kept.fee
    scratch = Overlay(state)
    ctx = Context(scratch, block, meter, [], tx.signers)
    fee = admission.admit(ctx, block, tx, simulate=simulate)
    scratch.flush()
    return Context(state, block, meter, ctx.events, tx.signers, admission.routes), fee


def run_messages(tx: Transaction, ctx: Context) -> tuple[AnyRecord, ...]:
    """Run all messages of an admitted transaction. Raises: the first RuleViolation of a handler."""
    responses = []
    for step in tx.steps:
        attributes = (("action", codec.type_url(step.route.kind)), ("sender", format_address(step.signers[0])))
        ctx.emit("message", attributes)
        responses.append(_packed(step.route.handle(ctx, step.message)))
    return tuple(responses)


@lru_cache(maxsize=CACHED_RESPONSES)
def _packed(response: Record) -> AnyRecord:
    return codec.pack(response)


@lru_cache(maxsize=CACHED_RESPONSES)
def _data_of(responses: tuple[AnyRecord, ...]) -> bytes:
    return codec.encode(TxMsgData(msg_responses=responses))


def execute(admission: Admission, state: Overlay, block: BlockInfo, data: bytes) -> Executed:
    """Execute one transaction of a block on its state; every transaction yields exactly one result."""
    try:
        tx = admission.decode(data)
    except RuleViolation as error:
        return Executed(result=refusal(error))
    return execute_decoded(admission, state, block, tx)


def execute_decoded(
    admission: Admission, state: Overlay, block: BlockInfo, tx: Transaction, *, simulate: bool = False
) -> Executed:
    """Execute a transaction that is decoded already."""
    fee_offer = tx.auth_info.fee
    wanted = fee_offer.gas_limit if fee_offer is not None else 0
    try:
        ctx, fee = admit(admission, state, block, tx, simulate=simulate)
    except RuleViolation as error:
        return Executed(result=refusal(error, gas_wanted=min(wanted, 2**63 - 1)))
    payment = Payment(gas_limit=wanted, fee=fee)
    outcome = attempt(ctx, partial(run_messages, tx))
    used = min(ctx.gas.used, ctx.gas.limit)
    if outcome.violation is not None:
        return Executed(result=refusal(outcome.violation, gas_wanted=wanted, gas_used=used), payment=payment)
    responses = outcome.value or ()
    result = ExecTxResult(
        data=_data_of(responses),
        gas_wanted=wanted,
        gas_used=used,
        events=tuple(ctx.events),
    )
    return Executed(result=result, payment=payment, dues=tuple(ctx.dues), responses=responses)
