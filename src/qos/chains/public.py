"""The public chain `qos-1` (WP 1.3): identity, ledger, contracts, governance as they come to exist."""

from qos.chains.public_levels import KNOWN
from qos.machine.chain import Chain
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.accounts.module import ACCOUNTS
from qos.modules.assets.bank.module import bank_module
from qos.modules.assets.feegrant import operations as feegrant
from qos.modules.assets.feegrant.module import FEEGRANT
from qos.modules.crosschain.qcp import transfer
from qos.modules.crosschain.qcp.module import BULKY, qcp_module
from qos.modules.crosschain.qcp.payloads import application
from qos.modules.crosschain.qcp.payloads.unhosted import UNHOSTED
from qos.modules.economics.distribution.hooks import DISTRIBUTION_HOOKS
from qos.modules.economics.distribution.module import distribution_module
from qos.modules.economics.fees import operations as fees
from qos.modules.economics.fees.module import FEES
from qos.modules.economics.mint.module import MINT
from qos.modules.governance.proposals import votes
from qos.modules.governance.proposals.module import governance_module
from qos.modules.governance.upgrade.module import UPGRADE
from qos.modules.validators.slashing import windows
from qos.modules.validators.slashing.module import slashing_module
from qos.modules.validators.staking.hooks import Hooks
from qos.modules.validators.staking.module import staking_module
from qos.proto.records.qos_qcp_v1 import TrustMode

QCP = qcp_module(
    payloads={transfer.PAYLOAD_TYPE: transfer.receive, application.PAYLOAD_TYPE: application.handler_for({})}
    | UNHOSTED,
    trust_modes=frozenset((TrustMode.TRUST_MODE_ATTESTATION_AND_PROOF,)),
    governed=True,
)

STAKE: Hooks = (windows.HOOKS, DISTRIBUTION_HOOKS, votes.HOOKS)
"""Who hears of changes of stake, in this order."""

GOVERNANCE = governance_module(KNOWN)

PUBLIC = Chain(
    kind="public",
    app_version=1,
    modules=(
        ACCOUNTS,
        bank_module(fees.value_fee),
        FEEGRANT,
        staking_module(STAKE),
        slashing_module(STAKE),
        FEES,
        MINT,
        distribution_module(STAKE),
        GOVERNANCE,
        UPGRADE,
        QCP,
    ),
    accounts=accounts.HOOKS,
    charge=fees.charge,
    collect=fees.collect,
    gas_price=fees.gas_price,
    spend_grant=feegrant.spend,
    bulky=BULKY,
)
