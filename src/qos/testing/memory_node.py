"""A chain node in memory that answers the RPC calls a relay makes: real machine, real blocks, virtual time."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from qos.base.strictjson import JsonObject, parse_json
from qos.client.calls import Call
from qos.client.errors import CallFailed, Unreachable
from qos.client.fields import as_object
from qos.crypto import ed25519
from qos.engine.blocks import CommittedBlock
from qos.engine.embedded.schedule import ScheduleConfig
from qos.engine.embedded.sequencer import Sequencer
from qos.lightclient.comet_json import ValidatorsPage, render_signed_header, render_validators_page
from qos.lightclient.duplicate_votes import FalseEvidence
from qos.lightclient.evidence_json import parse_evidence
from qos.machine.chain import Chain
from qos.machine.machine import Machine
from qos.proto.records.tendermint_types import SignedHeader
from qos.rpc.comet.render import block_results, named_block, query_result, transaction
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.testing.engine_worlds import World, seeds_of
from qos.testing.memory_blocks import MemoryBlockStore, MemorySignState
from qos.testing.stake import with_validators

T = TypeVar("T")
Answer = Mapping[str, object]
VALIDATORS = 4


class MemoryNode:
    """One chain with one node; implements the client's `BatchTransport`."""

    def __init__(self, chain: Chain, genesis: Mapping[str, Any], config: ScheduleConfig, keep_versions: int) -> None:
        """Start the chain; its four validators replace those of the genesis."""
        seeds = seeds_of(VALIDATORS)
        self.genesis = json.dumps(with_validators(genesis, [ed25519.public_key(seed) for seed in seeds])).encode()
        self.chain_id = str(genesis["chain_id"])
        self.store = MemoryBlockStore()
        self.machine = Machine(chain, MultiStore(MemoryBackend(), chain.stores, keep_versions=keep_versions))
        world = World(
            application=self.machine, store=self.store, signed=MemorySignState(), genesis=self.genesis, seeds=seeds
        )
        self.sequencer: Sequencer = world.sequencer(config)
        self.down = False
        self.stands_still = False
        """Whether it makes no blocks, and answers all the same."""

    @property
    def height(self) -> int:
        """Height of the newest block."""
        return self.store.height()

    def tick(self, now_ns: int) -> CommittedBlock | None:
        """Make the block that is due, and check every invariant after it."""
        if self.down or self.stands_still:
            return None
        committed = self.sequencer.tick(now_ns, now_ns)
        if committed is not None and committed.block.data.txs:
            self.machine.check_invariants()
        return committed

    async def send(self, call: Call[T]) -> T:
        """Answer a call as the RPC does. Raises: Unreachable when the node is down, CallFailed, BadAnswer, Refused."""
        if self.down:
            raise Unreachable(self.chain_id, "connection refused")
        answer = getattr(self, f"_{call.method}")(call.params)
        return call.parse(as_object(parse_json(json.dumps(answer))))

    async def send_all(self, calls: Sequence[Call[T]]) -> tuple[T, ...]:
        """Answer calls one by one. Raises: as `send`."""
        return tuple([await self.send(call) for call in calls])

    async def pause(self, duration_ms: int) -> None:
        """Refuse: a relay waits for events, not for time."""
        raise AssertionError(f"paused for {duration_ms} ms")

    def _status(self, params: JsonObject) -> Answer:
        header = self.store.meta(self.height).header
        return {
            "node_info": {"network": self.chain_id, "version": "0.38.26", "moniker": self.chain_id},
            "sync_info": {
                "latest_block_height": str(header.height),
                "latest_block_time": "2026-01-01T00:00:00Z",
                "latest_block_hash": "",
                "latest_app_hash": header.app_hash.hex(),
                "catching_up": False,
            },
        }

    def _abci_query(self, params: JsonObject) -> Answer:
        data = bytes.fromhex(str(params["data"]))
        result = self.machine.query(
            str(params["path"]), data, int(str(params["height"])), prove=params["prove"] is True
        )
        return {"response": query_result(result)}

    def _tx(self, params: JsonObject) -> Answer:
        wanted = b64decode(str(params["hash"]))
        for height in range(1, self.height + 1):
            for index, tx in enumerate(self.store.block(height).data.txs):
                if sha256(tx).digest() == wanted:
                    return transaction(height, index, tx, self.store.result(height).tx_results[index])
        raise CallFailed(code=-32603, message="Internal error", data=f"tx ({wanted.hex().upper()}) not found")

    def _block(self, params: JsonObject) -> Answer:
        height = self._known(params)
        return named_block(self.store.meta(height).block_id, self.store.block(height))

    def _block_results(self, params: JsonObject) -> Answer:
        height = self._known(params)
        return block_results(height, self.store.result(height))

    def _tx_search(self, params: JsonObject) -> Answer:
        """Answer `type.key='value'`, several of one event joined by AND, all on one page."""
        wanted = {tuple(each.replace("'", "").split("=", 1)) for each in str(params["query"]).split(" AND ")}
        found: list[Answer] = []
        for height in range(1, self.height + 1):
            for index, tx in enumerate(self.store.block(height).data.txs):
                result = self.store.result(height).tx_results[index]
                told = [
                    {(f"{event.type}.{each.key}", each.value) for each in event.attributes} for event in result.events
                ]
                if any(wanted <= pairs for pairs in told):
                    found.append(transaction(height, index, tx, result))
        return {"txs": found, "total_count": str(len(found))}

    def _commit(self, params: JsonObject) -> Answer:
        height = self._known(params)
        signed = SignedHeader(header=self.store.meta(height).header, commit=self.store.commit(height))
        return {"signed_header": render_signed_header(signed), "canonical": True}

    def _validators(self, params: JsonObject) -> Answer:
        height = self._known(params)
        members = self.store.validators(height).validators
        page = ValidatorsPage(block_height=height, validators=members, total=len(members))
        return render_validators_page(page)

    def _known(self, params: JsonObject) -> int:
        height = int(str(params.get("height", self.height)))
        if not 1 <= height <= self.height:
            raise CallFailed(code=-32603, message="Internal error", data=f"height {height} is not available")
        return height

    def _broadcast_evidence(self, params: JsonObject) -> Answer:
        try:
            name = self.sequencer.evidence.add(parse_evidence(params["evidence"]))
        except FalseEvidence as error:
            raise CallFailed(code=-32603, message="Internal error", data=str(error)) from None
        return {"hash": b64encode(name).decode()}

    def _broadcast_tx_sync(self, params: JsonObject) -> Answer:
        result = self.sequencer.submit(b64decode(str(params["tx"])))
        return {"code": result.code, "codespace": result.codespace, "log": result.log, "data": "", "hash": "00" * 32}
