"""The 28 years of issuance by the chain's own rules: about 294 million blocks, to the last aqos.

The times are irregular: 147 stretches of 3 000 blocks that come early, late, at once, after missing blocks or after a
halt of days, and between them long steady stretches of one interval each, from 2.7 to 3.3 s. The full run makes
every block; `--sampled` makes the steady ones many at once (`modules/economics/mint/issuance.py` says why that is
exact). Both print how many blocks they executed and a digest of (height, minted so far) at the same heights. The last
blocks are made by a machine with the mint, from a genesis exported there: the supply at the end is read from its state.
"""

import argparse
import json
import random
import resource
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from qos.base.blocktime import MILLISECOND_NS, parse_rfc3339, rfc3339
from qos.base.identifiers import BASE_DENOM, Address, format_address
from qos.machine.abci import BlockRequest
from qos.machine.chain import Chain
from qos.machine.context import BlockInfo, ReadContext
from qos.machine.machine import Machine
from qos.modules.assets.accounts import operations as accounts
from qos.modules.assets.accounts.module import ACCOUNTS
from qos.modules.assets.bank import operations as bank
from qos.modules.assets.bank.module import bank_module
from qos.modules.economics.fees import operations as fees
from qos.modules.economics.fees.module import FEES
from qos.modules.economics.mint.issuance import Issuance, Terms
from qos.modules.economics.mint.module import MINT
from qos.modules.economics.mint.paper import GENESIS_SUPPLY, PHASE_S, PHASE_TOTALS
from qos.modules.economics.mint.params import filled
from qos.proto.records.qos_mint_v1 import Params
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore

GENESIS_MS = parse_rfc3339("2026-01-01T00:00:00Z") // MILLISECOND_NS
PHASE_MS = PHASE_S * 1_000
CYCLES = 147
"""Irregular stretches, 21 a phase; each is followed by a steady one."""

IRREGULAR_BLOCKS = 3_000
LAST_BLOCKS = 1_000
"""How far before the end of the last phase, at 3 s a block, the machine takes over."""

SEED = 28
HOLDER = Address(b"h" * 20)
CHAIN_ID = "economy-1"
ISSUING = Chain(
    kind="issuance",
    app_version=1,
    modules=(ACCOUNTS, bank_module(fees.value_fee), FEES, MINT),
    accounts=accounts.HOOKS,
    charge=fees.charge,
    collect=fees.collect,
    gas_price=fees.gas_price,
)


def cpu_s() -> float:
    """Return the CPU seconds of this process so far, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def irregular(chance: random.Random) -> Iterator[int]:
    """Yield intervals between blocks in ms: most about 3 s, some at once, late or after missing blocks, one halt."""
    halt = chance.randrange(IRREGULAR_BLOCKS)
    for number in range(IRREGULAR_BLOCKS):
        draw = chance.randrange(100)
        if number == halt:
            yield chance.randrange(86_400_000)
        elif draw < 90:
            yield chance.randrange(2_000, 4_000)
        elif draw < 95:
            yield chance.randrange(2)
        else:
            yield chance.randrange(6_000, 60_000)


def run(*, sampled: bool) -> tuple[Issuance, str, int]:
    """Run until shortly before the end. Returns where issuance stands, the digest, and how many heights are in it."""
    terms = [
        Terms(begin_ms=GENESIS_MS + number * PHASE_MS, end_ms=GENESIS_MS + (number + 1) * PHASE_MS, total=total)
        for number, total in enumerate(PHASE_TOTALS)
    ]
    issuance, chance, digest, samples = Issuance(terms, filled(Params())), random.Random(SEED), sha256(), 0
    last_ms = terms[-1].end_ms - LAST_BLOCKS * 3_000
    issuance.block(GENESIS_MS + 3_000)
    for cycle in range(1, CYCLES + 1):
        for interval_ms in irregular(chance):
            issuance.block(issuance.time_ms + interval_ms)
        digest.update(b"%d %d\n" % (issuance.height, issuance.minted))
        interval_ms = chance.randrange(2_700, 3_300)
        until_ms = GENESIS_MS + (last_ms - GENESIS_MS) * cycle // CYCLES
        blocks = (until_ms - issuance.time_ms) // interval_ms
        if sampled:
            issuance.steady(interval_ms, blocks)
        else:
            issuance.each(interval_ms, blocks)
        digest.update(b"%d %d\n" % (issuance.height, issuance.minted))
        samples += 2
    return issuance, digest.hexdigest(), samples


def exported(issuance: Issuance) -> dict[str, Any]:
    """Return a genesis that goes on where issuance stands."""
    phases = [
        {
            "endtime": rfc3339(each.end_ms * MILLISECOND_NS),
            "total_amount": str(each.total),
            "applied_amount": str(applied),
        }
        for each, applied in zip(issuance.terms, issuance.applied, strict=True)
    ]
    clock = {"phase": issuance.phase, "position": issuance.position, "sum_ms": issuance.sum_ms, "minted": "0"}
    slots = [
        {"slot": slot, "interval_ms": interval_ms}
        for slot, interval_ms in enumerate(issuance.slots)
        if interval_ms != issuance.rules.block_ms
    ]
    held = str(GENESIS_SUPPLY + issuance.minted)
    balances = [{"address": format_address(HOLDER), "coins": [{"denom": BASE_DENOM, "amount": held}]}]
    key = {"type": "tendermint/PubKeyEd25519", "value": "dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnY="}
    return {
        "chain_id": CHAIN_ID,
        "genesis_time": rfc3339(issuance.time_ms * MILLISECOND_NS),
        "initial_height": str(issuance.height + 1),
        "validators": [{"pub_key": key, "power": "10"}],
        "app_state": {
            "accounts": {},
            "bank": {"assets": [{"denom": BASE_DENOM}], "balances": balances},
            "fees": {"params": {"denom": BASE_DENOM, "gas_price": "0", "value_fee_cap": "0"}},
            "mint": {
                "inflation_phrases": phases,
                "start": rfc3339(GENESIS_MS * MILLISECOND_NS),
                "clock": clock,
                "intervals": slots,
            },
        },
    }


def finish(issuance: Issuance) -> tuple[int, int]:
    """Make the last blocks with a machine; returns the supply in its state and how many blocks it made."""
    machine = Machine(ISSUING, MultiStore(MemoryBackend(), ISSUING.stores))
    machine.init_chain(json.dumps(exported(issuance)).encode())
    chance, time_ms, height = random.Random(SEED + 1), issuance.time_ms, issuance.height
    while time_ms < issuance.terms[-1].end_ms + 60_000:
        time_ms += chance.randrange(1, 6_000)
        height += 1
        block = BlockInfo(chain_id=CHAIN_ID, height=height, time_ns=time_ms * MILLISECOND_NS)
        machine.finalize_block(BlockRequest(block=block, txs=()))
        machine.commit()
    state = ReadContext(machine.store.reader(), BlockInfo(chain_id=CHAIN_ID, height=height, time_ns=0))
    return bank.supply(state, BASE_DENOM), height - issuance.height


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sampled", action="store_true", help="make steady blocks many at once")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    before = cpu_s()
    issuance, digest, samples = run(sampled=options.sampled)
    executed = issuance.executed
    supply, made = finish(issuance)
    figures: dict[str, object] = {
        "final_supply_aqos": str(supply),
        "blocks": issuance.height + made,
        "blocks_executed": executed + made,
        "sampled_heights": samples,
        "digest": digest,
        "cpu_s": round(cpu_s() - before, 1),
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<18} {value}")


if __name__ == "__main__":
    main()
