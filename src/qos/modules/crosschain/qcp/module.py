"""Declaration of QCP."""

from functools import partial

from qos.machine.module import Module
from qos.modules.crosschain.qcp import (
    checkpoints,
    delivery_fees,
    epochs,
    errors,
    genesis,
    handlers,
    hooks,
    invariants,
    ledgers,
    limits,
    liveness,
    named_failures,
    packet_errors,
    params,
    queries,
    releases,
    retirement,
    service_errors,
    state,
    timeouts,
    versions,
)
from qos.modules.crosschain.qcp.attestation import VERSION
from qos.modules.crosschain.qcp.types import Payloads
from qos.proto import codec
from qos.proto.records import qos_qcp_v1
from qos.proto.records.qos_qcp_v1 import TrustMode

BULKY = frozenset(
    (
        codec.type_url(qos_qcp_v1.MsgReceive),
        codec.type_url(qos_qcp_v1.MsgReceiveProven),
        codec.type_url(qos_qcp_v1.MsgCheckpoint),
    )
)
"""Deliveries of many packets with their proofs exceed the plain size limit of a transaction (T4)."""


def qcp_module(
    payloads: Payloads,
    trust_modes: frozenset[TrustMode],
    spoken: frozenset[int] = frozenset((VERSION,)),
    *,
    governed: bool = False,
) -> Module:
    """Return QCP with the payloads a chain understands, how it may believe its peers (Q10), the versions it speaks.

    `governed` says that the chain has governance, which then is the authority.
    """
    payloads = {**payloads, versions.PAYLOAD_TYPE: partial(versions.receive_offer, spoken=spoken)}
    return Module(
        name="qcp",
        version=2,
        store=state.STORE,
        store_id=4,
        msgs=(
            qos_qcp_v1.MsgServer(
                send_transfer=handlers.send_transfer,
                send_data=handlers.send_data,
                receive_proven=partial(liveness.receive_proven, payloads=payloads),
                checkpoint=checkpoints.checkpoint,
                deposit=delivery_fees.deposit,
                withdraw_deposit=delivery_fees.withdraw_deposit,
                receive=partial(handlers.receive, payloads=payloads),
                update_client=handlers.update_client,
                register_chain=partial(handlers.register_chain, allowed=trust_modes),
                freeze=handlers.freeze,
                recover_client=handlers.recover_client,
                report_equivocation=handlers.report_equivocation,
                claim=handlers.claim,
                rotate_relays=epochs.rotate_relays,
                hold_rotation=epochs.hold_rotation,
                refund_expired=timeouts.refund_expired,
                prove_inbox=timeouts.prove_inbox,
                set_floor=limits.set_floor,
                claim_release=releases.claim_release,
                cancel_release=releases.cancel_release,
                offer_version=partial(versions.offer_version, spoken=spoken),
                switch_version=partial(versions.switch_version, spoken=spoken),
                consume_failed=named_failures.consume_failed,
                declare_gone=retirement.declare_gone,
                retire_queue=retirement.retire_queue,
                update_params=partial(params.update_params, governed=governed),
            ),
        ),
        queries=(
            qos_qcp_v1.QueryServer(
                params=queries.params,
                peers=queries.list_peers,
                peer=queries.peer,
                epoch=queries.epoch,
                ledger=ledgers.show,
                checkpoint=checkpoints.show,
                delivery_fee=queries.delivery_fee,
                deposits=queries.deposits,
                queue=queries.queue,
                packet=queries.packet,
                packets=queries.packets,
                receipt=queries.receipt,
                client=queries.client_state,
                header=queries.header,
                outstanding=queries.outstanding_assets,
                voucher=queries.voucher,
                vouchers=queries.vouchers,
                claims=queries.claims,
                limit=queries.limit,
                limits=queries.list_limits,
                release=queries.release,
                releases=queries.list_releases,
                waiting=queries.waiting_requests,
                retired=queries.retired_queues,
            ),
        ),
        errors=errors.ALL + packet_errors.ALL + service_errors.ALL,
        genesis=genesis.genesis(governed=governed),
        begin_block=epochs.install_due,
        end_block=hooks.end_block,
        invariants=invariants.INVARIANTS,
    )
