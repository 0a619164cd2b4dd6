"""A public chain with stake, driven by hand: votes, evidence and time as the test says."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.crypto import ed25519
from qos.machine.abci import BlockResult
from qos.machine.context import BlockInfo, Misbehavior, MisbehaviorKind, ReadContext, Vote
from qos.modules.validators.staking import operations
from qos.proto import codec
from qos.proto.json import to_json
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_crypto_ed25519 import PubKey
from qos.proto.records.cosmos_staking_v1beta1 import (
    Description,
    MsgBeginRedelegate,
    MsgCreateValidator,
    MsgDelegate,
    MsgUndelegate,
)
from qos.proto.records.qos_slashing_v1 import GenesisState
from qos.proto.records.qos_slashing_v1 import Params as Penalties
from qos.proto.records.qos_staking_v1 import Bond, Params, Validator
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.proto.records.tendermint_types import BlockIDFlag
from qos.testing.chain import VirtualChain, genesis_document
from qos.testing.engine_worlds import seed_of
from qos.testing.stake import PARAMS, POWER, RATES, owner_of, with_validators
from qos.testing.transactions import Key, aqos

GAS = 2_000_000
UNIT = 10**18
SPARE = 10**21
"""What owners hold beside their bonds."""

WINDOW = Penalties(
    voting_status_len=20, voting_status_least=10, slash_fraction_downtime=10**14, slash_fraction_double_sign=2 * 10**17
)
"""The public chain's penalties over a short window."""


def consensus_key(number: int) -> bytes:
    """Return the consensus key of the validator with a number."""
    return ed25519.public_key(seed_of(number))


def coin(amount: int) -> Coin:
    """Return an amount of the native coin."""
    return aqos(amount)[0]


class StakeChain(VirtualChain):
    """Every member of the recorded set votes for every block, unless a test says otherwise."""

    def __init__(
        self,
        validators: int = 4,
        *,
        params: Params = PARAMS,
        penalties: Penalties = WINDOW,
        states: Mapping[str, Any] | None = None,
    ) -> None:
        """Start with so many validators of equal power; `states` replace whole modules' states."""
        self.absent: frozenset[bytes] = frozenset()
        self.nil: frozenset[bytes] = frozenset()
        self.shown: tuple[Misbehavior, ...] = ()
        self.skew_ns = 0
        keys = [consensus_key(number) for number in range(validators)]
        genesis = with_validators(genesis_document(gas_price=0), keys, power=POWER, params=params, spare=SPARE)
        genesis["app_state"] |= {"slashing": to_json(GenesisState(params=penalties)), **(states or {})}
        super().__init__(genesis)

    def next_block(self) -> BlockInfo:
        """Return the block to be made next, with the votes on the one before."""
        usual = super().next_block()
        members = self._members(usual.height - 1)
        votes = tuple(
            Vote(address=address, power=power, flag=self._flag(address)) for address, power in sorted(members.items())
        )
        proposer = sorted(members)[usual.height % len(members)] if members else b""
        return replace(
            usual,
            time_ns=usual.time_ns + self.skew_ns,
            proposer_address=proposer,
            votes=votes,
            misbehavior=self.shown,
        )

    def _members(self, height: int) -> dict[bytes, int]:
        if not height or not self.height:
            return {}
        found = operations.signed_set(
            ReadContext(self.machine.store.reader(), BlockInfo(chain_id=self.chain_id, height=self.height, time_ns=0)),
            height,
        )
        members = found.members if found is not None else ()
        return {bytes(operations.member_address(member)): member.power for member in members}

    def _flag(self, address: bytes) -> int:
        if address in self.absent:
            return BlockIDFlag.BLOCK_ID_FLAG_ABSENT
        return BlockIDFlag.BLOCK_ID_FLAG_NIL if address in self.nil else BlockIDFlag.BLOCK_ID_FLAG_COMMIT

    def run_block(self, *txs: bytes) -> BlockResult:
        """Make a block; evidence is shown once."""
        result = super().run_block(*txs)
        self.shown = ()
        return result

    def run_blocks(self, count: int) -> None:
        """Make blocks without transactions."""
        for _ in range(count):
            self.run_block()

    def wait(self, seconds: int) -> None:
        """Let time pass without a block."""
        self.skew_ns += seconds * SECOND_NS

    def do(self, key: Key, *messages: Record) -> ExecTxResult:
        """Run one transaction in a block of its own."""
        return self.run_block(self.tx(key, *messages, gas=GAS, price=0)).tx_results[0]

    def ok(self, key: Key, *messages: Record) -> ExecTxResult:
        """Run one transaction that must succeed."""
        result = self.do(key, *messages)
        assert result.code == 0, result.log
        return result

    def validator(self, number: int) -> Validator:
        """Return a validator's record."""
        return operations.require_validator(self.state(), owner_of(number).address)

    def find(self, number: int) -> Validator | None:
        """Return a validator's record while there is one."""
        return operations.get_validator(self.state(), owner_of(number).address)

    def bond(self, who: Address, number: int) -> Bond | None:
        """Return an account's bond behind a validator."""
        return operations.get_bond(self.state(), who, owner_of(number).address)

    def worth(self, who: Address, number: int) -> int:
        """Return what an account's bond behind a validator is worth."""
        bond = self.bond(who, number)
        return 0 if bond is None else operations.bond_value(self.validator(number), bond.shares)

    def powers(self) -> dict[Address, int]:
        """Return the powers the engine was told, by owner."""
        return {member.validator: member.power for member in operations.bonded_set(self.state()).members}

    def misbehave(
        self,
        number: int,
        *,
        height: int | None = None,
        power: int = POWER,
        age_s: int = 0,
        kind: MisbehaviorKind = MisbehaviorKind.DUPLICATE_VOTE,
    ) -> None:
        """Show evidence against a validator in the next block."""
        found = Misbehavior(
            kind=kind,
            address=bytes(ed25519.address(consensus_key(number))),
            power=power,
            height=self.height if height is None else height,
            time_ns=self.next_block().time_ns - age_s * SECOND_NS,
            total_power=sum(self.powers().values()),
        )
        self.shown = (*self.shown, found)


def address_of(number: int) -> bytes:
    """Return the consensus address of the validator with a number."""
    return bytes(ed25519.address(consensus_key(number)))


def delegate(who: Key, number: int, amount: int) -> MsgDelegate:
    """Return a message that bonds behind a validator."""
    return MsgDelegate(delegator_address=who.address, validator_address=owner_of(number).address, amount=coin(amount))


def creation(who: Key, key: bytes, amount: int, **changes: Any) -> MsgCreateValidator:
    """Return a message that makes an account a validator; `changes` replace its fields."""
    fields: dict[str, Any] = {
        "description": Description(moniker="new"),
        "commission": RATES,
        "min_self_delegation": 1,
        "validator_address": who.address,
        "pubkey": codec.pack(PubKey(key=key)),
        "value": coin(amount),
    }
    return MsgCreateValidator(**(fields | changes))


def undelegate(who: Key, number: int, amount: int) -> MsgUndelegate:
    """Return a message that takes a bond back."""
    return MsgUndelegate(delegator_address=who.address, validator_address=owner_of(number).address, amount=coin(amount))


def redelegate(who: Key, source: int, destination: int, amount: int) -> MsgBeginRedelegate:
    """Return a message that moves a bond."""
    return MsgBeginRedelegate(
        delegator_address=who.address,
        validator_src_address=owner_of(source).address,
        validator_dst_address=owner_of(destination).address,
        amount=coin(amount),
    )
