"""A business chain (WP 1.3): ledger, fees that may be zero, QCP; a provider adds modules of its own."""

from collections.abc import Mapping

from qos.base.identifiers import Address
from qos.machine.chain import Chain
from qos.machine.context import Context
from qos.machine.module import Module
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.accounts.module import ACCOUNTS
from qos.modules.assets.bank.module import bank_module
from qos.modules.assets.feegrant import operations as feegrant
from qos.modules.assets.feegrant.module import FEEGRANT
from qos.modules.crosschain.qcp import transfer
from qos.modules.crosschain.qcp.module import BULKY, qcp_module
from qos.modules.crosschain.qcp.payloads import application
from qos.modules.crosschain.qcp.payloads.application import Application
from qos.modules.crosschain.qcp.payloads.unhosted import UNHOSTED
from qos.modules.economics.fees import operations as fees
from qos.modules.economics.fees.module import FEES
from qos.modules.scenarios.orders import operations as orders
from qos.modules.scenarios.orders.module import ORDER_BOOK
from qos.modules.validators.consortium import operations as consortium
from qos.modules.validators.consortium.module import CONSORTIUM
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import Fee
from qos.proto.records.qos_qcp_v1 import TrustMode


def charge(ctx: Context, payer: Address, fee: Fee, *, simulate: bool) -> tuple[Coin, ...]:
    """Take the fee of members only, where genesis chose so: without fees that is what limits spam.

    Raises: NotAMember, NotValidNow, Revoked, and as `fees.charge`.
    """
    consortium.check_signers(ctx)
    return fees.charge(ctx, payer, fee, simulate=simulate)


def business_chain(modules: tuple[Module, ...], applications: Mapping[str, Application]) -> Chain:
    """Return a provider's chain: the common modules, its own, and which of its own take data from other chains."""
    payloads = {
        transfer.PAYLOAD_TYPE: transfer.receive,
        application.PAYLOAD_TYPE: application.handler_for(applications),
    }
    qcp = qcp_module(
        payloads=payloads | UNHOSTED,
        trust_modes=frozenset((TrustMode.TRUST_MODE_ATTESTATION, TrustMode.TRUST_MODE_ATTESTATION_AND_PROOF)),
    )
    return Chain(
        kind="business",
        app_version=1,
        modules=(ACCOUNTS, bank_module(fees.value_fee), FEEGRANT, CONSORTIUM, FEES, qcp, *modules),
        accounts=accounts.HOOKS,
        charge=charge,
        collect=fees.collect,
        gas_price=fees.gas_price,
        spend_grant=feegrant.spend,
        bulky=BULKY,
    )


BUSINESS = business_chain((ORDER_BOOK,), {orders.APPLICATION: orders.place})
