"""How much each message of the public chain can change when governance runs it (G2).

What does not stand here is critical: upgrades, registering and retiring chains, whatever comes later.
"""

from qos.modules.governance.proposals.levels import Known, KnownMessages
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records import (
    cosmos_bank_v1beta1,
    cosmos_distribution_v1beta1,
    cosmos_upgrade_v1beta1,
    qos_distribution_v1,
    qos_fees_v1,
    qos_gov_v1,
    qos_mint_v1,
    qos_qcp_v1,
    qos_slashing_v1,
    qos_staking_v1,
)
from qos.proto.records.qos_gov_v1 import Level

IMPORTANT: tuple[type[Record], ...] = (
    cosmos_bank_v1beta1.MsgSend,
    cosmos_distribution_v1beta1.MsgCommunityPoolSpend,
    cosmos_upgrade_v1beta1.MsgCancelUpgrade,
    qos_qcp_v1.MsgCancelRelease,
    qos_qcp_v1.MsgConsumeFailed,
    qos_qcp_v1.MsgDeclareGone,
    qos_qcp_v1.MsgOfferVersion,
    qos_qcp_v1.MsgRecoverClient,
    qos_qcp_v1.MsgSetFloor,
)
"""Payments, and what keeps queues going."""

PARAMETERS: tuple[type[Record], ...] = (
    qos_distribution_v1.MsgUpdateParams,
    qos_fees_v1.MsgUpdateParams,
    qos_gov_v1.MsgUpdateParams,
    qos_qcp_v1.MsgUpdateParams,
    qos_slashing_v1.MsgUpdateParams,
    qos_staking_v1.MsgUpdateParams,
)
"""Parameters can be judged before anybody votes: those that contradict each other are refused when submitted."""

TRIED_CRITICAL: tuple[type[Record], ...] = (qos_mint_v1.MsgUpdateParams, qos_mint_v1.MsgUpdatePhases)
"""Critical and judged before anybody votes."""

KNOWN: KnownMessages = {
    **{codec.type_url(kind): Known(level=Level.LEVEL_IMPORTANT) for kind in IMPORTANT},
    **{codec.type_url(kind): Known(level=Level.LEVEL_IMPORTANT, tried=True) for kind in PARAMETERS},
    **{codec.type_url(kind): Known(level=Level.LEVEL_CRITICAL, tried=True) for kind in TRIED_CRITICAL},
}
