"""Chains that exchange packets in one process: real headers and votes over virtual blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from qos.base.amounts import E18
from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import BASE_DENOM, Address, format_address
from qos.base.merkle import EMPTY_ROOT
from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.machine.abci import BlockResult
from qos.machine.chain import Chain
from qos.machine.context import BlockInfo
from qos.modules.crosschain.qcp.peers import queue_state
from qos.modules.crosschain.qcp.state import OUTBOX, PEERS
from qos.modules.crosschain.qcp.transfer import voucher_denom
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.qos_lightclient_v1 import LightBlock
from qos.proto.records.qos_qcp_v1 import (
    MsgRegisterChain,
    MsgSendTransfer,
    Packet,
    Peer,
    QueueState,
    TrustMode,
)
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.testing.chain import AUTHORITY, DAVE, FUNDS, PEOPLE, VirtualChain, genesis_document
from qos.testing.light_chain import Member, light_block, members
from qos.testing.stake import POWER
from qos.testing.transactions import GAS_PRICE, Key, key_of

BOTH = TrustMode.TRUST_MODE_ATTESTATION_AND_PROOF
ATTESTED = TrustMode.TRUST_MODE_ATTESTATION
RELAYS = tuple(sorted((key_of(f"attester {i}") for i in range(4)), key=lambda key: key.public))
"""Relay keys, sorted as signatures have to be."""
CARRIER = DAVE
"""Who submits deliveries; anybody may."""
GAS = 20_000_000
HOME_SUPPLY = FUNDS * len((*PEOPLE, AUTHORITY)) + POWER * E18
"""What there is of the coin on a public chain of these: what people hold, and the bond of its validator."""
CAPACITY = HOME_SUPPLY // 100
"""What may come back of it at once: 1 %."""


class Side(VirtualChain):
    """A chain with validators whose headers a peer can verify, and a clock that can be moved on."""

    def __init__(
        self,
        chain: Chain = PUBLIC,
        chain_id: str = "qos-1",
        *,
        price: int = GAS_PRICE,
        first: int = 1,
        dev: bool = True,
        quote: int = 0,
        limits: Mapping[str, str] | None = None,
        states: Mapping[str, object] | None = None,
    ) -> None:
        """Start a chain; its validators have the keys of `first` and three more; deliveries are worth `quote` aqos.

        `states` are those of other modules.
        """
        self._skew_ns = 0
        self._times: dict[int, int] = {}
        self._app_hashes = {1: EMPTY_ROOT}
        self.voters: tuple[Member, ...] = members(*range(first, first + 4))
        self.price = price
        funds = {key.address: FUNDS for key in (*PEOPLE, AUTHORITY)}
        params: dict[str, object] = {"authority": format_address(AUTHORITY.address), "dev": dev}
        if quote:
            params["delivery_quote"] = {"denom": BASE_DENOM, "amount": str(quote)}
        if limits is not None:
            params["limits"] = limits
        genesis = genesis_document(chain, chain_id=chain_id, gas_price=price, funds=funds)
        if "qcp" in genesis["app_state"]:
            genesis["app_state"] |= {"qcp": {"params": params}}
        genesis["app_state"] |= dict(states or {})
        super().__init__(self.adjust_genesis(genesis), chain=chain)
        self.genesis_hash = sha256(b"genesis of " + chain_id.encode()).digest()

    def adjust_genesis(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the genesis document to start from: this one, unless somebody else decides the blocks."""
        return document

    def next_block(self) -> BlockInfo:
        """Return the block to be made next."""
        usual = super().next_block()
        return replace(usual, time_ns=usual.time_ns + self._skew_ns)

    def wait(self, seconds: int) -> None:
        """Let time pass without a block."""
        self._skew_ns += seconds * SECOND_NS

    def keep_up_with(self, other: "Side") -> None:
        """Let time pass here until the newest block of another chain is not in the future."""
        behind_ns = other.next_block().time_ns - self.next_block().time_ns
        self._skew_ns += max(behind_ns, 0)

    def run_block(self, *txs: bytes) -> BlockResult:
        """Make a block and remember what its header and the next one bind."""
        block = self.next_block()
        result = super().run_block(*txs)
        self._times[block.height] = block.time_ns
        self._app_hashes[block.height + 1] = result.app_hash
        return result

    def do(self, key: Key, *messages: Record, gas: int = GAS) -> ExecTxResult:
        """Run one transaction in a block of its own."""
        return self.run_block(self.tx(key, *messages, gas=gas, price=self.price)).tx_results[0]

    def header(
        self, height: int, *, app_hash: bytes | None = None, voters: Sequence[Member] | None = None
    ) -> LightBlock:
        """Return the header of a block with the votes for it; of a forged one when parts are given."""
        return light_block(
            height,
            voters or self.voters,
            chain_id=self.chain_id,
            time_ns=self._times[height],
            app_hash=self._app_hashes[height] if app_hash is None else app_hash,
        )

    def peer(self, chain_id: str) -> Peer:
        """Return a registered peer."""
        found = PEERS.get(self.state(), chain_id)
        assert found is not None
        return found

    def queue(self, chain_id: str) -> QueueState:
        """Return how far the queues of a peer have come."""
        return queue_state(self.state(), self.peer(chain_id))

    def packet_bytes(self, chain_id: str, sequence: int) -> bytes:
        """Return a packet in the outbox to a peer."""
        found = OUTBOX.get(self.state(), (self.peer(chain_id).outgoing, sequence))
        assert found is not None
        return found

    def packet(self, chain_id: str, sequence: int) -> Packet:
        """Return a packet in the outbox to a peer, read."""
        return codec.decode(Packet, self.packet_bytes(chain_id, sequence))


def public_chain(limits: Mapping[str, str] | None = None) -> Side:
    """Return a public chain, with QCP limits of its own when given."""
    return Side(PUBLIC, "qos-1", limits=limits)


def business_chain(chain_id: str = "shop-1", first: int = 11) -> Side:
    """Return a business chain without fees."""
    return Side(BUSINESS, chain_id, price=0, first=first)


def registration(
    here: Side, there: Side, *, mode: TrustMode = BOTH, relays: Sequence[Key] = RELAYS, pausers: Sequence[Key] = ()
) -> MsgRegisterChain:
    """Return the message that makes `there` a peer of `here`."""
    return MsgRegisterChain(
        authority=AUTHORITY.address,
        chain_id=there.chain_id,
        genesis_hash=there.genesis_hash,
        registration=1,
        trust_mode=mode,
        relay_keys=tuple(key.public for key in relays),
        pausers=tuple(key.address for key in pausers),
        trust_root=there.header(there.height),
        local_genesis_hash=here.genesis_hash,
        dev=True,
    )


def connect(hub: Side, spoke: Side, *, spoke_mode: TrustMode = BOTH, pausers: Sequence[Key] = ()) -> None:
    """Register two chains with each other."""
    for here, there, mode in ((hub, spoke, BOTH), (spoke, hub, spoke_mode)):
        expect_ok(here.do(AUTHORITY, registration(here, there, mode=mode, pausers=pausers)))


def connected(
    *, spoke_mode: TrustMode = BOTH, pausers: Sequence[Key] = (), limits: Mapping[str, str] | None = None
) -> tuple[Side, Side]:
    """Return a public and a business chain that know each other; `limits` are the public chain's."""
    hub, spoke = public_chain(limits), business_chain()
    connect(hub, spoke, spoke_mode=spoke_mode, pausers=pausers)
    return hub, spoke


def expect_ok(result: ExecTxResult) -> ExecTxResult:
    """Return a result that must be a success."""
    assert result.code == 0, (result.codespace, result.code, result.log)
    return result


def transfer(
    giver: Key, destination: Side, amount: int, *, denom: str = BASE_DENOM, to: Address | None = None, **fields: Any
) -> MsgSendTransfer:
    """Return the message that sends an asset to a chain, to the same key there unless said."""
    message = MsgSendTransfer(
        sender=giver.address,
        destination=destination.chain_id,
        recipient=to or giver.address,
        amount=Coin(denom=denom, amount=amount),
    )
    return replace(message, **fields) if fields else message


def voucher_at(home: Side, abroad: Side, denom: str = BASE_DENOM) -> str:
    """Return what an asset of one chain is called on another."""
    return voucher_denom((home.peer(abroad.chain_id).outgoing,), denom)


def codes_of(result: ExecTxResult) -> tuple[str, int]:
    """Return codespace and code."""
    return result.codespace, result.code


def events_of(result: ExecTxResult, kind: str) -> list[Mapping[str, str]]:
    """Return the attributes of events of a kind."""
    return [{each.key: each.value for each in event.attributes} for event in result.events if event.type == kind]
