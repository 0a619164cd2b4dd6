"""Making blocks: header, execution, votes, storage, in the one order that survives a crash at any point."""

from collections.abc import Mapping, Sequence
from typing import Final

from qos.base.blocktime import MILLISECOND_NS
from qos.base.errors import InvariantBroken
from qos.engine import blocks
from qos.engine import evidence as proofs
from qos.engine.blocks import CommittedBlock
from qos.engine.consensus_params import max_data_bytes
from qos.engine.embedded.chain_state import ChainState, Genesis, after_block, read_genesis, votes_of
from qos.engine.embedded.handshake import handshake
from qos.engine.embedded.ports import BlockRow, BlockStore, SignState
from qos.engine.embedded.signing import keys_by_address, sign_commit, sign_prevotes
from qos.lightclient import hashes
from qos.machine.abci import Application, BlockRequest
from qos.machine.context import BlockInfo
from qos.proto.records.tendermint_types import Commit, Evidence, Header, ValidatorSet
from qos.proto.records.tendermint_version import Consensus

BLOCK_VERSION: Final = 11


class ProposalRefused(InvariantBroken):
    """The application refuses the block it prepared itself (T5)."""


class Producer:
    """Makes the blocks of one chain. Not to be used again once `produce` raised: the node must stop.

    `seeds` are the ed25519 seeds of the local validators, 1 to 21. Construction brings application and block
    store to one height. Raises: BadGenesis, HandshakeRefused, ReplayDiverged, DoubleSignRefused.
    """

    def __init__(
        self,
        *,
        application: Application,
        store: BlockStore,
        genesis_json: bytes,
        seeds: Sequence[bytes],
        signed: SignState,
    ) -> None:
        self.genesis: Genesis = read_genesis(genesis_json)
        self.keys: Mapping[bytes, bytes] = keys_by_address(seeds)
        self._application = application
        self._store = store
        self._signed = signed
        self._app_version = application.info().app_version
        self.state: ChainState = handshake(application, store, self.genesis, signed)

    def produce(self, now_ns: int, txs: Sequence[bytes], evidence: tuple[Evidence, ...] = ()) -> CommittedBlock:
        """Make the next block from waiting transactions and proven evidence, execute and commit it.

        Its time is `now_ns`, at least 1 ms after the block before; the first block has the time of genesis.
        The block store is written before the application: the handshake mends a crash between the two.
        Raises: NotEnoughPower, DoubleSignRefused, ProposalRefused, InvariantBroken.
        """
        state = self.state
        time_ns = max(now_ns, state.time_ns + MILLISECOND_NS) if self._has_blocks() else state.time_ns
        info = self._next_info(time_ns, evidence)
        chosen = self._proposal(txs, info, proofs.size(evidence))
        block = blocks.assemble(self._header(info, chosen, evidence), chosen, state.commit, evidence)
        encoded = blocks.encode(block)
        if len(encoded) > self.genesis.params.block_max_bytes:
            raise ProposalRefused(f"block {info.height} has {len(encoded)} bytes")
        block_id = blocks.name(block, encoded)
        self._signed.check(info.height, block_id.hash)
        voted_ns = max(now_ns, time_ns)
        commit = sign_commit(info.chain_id, info.height, block_id, state.validators, self.keys, voted_ns)
        result = self._application.finalize_block(BlockRequest(block=info, txs=chosen))
        committed = CommittedBlock(block=block, encoded=encoded, block_id=block_id, commit=commit, result=result)
        self._finish(committed)
        return committed

    def prevotes(self) -> Commit:
        """Sign the prevotes that led to the newest block: nobody but subscribers of votes ever sees any."""
        state = self.state
        return sign_prevotes(self.genesis.document.chain_id, state.commit, state.voters, self.keys, state.time_ns)

    def _finish(self, committed: CommittedBlock) -> None:
        before, after = self.state, after_block(self.state, committed)
        height = committed.height
        sets: tuple[tuple[int, ValidatorSet], ...] = ((height + 2, after.next_validators),)
        if not self._has_blocks():
            sets = ((height, before.validators), (height + 1, before.next_validators), *sets)
        self._store.append(BlockRow(committed=committed, validators=sets))
        self._signed.record(height, committed.block_id.hash)
        self._application.commit()
        self.state = after

    def _has_blocks(self) -> bool:
        return self.state.height >= self.genesis.document.initial_height

    def _next_info(self, time_ns: int, evidence: tuple[Evidence, ...]) -> BlockInfo:
        state = self.state
        proposer = state.validators.proposer
        if proposer is None:
            raise InvariantBroken("a validator set without proposer")
        return BlockInfo(
            chain_id=self.genesis.document.chain_id,
            height=state.height + 1,
            time_ns=time_ns,
            proposer_address=proposer.address,
            votes=votes_of(state.commit, state.voters),
            misbehavior=proofs.misbehavior_of(evidence),
        )

    def _proposal(self, txs: Sequence[bytes], info: BlockInfo, evidence_bytes: int) -> tuple[bytes, ...]:
        if not txs:
            return ()
        room = max_data_bytes(self.genesis.params, len(self.state.validators.validators), evidence_bytes)
        chosen = tuple(self._application.prepare_proposal(list(txs), info, room))
        refusal = self._application.process_proposal(chosen, info)
        if refusal:
            raise ProposalRefused(f"block {info.height}: {refusal}")
        return chosen

    def _header(self, info: BlockInfo, txs: tuple[bytes, ...], evidence: tuple[Evidence, ...]) -> Header:
        state, params = self.state, self.genesis.params
        return Header(
            version=Consensus(block=BLOCK_VERSION, app=self._app_version),
            chain_id=info.chain_id,
            height=info.height,
            time=info.time_ns,
            last_block_id=state.block_id,
            last_commit_hash=hashes.commit_hash(state.commit),
            data_hash=hashes.data_hash(txs),
            validators_hash=hashes.validators_hash(state.validators.validators),
            next_validators_hash=hashes.validators_hash(state.next_validators.validators),
            consensus_hash=hashes.consensus_hash(params.block_max_bytes, params.block_max_gas),
            app_hash=state.app_hash,
            last_results_hash=state.results_hash,
            evidence_hash=proofs.root(evidence),
            proposer_address=info.proposer_address,
        )
