"""Decoders of what an engine of its own process writes to the application's sockets."""

from functools import cache

from qos.base.errors import InvariantBroken
from qos.engine.abci.frames import BadFrame, FrameReader, frame
from qos.proto import codec
from qos.proto.records import tendermint_abci as abci
from qos.testing.abci_world import AbciWorld
from qos.testing.chain import ALICE, BOB, CHAIN_ID
from qos.testing.fuzzing import Target
from qos.testing.transactions import Signer, send, transaction


@cache
def _world() -> AbciWorld:
    return AbciWorld().started()


def _stream(data: bytes) -> int:
    """Handle every frame of a stream over a chain that runs; one over a chain without genesis begins with a byte 1."""
    world = AbciWorld() if data[:1] == b"\x01" else _world()
    answered = 0
    for content in FrameReader().feed(data[1:]):
        world.handler.may_wait(content)
        world.handler.handle(content, 1)
        answered += 1
    return answered


def _streams() -> tuple[bytes, ...]:
    engine = AbciWorld().engine
    tx = transaction(CHAIN_ID, (Signer(key=ALICE, number=0, sequence=0),), send(ALICE.address, BOB.address, 1))
    block = abci.RequestFinalizeBlock(
        txs=(tx,), decided_last_commit=abci.CommitInfo(), height=2, time=engine.time_ns, proposer_address=b"p" * 20
    )
    vote = abci.ExtendedVoteInfo(validator=abci.Validator(address=b"p" * 20, power=1))
    proposal = abci.RequestPrepareProposal(
        local_last_commit=abci.ExtendedCommitInfo(votes=(vote,)), height=2, time=engine.time_ns
    )
    requests = (
        abci.Request(prepare_proposal=proposal),
        abci.Request(check_tx=abci.RequestCheckTx(tx=tx)),
        abci.Request(check_tx=abci.RequestCheckTx(tx=tx, type=abci.CheckTxType.RECHECK)),
        abci.Request(query=abci.RequestQuery(path="/store/acc/key", data=b"k", prove=True)),
        abci.Request(finalize_block=block),
        abci.Request(commit=abci.RequestCommit()),
        abci.Request(info=abci.RequestInfo(version="0.38.26")),
        abci.Request(offer_snapshot=abci.RequestOfferSnapshot(snapshot=abci.Snapshot(height=1, metadata=b"m" * 40))),
        abci.Request(apply_snapshot_chunk=abci.RequestApplySnapshotChunk(chunk=b"c", sender="s")),
    )
    running = b"".join(frame(codec.encode(each)) for each in requests)
    first = frame(codec.encode(abci.Request(init_chain=engine.init_chain())))
    return b"\x00" + running, b"\x01" + first


TARGETS = (Target(name="abci-stream", decode=_stream, declared=(BadFrame, InvariantBroken), seeds=_streams),)
