"""Declaration of the consortium."""

from qos.machine.module import Module
from qos.modules.validators.consortium import errors, genesis, handlers, queries, seats, state
from qos.proto.records.qos_consortium_v1 import MsgServer, QueryServer

CONSORTIUM = Module(
    name="consortium",
    store=state.STORE,
    store_id=7,
    msgs=(
        MsgServer(
            register=handlers.register,
            revoke=handlers.revoke,
            set_root=handlers.set_root,
            set_seat=handlers.set_seat,
        ),
    ),
    queries=(
        QueryServer(
            params=queries.params,
            roots=queries.roots,
            members=queries.members,
            member=queries.member,
            certificate=queries.certificate,
            seats=queries.seats,
            revoked=queries.revoked,
        ),
    ),
    errors=errors.ALL,
    genesis=genesis.GENESIS,
    validators=seats.RULES,
    invariants=genesis.INVARIANTS,
)
