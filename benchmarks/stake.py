"""What stake costs: begin and end of an empty block with 21 validators and many delegators, a bond and a withdrawal.

CPU time of this process. Blocks carry the votes of all validators. `--json` prints one object.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from hashlib import sha256

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import Address
from qos.chains.public import PUBLIC, STAKE
from qos.machine.abci import BlockRequest
from qos.machine.context import BlockInfo, Context, Vote
from qos.machine.gas import UNLIMITED, GasMeter
from qos.machine.machine import Machine
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.mint.paper import paper_phases
from qos.modules.validators.staking import bonding, operations
from qos.proto.json import to_json
from qos.proto.record import Record
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_distribution_v1beta1 import MsgWithdrawDelegatorReward
from qos.proto.records.qos_mint_v1 import GenesisState
from qos.proto.records.tendermint_types import BlockIDFlag
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore
from qos.store.overlay import Overlay
from qos.testing.chain import ALICE, BOB, CHAIN_ID, FUNDS, genesis_document
from qos.testing.stake import PARAMS, owner_of, with_validators
from qos.testing.stake_chain import UNIT, StakeChain, consensus_key, delegate
from qos.testing.transactions import send

VALIDATORS = 21
GENESIS_NS = 1_767_225_600 * SECOND_NS
BLOCKS, WARM_UP, ROUNDS, TXS = 60, 20, 40, 10


def delegator(number: int) -> Address:
    """Return the address of a delegator."""
    return Address(sha256(b"delegator %d" % number).digest()[:20])


def staked_machine(delegators: int) -> Machine:
    """Return a chain on which so many accounts have bonded behind the validators, one unit each, as it is exported."""
    keys = [consensus_key(number) for number in range(VALIDATORS)]
    issuance = to_json(GenesisState(inflation_phrases=paper_phases(GENESIS_NS)))
    plain = genesis_document(gas_price=0, mint=issuance)
    document = with_validators(plain, keys, params=PARAMS, spare=UNIT * delegators)
    first = Machine(PUBLIC, MultiStore(MemoryBackend(), PUBLIC.stores))
    first.init_chain(json.dumps(document).encode())
    first.finalize_block(BlockRequest(block=BlockInfo(chain_id=CHAIN_ID, height=1, time_ns=GENESIS_NS), txs=()))
    first.commit()
    state = Overlay(first.store.reader())
    ctx = Context(state, BlockInfo(chain_id=CHAIN_ID, height=2, time_ns=GENESIS_NS), GasMeter(UNLIMITED), [])
    for number in range(delegators):
        owner = owner_of(number % VALIDATORS).address
        bank.send(ctx, owner, delegator(number), (bank_coin(UNIT),))
        bonding.delegate(ctx, STAKE, delegator(number), owner, UNIT)
    first.store.apply(2, state.writes, b"%d %s" % (GENESIS_NS, CHAIN_ID.encode()))
    first.store.commit()
    return Machine(PUBLIC, first.store)


def bank_coin(amount: int) -> Coin:
    """Return an amount of the native coin."""
    return Coin(denom=PARAMS.bond_denom, amount=amount)


def empty_blocks_ms(machines: Sequence[Machine]) -> list[float]:
    """Return the CPU time of begin and end of a block without transactions of each chain, medians over many, in ms.

    The chains take turns: whatever else this host does, it does to all of them.
    """
    spent: list[list[int]] = [[] for _ in machines]
    for _ in range(BLOCKS):
        for machine, times in zip(machines, spent, strict=True):
            times.append(_empty_block_ns(machine))
    return [statistics.median(times[WARM_UP:]) / 1e6 for times in spent]


def _empty_block_ns(machine: Machine) -> int:
    block = voted_block(machine, machine.info().height + 1)
    ctx = Context(Overlay(machine.store.reader()), block, GasMeter(UNLIMITED), [])
    begin = time.process_time_ns()
    for module in machine.chain.modules:
        if module.begin_block is not None:
            module.begin_block(ctx)
    machine.chain.collect(ctx, ())
    for module in machine.chain.modules:
        if module.end_block is not None:
            module.end_block(ctx)
    if machine.chain.validators is not None:
        machine.chain.validators.updates(ctx)
    spent = time.process_time_ns() - begin
    machine.finalize_block(BlockRequest(block=block, txs=()))
    machine.commit()
    return spent


def voted_block(machine: Machine, height: int) -> BlockInfo:
    """Return a block that all validators voted for."""
    reader = machine.store.reader()
    ctx = Context(Overlay(reader), BlockInfo(chain_id=CHAIN_ID, height=height, time_ns=0), GasMeter(UNLIMITED), [])
    found = operations.signed_set(ctx, height - 1)
    members = found.members if found is not None else ()
    votes = tuple(
        Vote(
            address=bytes(operations.member_address(member)),
            power=member.power,
            flag=BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
        )
        for member in members
    )
    proposer = votes[height % len(votes)].address if votes else b""
    time_ns = GENESIS_NS + 3 * height * SECOND_NS
    return BlockInfo(chain_id=CHAIN_ID, height=height, time_ns=time_ns, proposer_address=proposer, votes=votes)


def transaction_us(make: Callable[[int], Record]) -> float:
    """Return the CPU time of one transaction of a kind, checked and executed in blocks of one sender, in us.

    The sender has a bond behind each of as many validators as a block holds transactions, all of which earn. What a
    block without transactions takes is not counted.
    """
    issuance = to_json(GenesisState(inflation_phrases=paper_phases(GENESIS_NS)))
    chain = StakeChain(TXS, states={"mint": issuance})
    chain.ok(ALICE, *(delegate(ALICE, number, FUNDS // 100) for number in range(TXS)))
    spent = []
    for _ in range(ROUNDS):
        txs = [chain.tx(ALICE, make(number), ahead=number, gas=1_000_000, price=0) for number in range(TXS)]
        spent.append((_block_ns(chain, txs) - _block_ns(chain, ())) / TXS)
    return statistics.median(spent[ROUNDS // 4 :]) / 1e3


def _block_ns(chain: StakeChain, txs: Sequence[bytes]) -> int:
    block = chain.next_block()
    begin = time.process_time_ns()
    for tx in txs:
        chain.machine.check_tx(tx)
    result = chain.machine.finalize_block(BlockRequest(block=block, txs=tuple(txs)))
    chain.machine.commit()
    spent = time.process_time_ns() - begin
    if any(each.code for each in result.tx_results):
        sys.exit(f"a transaction failed: {result.tx_results}")
    return spent


def withdraw(number: int) -> MsgWithdrawDelegatorReward:
    """Return a message by which Alice takes what her bond behind a validator has earned."""
    return MsgWithdrawDelegatorReward(delegator_address=ALICE.address, validator_address=owner_of(number).address)


def measure(delegators: int) -> dict[str, float]:
    """Return all figures."""
    gc.disable()
    few, many = empty_blocks_ms((staked_machine(100), staked_machine(delegators)))
    transfer = transaction_us(lambda _: send(ALICE.address, BOB.address, 1))
    bond = transaction_us(lambda number: delegate(ALICE, number, UNIT))
    withdrawal = transaction_us(withdraw)
    return {
        "delegators": delegators,
        "empty_block_ms": round(many, 3),
        "empty_block_of_100_ms": round(few, 3),
        "ratio_to_100_delegators": round(many / few, 3),
        "transfer_us": round(transfer, 1),
        "delegate_us": round(bond, 1),
        "delegate_to_transfer": round(bond / transfer, 2),
        "withdraw_us": round(withdrawal, 1),
        "withdraw_to_transfer": round(withdrawal / transfer, 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delegators", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    found = measure(arguments.delegators)
    if arguments.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:26} {value}")


if __name__ == "__main__":
    main()
