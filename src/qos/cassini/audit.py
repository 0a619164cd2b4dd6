"""Who saw, voted, signed and handed in a batch, re-derived from blocks of the Cassini chain alone (R3, R6).

No node is believed: every header is proven by a light client, every block's transactions by its header and their
results by the next one. Within the range of blocks a report names nothing can be left out or added.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qos.base.errors import QosError
from qos.base.identifiers import Address
from qos.cassini.adapters.headers import ProvenHeaders
from qos.chains.cassini import CASSINI
from qos.client.calls import Transport
from qos.client.node import block, block_results, status, tx_search
from qos.lightclient.blocks import ProvenTx, proven_transactions
from qos.machine import transaction
from qos.modules.crosschain.qcp.attestation import digest, quorum, verify_relay
from qos.proto import codec
from qos.proto.record import AnyRecord, Record
from qos.proto.records.cosmos_base_abci_v1beta1 import TxMsgData
from qos.proto.records.qos_qcp_v1 import Abstract
from qos.proto.records.qos_relay_v1 import MsgObserve, MsgObserveResponse, MsgRecordSubmission, MsgSign

MAX_BLOCKS = 600
"""Blocks looked at on each side of the one that fixed the batch."""
PAGE = 100
KEPT_HEADERS = 200_000


class Deed(StrEnum):
    """What a relay did about a batch."""

    VOTED = "voted"
    """It voted what was fixed, in time or late."""
    SAW = "saw"
    """It voted the same packets under another header or in another grouping."""
    DIFFERED = "differed"
    """It voted other packets in the same places: it was lied to, or lies."""
    SIGNED = "signed"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One transaction of a relay about the batch; `detail` is the destination's transaction for a submission."""

    deed: Deed
    relay: Address
    height: int
    index: int
    time_ns: int
    tx_hash: bytes
    late: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the blocks from `first_block` to `last_block` hold about a batch, oldest first.

    `vote` is one of those that agreed; `fixed_at` and `attested_at` are heights, 0 for not in these blocks.
    """

    batch: int
    vote: MsgObserve
    acts: tuple[Act, ...]
    fixed_at: int
    attested_at: int
    first_block: int
    last_block: int


class NothingToAudit(QosError):
    """The chain shows no such batch, or what it shows does not fit together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A message of a successful transaction with its answer."""

    tx: ProvenTx
    time_ns: int
    message: Record
    answer: AnyRecord


class Auditor:
    """Reads one Cassini chain through one node. `members` maps each member's account to its attestation key."""

    def __init__(self, node: Transport, headers: ProvenHeaders, members: Mapping[Address, bytes], now_ns: int) -> None:
        """Believe the headers' root and the members of genesis, nothing else."""
        self._node, self._headers, self._members, self._now_ns = node, headers, members, now_ns

    async def audit(self, batch: int) -> Audit:
        """Re-derive a batch. Raises: NothingToAudit, Invalid, BadAnswer, CallFailed, Unreachable."""
        hinted = await self._hinted(batch)
        found = [said async for said in self._said(hinted, hinted)]
        vote = next((said.message for said in found if _names(said, batch)), None)
        if not isinstance(vote, MsgObserve):
            raise NothingToAudit(f"block {hinted} holds no vote that belongs to batch {batch}")
        first = hinted
        while not self._is_whole(found, batch, vote.abstract) and first > 1 and hinted - first < MAX_BLOCKS:
            first -= 1
            found = [said async for said in self._said(first, first)] + found
        if not self._is_whole(found, batch, vote.abstract):
            raise NothingToAudit(f"{MAX_BLOCKS} blocks hold too few votes to fix batch {batch}")
        last, newest = hinted, (await self._node.send(status())).height - 1
        while last < min(newest, hinted + MAX_BLOCKS) and not self._is_done(found, batch, vote):
            last += 1
            found += [said async for said in self._said(last, last)]
        return self._report(batch, vote, found, first, last)

    async def _hinted(self, batch: int) -> int:
        """Return the lowest block a node names for a batch: where to begin to look, no more."""
        query = f"relay.batch='{batch}'"
        heights = [each.height for each in (await self._node.send(tx_search(query, per_page=PAGE))).txs]
        if not heights:
            raise NothingToAudit(f"the node knows of no batch {batch}")
        return min(heights)

    async def _said(self, first: int, last: int) -> AsyncIterator[_Said]:
        """Yield what members said in blocks, every transaction proven."""
        for height in range(first, last + 1):
            header, _ = await self._headers.proven(self._node, height, self._now_ns)
            following, _ = await self._headers.proven(self._node, height + 1, self._now_ns)
            shown = await self._node.send(block(height))
            results = await self._node.send(block_results(height))
            for tx in proven_transactions(header, following, shown.txs, results):
                if tx.code:
                    continue
                messages = [step.message for step in transaction.decode(CASSINI, tx.tx).steps]
                answers = codec.decode(TxMsgData, tx.data).msg_responses
                for message, answer in zip(messages, answers, strict=True):
                    yield _Said(tx=tx, time_ns=header.time, message=message, answer=answer)

    def _is_whole(self, found: list[_Said], batch: int, agreed: Abstract) -> bool:
        """Tell whether the votes that fixed a batch are among what was found."""
        before: dict[Address, bool] = {}
        for said in found:
            if _names(said, batch):
                return sum(before.values()) + 1 >= quorum(len(self._members))
            if isinstance(said.message, MsgObserve) and said.message.abstract.queue_id == agreed.queue_id:
                before[said.message.relay] = said.message.abstract == agreed
        return False

    def _is_done(self, found: list[_Said], batch: int, vote: MsgObserve) -> bool:
        acts = [_act(said, batch, vote) for said in found]
        deeds = [(act.deed, act.relay) for act in acts if act is not None]
        signed = {relay for deed, relay in deeds if deed is Deed.SIGNED}
        return signed == set(self._members) and any(deed is Deed.SUBMITTED for deed, _ in deeds)

    def _report(self, batch: int, vote: MsgObserve, found: list[_Said], first: int, last: int) -> Audit:
        fixing = next(said for said in found if _names(said, batch))
        acts: list[Act] = []
        signers: set[Address] = set()
        attested_at = 0
        for said in found:
            act = _act(said, batch, vote, fixing)
            if act is None:
                continue
            if isinstance(said.message, MsgSign):
                verify_relay(self._key(act.relay), digest(vote.abstract), said.message.signature)
                signers.add(act.relay)
                if len(signers) >= quorum(len(self._members)) and not attested_at:
                    attested_at = act.height
            acts.append(act)
        return Audit(
            batch=batch,
            vote=vote,
            acts=tuple(acts),
            fixed_at=fixing.tx.height,
            attested_at=attested_at,
            first_block=first,
            last_block=last,
        )

    def _key(self, relay: Address) -> bytes:
        if relay not in self._members:
            raise NothingToAudit(f"{relay.hex()} signed and is no member in genesis")
        return self._members[relay]


def _names(said: _Said, batch: int) -> bool:
    """Tell whether the chain answered a vote with the number of a batch."""
    if not isinstance(said.message, MsgObserve):
        return False
    return codec.unpack(MsgObserveResponse, said.answer).batch == batch


def _act(said: _Said, batch: int, agreed: MsgObserve, fixing: _Said | None = None) -> Act | None:
    """Return what a message means for a batch, None when it is about something else."""
    late, detail = False, ""
    match said.message:
        case MsgObserve(relay=relay) as vote if _overlap(vote.abstract, agreed.abstract):
            deed = _deed(vote, agreed)
            late = fixing is not None and _place(said) > _place(fixing)
        case MsgSign(batch=number, relay=relay) if number == batch:
            deed = Deed.SIGNED
        case MsgRecordSubmission(batch=number, relay=relay, tx_hash=tx_hash) if number == batch:
            deed, detail = Deed.SUBMITTED, tx_hash.hex()
        case _:
            return None
    return Act(
        deed=deed,
        relay=relay,
        height=said.tx.height,
        index=said.tx.index,
        time_ns=said.time_ns,
        tx_hash=said.tx.tx_hash,
        late=late,
        detail=detail,
    )


def _overlap(one: Abstract, other: Abstract) -> bool:
    return one.queue_id == other.queue_id and one.first <= other.last and other.first <= one.last


def _deed(vote: MsgObserve, agreed: MsgObserve) -> Deed:
    if vote.abstract == agreed.abstract:
        return Deed.VOTED
    known = dict(enumerate(agreed.packet_hashes, start=agreed.abstract.first))
    told = enumerate(vote.packet_hashes, start=vote.abstract.first)
    return Deed.SAW if all(known.get(sequence, name) == name for sequence, name in told) else Deed.DIFFERED


def _place(said: _Said) -> tuple[int, int]:
    return said.tx.height, said.tx.index
