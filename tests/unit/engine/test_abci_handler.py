"""What each request of ABCI 2.0 does and answers."""

from dataclasses import replace
from typing import Any

import pytest

from qos.base.errors import InvariantBroken
from qos.chains.public import PUBLIC
from qos.engine.abci.frames import BadFrame, FrameReader
from qos.engine.abci.handler import TOO_BUSY
from qos.machine.abci import BlockRequest, BlockResult
from qos.machine.context import Misbehavior, MisbehaviorKind, Vote
from qos.machine.machine import Machine
from qos.proto import codec
from qos.proto.records import tendermint_abci as abci
from qos.proto.records import tendermint_types as types
from qos.proto.records.cosmos_bank_v1beta1 import QueryTotalSupplyRequest
from qos.store.errors import StoreError
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.abci_engine import CONSENSUS, QUERY, SNAPSHOT, AppRefused
from qos.testing.abci_world import AbciWorld
from qos.testing.chain import ALICE, BOB, CHAIN_ID, genesis_document
from qos.testing.transactions import Signer, send, transaction


def transfer(sequence: int, amount: int = 1) -> bytes:
    signer = Signer(key=ALICE, number=0, sequence=sequence)
    return transaction(CHAIN_ID, (signer,), send(ALICE.address, BOB.address, amount))


@pytest.fixture
def world() -> AbciWorld:
    return AbciWorld().started()


def query(world: AbciWorld, path: str, data: bytes = b"", height: int = 0, *, prove: bool = False) -> Any:
    request = abci.RequestQuery(path=path, data=data, height=height, prove=prove)
    return world.engine.call(QUERY, query=request)


def test_echo_and_flush_come_back(world: AbciWorld) -> None:
    assert world.engine.call(QUERY, echo=abci.RequestEcho(message="é")).message == "é"
    assert world.engine.call(QUERY, flush=abci.RequestFlush()) == abci.ResponseFlush()


def test_info_tells_the_last_committed_block_and_no_more(world: AbciWorld) -> None:
    engine = world.engine
    before = engine.call(QUERY, info=abci.RequestInfo())
    assert (before.last_block_height, before.last_block_app_hash) == (1, engine.answers[-1].app_hash)
    assert before.app_version == PUBLIC.app_version
    engine.finalize((transfer(0),))
    assert engine.call(QUERY, info=abci.RequestInfo()) == before
    engine.commit()
    after = engine.call(QUERY, info=abci.RequestInfo())
    assert (after.last_block_height, after.last_block_app_hash) == (2, engine.answers[-1].app_hash)


def test_info_before_genesis_is_height_0_without_hash() -> None:
    info = AbciWorld().engine.call(QUERY, info=abci.RequestInfo())
    assert (info.last_block_height, info.last_block_app_hash) == (0, b"")


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_a_handshake_replays_all_some_one_or_none(kept: int) -> None:
    world = AbciWorld().started()
    for sequence in range(2):
        world.engine.block(transfer(sequence))
    pruned = AbciWorld()
    for request in world.engine.decided[:kept]:
        if request.height == 1:
            pruned.engine.generation += 1
            pruned.engine.call(CONSENSUS, init_chain=pruned.engine.init_chain())
        pruned.engine.call(CONSENSUS, finalize_block=request)
        pruned.engine.call(CONSENSUS, commit=abci.RequestCommit())
    pruned.restart()
    pruned.engine.decided, pruned.engine.answers = world.engine.decided, world.engine.answers
    assert pruned.engine.handshake() == 3 - kept
    assert pruned.machine.info() == world.machine.info()


def test_a_block_that_was_executed_and_not_committed_is_executed_again(world: AbciWorld) -> None:
    answer = world.engine.finalize((transfer(0),))
    world.restart()
    assert world.engine.handshake() == 1
    assert world.machine.info().app_hash == answer.app_hash


def test_a_genesis_that_was_loaded_and_not_committed_is_loaded_again() -> None:
    world = AbciWorld()
    world.engine.handshake()
    world.engine.handshake()
    assert world.engine.block().app_hash == AbciWorld().started().machine.info().app_hash


def refused_genesis(**changes: Any) -> str:
    world = AbciWorld(genesis_document() | changes)
    with pytest.raises(AppRefused) as refusal:
        world.engine.handshake()
    assert world.refusals == [("init_chain", str(refusal.value))]
    return str(refusal.value)


def test_a_genesis_that_is_none_is_refused_with_the_reason() -> None:
    assert "chain_id" in refused_genesis(chain_id="QOS")
    assert "app_state has no key" in refused_genesis(app_state={})


def test_vote_extensions_are_refused_at_genesis() -> None:
    engine = AbciWorld().engine
    request = engine.init_chain()
    params = types.ConsensusParams(
        block=types.BlockParams(max_bytes=1_000, max_gas=-1),
        evidence=types.EvidenceParams(max_age_num_blocks=1, max_age_duration=1),
        validator=types.ValidatorParams(pub_key_types=("ed25519",)),
        abci=types.ABCIParams(vote_extensions_enable_height=5),
    )
    broken = abci.RequestInitChain(
        time=request.time,
        chain_id=request.chain_id,
        consensus_params=params,
        validators=request.validators,
        app_state_bytes=request.app_state_bytes,
        initial_height=1,
    )
    with pytest.raises(AppRefused, match="vote extensions are off"):
        engine.call(CONSENSUS, init_chain=broken)


def test_vote_extensions_are_refused_wherever_they_come(world: AbciWorld) -> None:
    engine = world.engine
    with pytest.raises(AppRefused, match="vote extensions are off"):
        engine.call(CONSENSUS, extend_vote=abci.RequestExtendVote(height=2))
    verdict = engine.call(
        CONSENSUS, verify_vote_extension=abci.RequestVerifyVoteExtension(height=2, vote_extension=b"x")
    )
    assert verdict.status is abci.ResponseVerifyVoteExtensionVerifyStatus.REJECT
    vote = abci.ExtendedVoteInfo(validator=abci.Validator(address=engine.proposer, power=10), vote_extension=b"x")
    request = abci.RequestPrepareProposal(
        max_tx_bytes=1_000, local_last_commit=abci.ExtendedCommitInfo(votes=(vote,)), height=2, time=engine.time_ns
    )
    with pytest.raises(AppRefused, match="vote extensions are off"):
        engine.call(CONSENSUS, prepare_proposal=request)


def test_a_proposal_that_fails_admission_is_not_voted_for(world: AbciWorld) -> None:
    """[T5]"""
    assert world.engine.judge((transfer(0), transfer(1)))
    assert not world.engine.judge((transfer(1),))
    assert not world.engine.judge((b"nonsense",))
    assert [call for call, _ in world.refusals] == ["proposal refused"] * 2


def test_what_this_node_proposed_itself_is_voted_for_and_nothing_else_is_believed(world: AbciWorld) -> None:
    """[T5]"""
    engine = world.engine
    for sequence in range(3):
        engine.broadcast(transfer(sequence))
    chosen = engine.propose()
    assert engine.judge(chosen)
    assert not engine.judge(chosen[1:])
    assert not engine.judge((*chosen, transfer(7)))
    assert len(engine.propose(max_tx_bytes=len(chosen[0]) + 10)) == 1


def test_a_block_tells_results_events_and_hash(world: AbciWorld) -> None:
    answer = world.engine.block(transfer(0), b"nonsense")
    good, bad = answer.tx_results
    assert (good.code, bad.code, bad.codespace) == (0, 2, "sdk")
    indexed = {(event.type, each.key): each.index for event in good.events for each in event.attributes}
    assert indexed["message", "action"]
    assert not indexed["transfer", "amount"]
    assert answer.app_hash == world.machine.info().app_hash
    assert answer.consensus_param_updates is None


def test_blocks_are_kept_as_configured() -> None:
    engine = AbciWorld(retain_blocks=100).started(99).engine
    engine.finalize(())
    assert engine.commit() == 1
    engine.finalize(())
    assert engine.commit() == 2
    everything = AbciWorld().started(3).engine
    everything.finalize(())
    assert everything.commit() == 0


def test_queries_answer_from_committed_state_with_proofs(world: AbciWorld) -> None:
    world.engine.block(transfer(0))
    answer = query(world, "/store/acc/key", b"\x01" + ALICE.address, prove=True)
    assert [op.type for op in answer.proof_ops.ops] == ["ics23:iavl", "ics23:simple"]
    assert answer.value
    assert answer.height == 1
    refusal = query(world, "/no/such/path")
    assert (refusal.codespace, refusal.code) == ("sdk", 6)
    assert query(world, "/store/acc/key", b"x", height=-1).code != 0
    assert query(world, "/store/acc/key", b"x", height=99).code != 0


def test_peers_are_let_in_without_a_look(world: AbciWorld) -> None:
    for path in ("/p2p/filter/addr/1.2.3.4:5", "/p2p/filter/id/ab"):
        assert query(world, path).code == 0


def test_a_long_query_is_refused_here_and_stops_nothing() -> None:
    world = AbciWorld(query_reads=0).started()
    refusal = query(world, "/cosmos.bank.v1beta1.Query/TotalSupply", codec.encode(QueryTotalSupplyRequest()))
    assert (refusal.codespace, refusal.code, refusal.log[-17:]) == ("sdk", 18, ": invalid request")


def test_a_node_without_snapshots_offers_and_takes_none(world: AbciWorld) -> None:
    engine = world.engine
    assert engine.call(SNAPSHOT, list_snapshots=abci.RequestListSnapshots()).snapshots == ()
    assert engine.call(SNAPSHOT, load_snapshot_chunk=abci.RequestLoadSnapshotChunk(height=1)).chunk == b""
    offer = abci.RequestOfferSnapshot(snapshot=abci.Snapshot(height=1), app_hash=b"h" * 32)
    assert engine.call(SNAPSHOT, offer_snapshot=offer).result is abci.ResponseOfferSnapshotResult.ABORT
    applied = engine.call(SNAPSHOT, apply_snapshot_chunk=abci.RequestApplySnapshotChunk())
    assert applied.result is abci.ResponseApplySnapshotChunkResult.ABORT


def test_a_block_that_does_not_follow_stops_the_node_before_it_is_committed(world: AbciWorld) -> None:
    request = abci.RequestFinalizeBlock(height=7, time=world.engine.time_ns, decided_last_commit=abci.CommitInfo())
    with pytest.raises(InvariantBroken):
        world.engine.call(CONSENSUS, finalize_block=request)
    assert world.machine.info().height == 1


def test_a_failed_write_stops_the_node() -> None:
    class Broken(MemoryBackend):
        is_full = False

        def write(self, steps: Any) -> None:
            if self.is_full:
                raise StoreError("disk full")
            super().write(steps)

    world = AbciWorld()
    world.backend = backend = Broken()
    world.restart()
    world.started()
    backend.is_full = True
    world.engine.finalize(())
    with pytest.raises(StoreError):
        world.engine.commit()
    restarted = Machine(PUBLIC, MultiStore(backend, PUBLIC.stores))
    assert restarted.info().height == 1


def test_what_cannot_be_read_is_refused_and_changes_nothing(world: AbciWorld) -> None:
    answer = codec.decode_lenient(abci.Response, world.ask(1, b"\xa2\x01\x02\x0a\xff"))
    assert answer.exception == abci.ResponseException(error="not a tendermint.abci.RequestFinalizeBlock")
    with pytest.raises(BadFrame):
        world.handler.handle(b"nonsense", 1)
    assert world.machine.info().height == 1


def test_the_answer_of_a_busy_node_says_that_the_mempool_is_full() -> None:
    (content,) = FrameReader().feed(TOO_BUSY)
    answer = codec.decode_lenient(abci.Response, content).check_tx
    assert answer is not None
    assert (answer.codespace, answer.code) == ("sdk", 20)


def test_votes_and_offences_of_a_block_reach_the_rules(world: AbciWorld) -> None:
    engine = world.engine
    seen: list[BlockRequest] = []
    finalize = world.machine.finalize_block

    def watching(request: BlockRequest) -> BlockResult:
        seen.append(request)
        return finalize(request)

    world.machine.finalize_block = watching  # type: ignore[method-assign]
    offence = abci.Misbehavior(
        type=abci.MisbehaviorType.LIGHT_CLIENT_ATTACK,
        validator=abci.Validator(address=b"b" * 20, power=7),
        height=1,
        time=engine.time_ns - 5,
        total_voting_power=17,
    )
    request = abci.RequestFinalizeBlock(
        decided_last_commit=engine.last_commit,
        misbehavior=(offence,),
        height=2,
        time=engine.time_ns,
        proposer_address=engine.proposer,
    )
    engine.call(CONSENSUS, finalize_block=request)
    block = seen[0].block
    assert (block.chain_id, block.height, block.proposer_address) == (CHAIN_ID, 2, engine.proposer)
    power = int(engine.genesis["validators"][0]["power"])
    assert block.votes == (Vote(address=engine.proposer, power=power, flag=2),)
    assert block.misbehavior == (
        Misbehavior(
            kind=MisbehaviorKind.LIGHT_CLIENT_ATTACK,
            address=b"b" * 20,
            power=7,
            height=1,
            time_ns=engine.time_ns - 5,
            total_power=17,
        ),
    )
    with pytest.raises(AppRefused, match="no known kind"):
        engine.call(
            CONSENSUS,
            finalize_block=replace(request, misbehavior=(replace(offence, type=abci.MisbehaviorType.UNKNOWN),)),
        )
