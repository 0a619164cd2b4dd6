"""The worked numbers of docs/economy.md are what the chain's own functions give (WP 2.1, 3.3.2, 3.5)."""

import re
from pathlib import Path

import pytest

from qos.modules.economics.distribution import formulas as shares
from qos.modules.economics.mint.formulas import block_cap, block_reward
from qos.modules.economics.mint.paper import GENESIS_SUPPLY, PHASE_S, PHASE_TOTALS
from qos.testing.mint_world import digits

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "economy.md").read_text()
QOS = 10**18
PHASE_MS = PHASE_S * 1_000
ROWS = re.findall(r"^\| (\d) \| ([\d ]+) \| ([\d ]+) \| ([\d.]+) \|$", TEXT, re.MULTILINE)


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def test_the_table_of_phases_is_computed() -> None:
    assert len(ROWS) == len(PHASE_TOTALS)
    for (number, mints, blocks, reward), total in zip(ROWS, PHASE_TOTALS, strict=True):
        assert mints == spaced(total // QOS), number
        assert blocks == spaced(PHASE_S // 3)
        assert reward == digits(total // (PHASE_S // 3), len(reward.split(".")[1]))
    assert f"{spaced(GENESIS_SUPPLY // QOS)} QOS exist, 49 %" in TEXT
    assert GENESIS_SUPPLY + sum(PHASE_TOTALS) == 10**28


def test_the_rewards_after_a_halt_are_computed() -> None:
    total, halt_ms = PHASE_TOTALS[0], 864_000_000
    cap = block_cap(total, PHASE_MS, 3_000, 20)
    told = []
    for percent in (0, 50, 90):
        rest, left = total * (100 - percent) // 100, PHASE_MS * (100 - percent) // 100 - halt_ms
        told.append(digits(block_reward(rest, 999 * 3_000 + 30_000, 1_000, left, cap), 2))
    assert f"mints {told[0]} QOS if the halt begins\n  with the phase, {told[1]} halfway, {told[2]} at 90 %" in TEXT
    assert f"at most {digits(cap, 2)} QOS" in TEXT


def worked() -> dict[str, int]:
    """Return the worked block in aqos."""
    minted, fees = 6_064 * QOS // 100, QOS // 2
    proposer = shares.proposer_reward(minted, 4 * QOS // 100)
    shared = minted + fees - proposer
    parts, rest = shares.validator_rewards(shared, [each * 1_000 * QOS for each in (1, 2, 3, 4)])
    assert sum(parts) + rest == shared
    commission = shares.commission(parts[3], QOS // 10)
    step, _ = shares.index_step(parts[3] - commission, 0, 4_000 * QOS)
    return {
        "to the proposer": proposer,
        "shared by the four": shared,
        "part of the fourth": parts[3],
        "its commission": commission,
        "to its bonds": parts[3] - commission,
        "to the delegator": shares.payable(shares.earned(1_200 * QOS, step, 0))[0],
    }


@pytest.mark.parametrize("name", list(worked()))
def test_the_worked_block_is_computed(name: str) -> None:
    found = re.search(rf"^\| {name} \| ([\d.]+) \|$", TEXT, re.MULTILINE)
    assert found is not None
    whole, fraction = found[1].split(".")
    told = int(whole) * QOS + int(fraction.ljust(18, "0"))
    # The index is rounded down to 2^-128 aqos: a delegator may get one aqos less than the exact fraction.
    assert 0 <= told - worked()[name] <= (1 if name == "to the delegator" else 0)
