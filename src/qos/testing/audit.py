"""`python -m qos.testing.audit --home DIR`: run every invariant of a chain over the state of a node's home.

The build that made the state has to look at it. Prints one JSON object; a broken invariant is an error.
"""

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from qos.base.identifiers import BASE_DENOM
from qos.base.strictjson import render_json
from qos.machine.context import BlockInfo, ReadContext
from qos.machine.machine import Machine
from qos.modules.assets.bank import operations as bank
from qos.modules.economics.mint import phases
from qos.modules.validators.staking import operations as staking
from qos.node.chain_lists import chain_of
from qos.node.config import ChainConfig, load_config
from qos.node.home import ChainHome
from qos.node.reading import opened_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was looked at: the newest state of a public chain; amounts in aqos."""

    height: int
    app_hash: str
    invariants: int
    supply: int
    minted: int
    bonded: int


def audit(home: ChainHome) -> Audit:
    """Run the invariants of a public chain. Raises: InvariantBroken, StoreError, BadConfig."""
    chain = chain_of(load_config(ChainConfig, home.config_file).kind)
    store = opened_state(home, chain)
    try:
        machine = Machine(chain, store)
        machine.check_invariants()
        ctx = ReadContext(store.reader(), BlockInfo(chain_id="", height=store.version, time_ns=0))
        return Audit(
            height=store.version,
            app_hash=store.app_hash.hex(),
            invariants=sum(len(module.invariants) for module in chain.modules),
            supply=bank.supply(ctx, BASE_DENOM),
            minted=sum(phase.applied_amount for phase in phases.all_phases(ctx)),
            bonded=sum(member.tokens for member in staking.bonded_set(ctx).members),
        )
    finally:
        store.close()


def main() -> None:
    """Look at a home and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    sys.stdout.write(render_json(asdict(audit(ChainHome(parser.parse_args().home)))) + "\n")


if __name__ == "__main__":
    main()
