"""What has to hold of the parameters of fees."""

from qos.base.amounts import MAX_AMOUNT
from qos.base.identifiers import is_denom
from qos.machine.admission import MAX_BLOCK_GAS
from qos.modules.economics.fees.errors import BadParams
from qos.modules.economics.fees.formulas import MAX_GAS_PRICE, PPM
from qos.proto.records.qos_fees_v1 import Params

MAX_DENOMINATOR = 1_000


def check(params: Params) -> None:
    """Refuse parameters that contradict each other or leave their bounds. Raises: BadParams."""
    if not is_denom(params.denom) or not 0 <= params.gas_price <= MAX_GAS_PRICE:
        raise BadParams(f"fees: denom must name an asset and gas_price lie within 0 and {MAX_GAS_PRICE}")
    if params.target_gas > MAX_BLOCK_GAS:
        raise BadParams(f"fees: target_gas must lie within 0 and {MAX_BLOCK_GAS}")
    if params.target_gas and not 2 <= params.base_fee_denominator <= MAX_DENOMINATOR:
        raise BadParams(f"fees: base_fee_denominator must lie within 2 and {MAX_DENOMINATOR}")
    if params.value_fee_ppm > PPM or not 0 <= params.value_fee_cap <= MAX_AMOUNT:
        raise BadParams(f"fees: value_fee_ppm must lie within 0 and {PPM} and value_fee_cap not be negative")
