"""Declaration of the relay group."""

from qos.machine.module import Module
from qos.modules.relay.observations import consortia, errors, genesis, handlers, queries, state
from qos.proto.records.qos_relay_v1 import MsgServer, QueryServer

OBSERVATIONS = Module(
    name="relay",
    store=state.STORE,
    store_id=5,
    msgs=(
        MsgServer(
            observe=handlers.observe,
            sign=handlers.sign,
            record_submission=handlers.record_submission,
            hold_consortium=consortia.hold_consortium,
            report_equivocation=handlers.report_equivocation,
        ),
    ),
    queries=(
        QueryServer(
            members=queries.members,
            batches=queries.batches,
            batch=queries.batch,
            consortia=queries.consortia,
            votes=queries.votes,
        ),
    ),
    errors=errors.ALL,
    genesis=genesis.GENESIS,
    invariants=genesis.INVARIANTS,
)
