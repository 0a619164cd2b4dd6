"""What a signed transfer costs: check, execute, commit, without an engine.

Distinct senders on a chain of many accounts, on disk with fsync. Every stage is CPU time of this process;
the stages add up to the total. It ends by checking every result, every balance and a replay.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from qos.base.blocktime import SECOND_NS
from qos.base.identifiers import BASE_DENOM, Address
from qos.chains.public import PUBLIC
from qos.crypto import keys, secp256k1
from qos.lightclient.hashes import results_hash
from qos.machine import signing
from qos.machine.abci import BlockRequest, BlockResult
from qos.machine.admission import Admission
from qos.machine.chain import Account
from qos.machine.context import BlockInfo
from qos.machine.machine import Machine
from qos.modules.assets.bank.pools import COMMUNITY_POOL
from qos.modules.economics.fees.operations import COLLECTOR
from qos.node import memory
from qos.proto import codec
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend, QueryBalanceRequest, QueryBalanceResponse
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_signing_v1beta1 import SignMode
from qos.proto.records.cosmos_tx_v1beta1 import (
    AuthInfo,
    Fee,
    ModeInfo,
    ModeInfoSingle,
    SignDoc,
    SignerInfo,
    TxBody,
    TxRaw,
)
from qos.store.io.lmdb import open_store
from qos.testing.chain import genesis_document

CHAIN_ID = "qos-1"
GENESIS_NS = 1_767_225_600 * SECOND_NS
GAS, GAS_PRICE, FUNDS, AMOUNT = 40_000, 10**10, 10**20, 7
STAGES = ("decode", "verify", "admit", "execute", "state", "events")


class Clock:
    """CPU seconds by stage."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(STAGES, 0.0)

    def add(self, stage: str, since: float) -> float:
        """Book the CPU time since a reading; returns a new reading."""
        now = time.process_time()
        self.spent[stage] += now - since
        return now


def address_of(index: int) -> Address:
    """Return the address of a sender or of an account that only holds."""
    return Address(sha256(b"holder%d" % index).digest()[:20])


def genesis(senders: list[bytes], accounts: int) -> bytes:
    """Return a genesis with all senders and enough other holders."""
    people = [secp256k1.address(key) for key in senders]
    people += [address_of(index) for index in range(accounts - len(senders))]
    document = genesis_document(PUBLIC, chain_id=CHAIN_ID, funds=dict.fromkeys(people, FUNDS), gas_price=GAS_PRICE)
    return json.dumps(document).encode()


def signed(private: bytes, public: bytes, number: int, sequence: int, to: Address, gas: int = GAS) -> bytes:
    """Return a signed transfer that pays for so much gas."""
    sender = secp256k1.address(public)
    send = MsgSend(from_address=sender, to_address=to, amount=(Coin(denom=BASE_DENOM, amount=AMOUNT),))
    body = codec.encode(TxBody(messages=(codec.pack(send),)))
    signer = SignerInfo(
        public_key=keys.secp256k1_key(public),
        mode_info=ModeInfo(single=ModeInfoSingle(mode=SignMode.SIGN_MODE_DIRECT)),
        sequence=sequence,
    )
    fee = Fee(amount=(Coin(denom=BASE_DENOM, amount=gas * GAS_PRICE),), gas_limit=gas)
    auth = codec.encode(AuthInfo(signer_infos=(signer,), fee=fee))
    document = SignDoc(body_bytes=body, auth_info_bytes=auth, chain_id=CHAIN_ID, account_number=number)
    signature = secp256k1.sign(private, sha256(codec.encode(document)).digest())
    return codec.encode(TxRaw(body_bytes=body, auth_info_bytes=auth, signatures=(signature,)))


def time_state(machine: Machine, clock: Clock) -> None:
    """Book what the machine's store does as `state`."""
    for name in ("apply", "commit"):
        setattr(machine.store, name, _booked(clock, getattr(machine.store, name)))


def _booked(clock: Clock, call: Callable[..., object]) -> Callable[..., object]:
    def booked(*args: object, **kwargs: object) -> object:
        began = time.process_time()
        answer = call(*args, **kwargs)
        clock.add("state", began)
        return answer

    return booked


def run_block(machine: Machine, clock: Clock, block: BlockInfo, txs: list[bytes], first: int) -> bytes:
    """Check, execute and commit one block, booking every stage; returns the app hash.

    Decoding and verifying are timed apart, on values of their own; the rest of the check is admission.
    """
    decoding, verifying = decode_and_verify(txs, first)
    now = time.process_time()
    checks = [machine.check_tx(tx) for tx in txs]
    checking = time.process_time() - now
    refused = [check.log for check in checks if check.code]
    if refused:
        sys.exit(f"a transfer was refused: {refused[0]}")
    clock.spent["decode"] += decoding
    clock.spent["verify"] += verifying
    clock.spent["admit"] += checking - decoding - verifying
    state_before, now = clock.spent["state"], time.process_time()
    result = machine.finalize_block(BlockRequest(block=block, txs=tuple(txs)))
    now = clock.add("execute", now)
    answer(result)
    now, app_hash = clock.add("events", now), result.app_hash
    # As in a node, what is answered is gone before the commit, and the collector does not look through it.
    del result
    machine.commit()
    memory.after_block()
    clock.add("execute", now)
    clock.spent["execute"] -= clock.spent["state"] - state_before
    return app_hash


def answer(result: BlockResult) -> None:
    """Hash and encode what a block did; exits when a transfer failed."""
    results_hash(result.tx_results)
    for executed in result.tx_results:
        codec.encode(executed)
    if any(executed.code for executed in result.tx_results):
        sys.exit("a transfer failed in its block")


def decode_and_verify(txs: list[bytes], first: int) -> tuple[float, float]:
    """Return the seconds that decoding and verifying take; what was decoded is forgotten."""
    fresh = Admission(PUBLIC)
    now = time.process_time()
    decoded = [fresh.decode(tx) for tx in txs]
    decoding = time.process_time() - now
    now = time.process_time()
    for number, tx in enumerate(decoded, first):
        info = tx.auth_info.signer_infos[0]
        assert info.public_key is not None
        account = Account(address=tx.signers[0], number=number, sequence=0, public_key=None)
        signing.verify_signer(CHAIN_ID, tx, account, info, info.public_key, tx.raw.signatures[0])
    return decoding, time.process_time() - now


def block_info(height: int) -> BlockInfo:
    """Return the block of a height, one second apart."""
    return BlockInfo(chain_id=CHAIN_ID, height=height, time_ns=GENESIS_NS + height * SECOND_NS)


def prepare(options: argparse.Namespace) -> tuple[bytes, list[list[bytes]]]:
    """Return the genesis and the signed transfers of every block."""
    senders = [sha256(b"bench%d" % index).digest() for index in range(options.senders)]
    publics = [secp256k1.public_key(key) for key in senders]
    people = options.accounts - options.senders
    blocks = []
    for turn in range(options.blocks):
        places = range(options.senders)
        blocks.append(
            [signed(senders[i], publics[i], i, turn, address_of((i * 7919 + turn * 104_729) % people)) for i in places],
        )
    return genesis(publics, options.accounts), blocks


def run(options: argparse.Namespace, folder: Path, document: bytes, blocks: list[list[bytes]]) -> tuple[Clock, bytes]:
    """Run all blocks on a fresh store; returns the times and the last app hash."""
    machine = Machine(PUBLIC, open_store(folder, PUBLIC.stores, keep_versions=20))
    machine.init_chain(document)
    machine.finalize_block(BlockRequest(block=block_info(1), txs=()))
    machine.commit()
    memory.settle(memory.BETWEEN_BLOCKS)
    clock = Clock()
    time_state(machine, clock)
    app_hash = b""
    for turn, txs in enumerate(blocks):
        app_hash = run_block(machine, clock, block_info(turn + 2), txs, 0)
    check_balances(machine, options, blocks)
    machine.store.close()
    return clock, app_hash


def check_balances(machine: Machine, options: argparse.Namespace, blocks: list[list[bytes]]) -> None:
    """Exit unless senders paid and all balances add up."""
    machine.check_invariants()
    # Nobody votes here: what the blocks before collected went on to the community pool.
    held = sum(balance(machine, account) for account in (COLLECTOR, COMMUNITY_POOL))
    if held != options.senders * len(blocks) * GAS * GAS_PRICE:
        sys.exit("the collected fees do not add up")


def balance(machine: Machine, account: Address) -> int:
    """Return what an account holds, in aqos."""
    request = QueryBalanceRequest(address=account, denom=BASE_DENOM)
    answer = machine.query("/cosmos.bank.v1beta1.Query/Balance", codec.encode(request), 0, prove=False)
    held = codec.decode(QueryBalanceResponse, answer.value).balance
    return 0 if held is None else held.amount


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--senders", type=int, default=3_000, help="distinct senders, one transfer each a block")
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    document, blocks = prepare(options)
    with tempfile.TemporaryDirectory() as folder:
        clock, app_hash = run(options, Path(folder) / "first", document, blocks)
        _, replayed = run(options, Path(folder) / "second", document, blocks)
    if app_hash != replayed:
        sys.exit("the replay gave another app hash")
    count = options.senders * options.blocks
    rows = {stage: round(clock.spent[stage] / count * 1e6, 1) for stage in STAGES}
    total = round(sum(clock.spent.values()) / count * 1e6, 1)
    if options.json:
        print(json.dumps({"cpu_us_per_transfer": total, "stages": rows, "transfers": count}))
        return
    for stage, spent in rows.items():
        print(f"{stage:>8} {spent:8.1f} us")
    print(f"{'total':>8} {total:8.1f} us CPU a transfer, {count} transfers on {options.accounts} accounts")


if __name__ == "__main__":
    main()
