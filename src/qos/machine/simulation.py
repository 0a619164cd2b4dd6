"""Running a transaction on the newest state and keeping nothing."""

from qos.base.errors import ErrorCode, RuleViolation
from qos.machine import execution
from qos.machine.admission import MAX_BLOCK_GAS, Admission
from qos.machine.context import BlockInfo
from qos.machine.errors import TxTooLarge
from qos.machine.transaction import MAX_TX_BYTES
from qos.proto import codec
from qos.proto.records.cosmos_base_abci_v1beta1 import GasInfo, Result
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    SimulateRequest,
    SimulateResponse,
    TxRaw,
)
from qos.store.overlay import Overlay

MAX_REQUEST_BYTES = MAX_TX_BYTES + 1024
PATH = "/cosmos.tx.v1beta1.Service/Simulate"


class SimulationFailed(RuleViolation):
    """The transaction would fail; the code and sentence are those it would fail with."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        self.failed = code
        super().__init__(message)

    @property
    def codespace(self) -> str:
        """Codespace of the failure."""
        return self.failed.codespace

    @property
    def number(self) -> int:
        """Number of the failure."""
        return self.failed.number


def simulate(admission: Admission, state: Overlay, block: BlockInfo, data: bytes) -> bytes:
    """Return an encoded SimulateResponse. `state` is a scratch. Raises: TxTooLarge, SimulationFailed, decode errors."""
    if len(data) > MAX_REQUEST_BYTES:
        raise TxTooLarge(f"request has {len(data)} bytes, at most {MAX_REQUEST_BYTES} are allowed: tx too large")
    request = codec.decode_lenient(SimulateRequest, data)
    raw = codec.decode(TxRaw, request.tx_bytes) if request.tx_bytes else _raw_of(request)
    tx = admission.decode_for_simulation(_with_room(raw))
    executed = execution.execute_decoded(admission, state, block, tx, simulate=True)
    result = executed.result
    if result.code:
        raise SimulationFailed(ErrorCode(result.codespace, result.code), result.log)
    response = SimulateResponse(
        gas_info=GasInfo(gas_wanted=result.gas_wanted, gas_used=result.gas_used),
        result=Result(data=result.data, events=result.events, msg_responses=executed.responses),
    )
    return codec.encode(response)


def _raw_of(request: SimulateRequest) -> TxRaw:
    tx = request.tx
    if tx is None or tx.body is None or tx.auth_info is None:
        raise codec.MalformedBytes("give the transaction as tx_bytes")
    return TxRaw(
        body_bytes=codec.encode(tx.body),
        auth_info_bytes=codec.encode(tx.auth_info),
        signatures=tx.signatures,
    )


def _with_room(raw: TxRaw) -> TxRaw:
    """Give a transaction without gas limit all the gas of a block: clients simulate to learn the limit."""
    auth_info = codec.decode(AuthInfo, raw.auth_info_bytes)
    fee = auth_info.fee or Fee()
    if fee.gas_limit:
        return raw
    roomy = AuthInfo(
        signer_infos=auth_info.signer_infos,
        fee=Fee(amount=fee.amount, gas_limit=MAX_BLOCK_GAS, payer=fee.payer, granter=fee.granter),
        tip=auth_info.tip,
    )
    return TxRaw(body_bytes=raw.body_bytes, auth_info_bytes=codec.encode(roomy), signatures=raw.signatures)
