"""Payloads whose wire form is fixed and which no chain hosts yet: read strictly, then refused, so refunded (Q9)."""

from qos.machine.context import Context
from qos.modules.crosschain.qcp.service_errors import NotHosted
from qos.modules.crosschain.qcp.types import Delivered, PayloadHandler
from qos.proto import codec
from qos.proto.records.qos_qcp_v1 import ContractCall, IdentityAttestation

CONTRACT_CALL = "contract-call"
IDENTITY = "identity"


def refuse_contract_call(ctx: Context, delivered: Delivered) -> bytes:
    """Refuse a contract call. Raises: MalformedBytes, MalformedField, NotHosted."""
    del ctx
    codec.decode(ContractCall, delivered.packet.payload)
    raise NotHosted("this chain runs no contracts")


def refuse_identity(ctx: Context, delivered: Delivered) -> bytes:
    """Refuse an identity attestation. Raises: MalformedBytes, MalformedField, NotHosted."""
    del ctx
    codec.decode(IdentityAttestation, delivered.packet.payload)
    raise NotHosted("this chain keeps no identities")


UNHOSTED: dict[str, PayloadHandler] = {CONTRACT_CALL: refuse_contract_call, IDENTITY: refuse_identity}
"""Handlers by payload type."""
