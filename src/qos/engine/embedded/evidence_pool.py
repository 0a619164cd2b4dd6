"""Proofs of misbehaviour that wait for a block: examined when they come, each in one block only.

They wait in memory: what came and is in no block yet is lost with the process, and may be handed in again.
"""

from collections.abc import Callable
from typing import Final

from qos.engine import evidence as proofs
from qos.engine.embedded.chain_state import ChainState, Genesis
from qos.engine.embedded.ports import BlockStore
from qos.lightclient.attack_claims import KnownHeaders, verify_attack_claim
from qos.lightclient.duplicate_votes import FalseEvidence, verify_duplicate_votes
from qos.proto.records.tendermint_types import (
    DuplicateVoteEvidence,
    Evidence,
    Header,
    LightClientAttackEvidence,
    SignedHeader,
)

MAX_PENDING: Final = 200
"""Blocks come every second and take a mebibyte of evidence each: more waits nowhere."""


class EvidencePool:
    """What was proven and is in no block. `state` returns what the newest block led to."""

    def __init__(self, store: BlockStore, genesis: Genesis, state: Callable[[], ChainState]) -> None:
        self._store = store
        self._genesis = genesis
        self._state = state
        self._pending: dict[bytes, Evidence] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, evidence: Evidence) -> bytes:
        """Let evidence wait for a block and return its name; what is known already is not examined again.

        Raises: FalseEvidence, also of what is too old and when too much waits; NoEvidence.
        """
        name = proofs.name(evidence)
        if name in self._pending or self._store.has_evidence(name):
            return name
        if len(self._pending) >= MAX_PENDING:
            raise FalseEvidence(f"{MAX_PENDING} proofs wait already: hand it in after the next block")
        height = proofs.height(evidence)
        self._header(height)
        if self._is_old(height):
            raise FalseEvidence(f"what happened at height {height} is too old to be punished")
        if evidence.duplicate_vote_evidence is not None:
            self._check_votes(evidence.duplicate_vote_evidence)
        if evidence.light_client_attack_evidence is not None:
            self._check_attack(evidence.light_client_attack_evidence)
        self._pending[name] = evidence
        return name

    def waiting(self) -> tuple[Evidence, ...]:
        """Return what the next block carries, by height and name, and as much as it may carry."""
        if not self._pending:
            return ()
        limit = self._genesis.params.evidence_max_bytes
        ordered = sorted(self._pending.items(), key=lambda entry: (proofs.height(entry[1]), entry[0]))
        chosen: list[Evidence] = []
        for _, each in ordered:
            if proofs.size([*chosen, each]) > limit:
                break
            chosen.append(each)
        return tuple(chosen)

    def committed(self, evidence: tuple[Evidence, ...]) -> None:
        """Forget what is in a block now, and what is too old for the next one."""
        for each in evidence:
            self._pending.pop(proofs.name(each), None)
        for name, each in [*self._pending.items()]:
            if self._is_old(proofs.height(each)):
                del self._pending[name]

    def _is_old(self, height: int) -> bool:
        """Tell whether it is too late for an offence: by blocks and by time, or its block is no longer kept."""
        state, params = self._state(), self._genesis.params
        if state.height - height <= params.evidence_max_age_num_blocks:
            return False
        try:
            age_ns = state.time_ns - self._store.meta(height).header.time
        except KeyError:
            return True
        return age_ns > params.evidence_max_age_duration_ns

    def _header(self, height: int) -> Header:
        try:
            return self._store.meta(height).header
        except KeyError:
            raise FalseEvidence(f"there is no block {height} here") from None

    def _check_votes(self, votes: DuplicateVoteEvidence) -> None:
        height = votes.vote_a.height
        verify_duplicate_votes(
            votes,
            chain_id=self._genesis.document.chain_id,
            validators=self._store.validators(height).validators,
            header_time_ns=self._header(height).time,
        )

    def _check_attack(self, attack: LightClientAttackEvidence) -> None:
        common = attack.common_height
        at = min(attack.conflicting_block.signed_header.header.height, self._state().height)
        known = KnownHeaders(
            own=SignedHeader(header=self._header(at), commit=self._store.commit(at)),
            common=self._header(common),
            common_set=self._store.validators(common).validators,
        )
        if not verify_attack_claim(attack, known, self._genesis.document.chain_id).validators:
            # CometBFT takes such evidence by its RPC and then refuses every block that carries it.
            raise FalseEvidence("it is an attack, but nobody can be named who made it: no block carries that")
