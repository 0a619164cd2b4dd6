"""The upgrade in a life: all nodes stop at the planned height and go on with the second build, one of them later."""

from collections.abc import Sequence

from qos.client.errors import Refused
from qos.node.program import EXIT_REFUSED
from qos.proto import codec
from qos.proto.records.cosmos_feegrant_v1beta1 import (
    BasicAllowance,
    MsgGrantAllowance,
    QueryAllowancesByGranterRequest,
    QueryAllowancesByGranterResponse,
)
from qos.proto.records.cosmos_upgrade_v1beta1 import QueryAppliedPlanRequest, QueryAppliedPlanResponse
from qos.proto.records.qos_orders_v1 import MsgSettle, OrderStatus
from qos.testing import second_build
from tools.chaos.nets import ChaosFailed
from tools.life.people import read, send
from tools.life.votes import Motions, accept
from tools.life.world import World, wait

EARLY = 9
"""So many blocks before the planned height the late node stops: few enough that it keeps its seat."""

ORDERER = "bob"
GRANTER, GRANTEES = "dave", ("alice", "bob", "carol")


def grant(world: World) -> None:
    """Grant fees to several accounts: the second build keeps the index of grants elsewhere."""
    granter = world.people.address(GRANTER)
    grants = [
        MsgGrantAllowance(granter=granter, grantee=world.people.address(name), allowance=codec.pack(BasicAllowance()))
        for name in GRANTEES
    ]
    send(world.url, world.people.signer(GRANTER), *grants)


def stop_early(world: World, number: int, motions: Motions) -> None:
    """Stop a validator's node shortly before the height; the second build does not start before it."""
    accept(world, motions.upgrade)
    wait(lambda: world.height >= motions.height - EARLY, "the blocks before the upgrade")
    world.nodes[number].stop()
    early = world.start(number, world.second)
    _expect_refusal(world, number, f"takes over at height {motions.height}")
    world.saw("too early", f"{early.child.name} refuses to start with the second build before the height")


def change(world: World, numbers: Sequence[int], motions: Motions) -> None:
    """Wait until every node has stopped at the height, and start each with the second build."""
    for number in numbers:
        _expect_refusal(world, number, f"knows upgrade {second_build.NAME!r}")
    world.saw("stopped for the upgrade", f"{len(numbers)} nodes refuse block {motions.height} with the first build")
    _kill_in_migration(world, numbers[0])
    nodes = [world.start(number, world.second) for number in numbers]
    wait(lambda: min(node.height() for node in nodes) > motions.height, "blocks of the second build")
    asked = QueryAppliedPlanRequest(name=second_build.NAME)
    made = read(world.url, "/cosmos.upgrade.v1beta1.Query/AppliedPlan", asked, QueryAppliedPlanResponse).height
    if made != motions.height:
        raise ChaosFailed(f"the upgrade was made at height {made}, not {motions.height}")
    moved = QueryAllowancesByGranterRequest(granter=world.people.address(GRANTER))
    path = "/cosmos.feegrant.v1beta1.Query/AllowancesByGranter"
    found = read(world.url, path, moved, QueryAllowancesByGranterResponse).allowances
    if len(found) != len(GRANTEES):
        raise ChaosFailed(f"{len(found)} of {len(GRANTEES)} grants are found behind the migration")
    world.saw("upgraded", f"{len(numbers)} nodes go on from height {made} with the second build and what it migrated")


def _kill_in_migration(world: World, number: int) -> None:
    """Start a node whose application is killed with half of the state migrated. Raises: ChaosFailed."""
    world.crash.touch()
    node = world.start(number, world.second)
    wait(lambda: node.has_ended, f"the end of {node.child.name}")
    if world.crash.exists():
        raise ChaosFailed(f"{node.child.name} ended before it migrated anything: {node.child.last_words()}")
    world.saw("killed in the migration", node.child.last_words())


def join_late(world: World, number: int, motions: Motions) -> None:
    """Bring the node that was down to the tip: by the first build up to the height, by the second from there."""
    world.start(number, world.first)
    _expect_refusal(world, number, f"knows upgrade {second_build.NAME!r}")
    node = world.start(number, world.second)
    goal = world.height
    wait(lambda: node.height() >= goal, "the late node at the tip")
    world.saw("late node", f"{node.child.name} took block {motions.height} and all after it with the second build")


def refuse_new_message(world: World) -> None:
    """Send a message of the second build before the upgrade. Raises: ChaosFailed when it is known."""
    said = _settle(world)
    if "no message" not in said.log:
        raise ChaosFailed(f"the first build says to the second one's message: {said.log}")


def use_new_message(world: World) -> None:
    """Send it after the upgrade: its own rule answers, not the decoder. Raises: ChaosFailed when it does not."""
    said = _settle(world)
    if said.codespace != "orders":
        raise ChaosFailed(f"the second build does not know its message: {said.log}")
    world.saw("new message", f"the second build's own module answers: {said.log}")


def _settle(world: World) -> Refused:
    """Settle an order nobody placed, with a message of a module the first build's public chain does not have."""
    address = world.people.address(ORDERER)
    message = MsgSettle(provider=address, number=1, status=OrderStatus.ORDER_STATUS_DONE)
    try:
        send(world.url, world.people.signer(ORDERER), message)
    except Refused as error:
        return error
    raise ChaosFailed("an order nobody placed was settled")


def _expect_refusal(world: World, number: int, words: str) -> None:
    """Wait until a node has ended because it refuses to go on. Raises: ChaosFailed when it ended otherwise."""
    node = world.nodes[number]
    wait(lambda: node.has_ended, f"the end of {node.child.name}")
    said = node.child.last_words()
    if node.child.exit_code != EXIT_REFUSED or words not in said:
        raise ChaosFailed(f"{node.child.name} ended with code {node.child.exit_code}: {said}")
