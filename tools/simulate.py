"""Live public chains at random: `python -m tools.simulate --seeds 20 --blocks 500` (`make simulate`).

After every block all invariants run; half way the state is exported, and two chains started from it must have the same
app hash for the rest of their lives. The seed is printed before a life begins.
"""

import argparse
import time

from qos.testing.simulation import live_and_go_on


def main() -> None:
    """Live the seeds and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--blocks", type=int, default=500)
    options = parser.parse_args()
    for seed in range(options.first, options.first + options.seeds):
        before = time.monotonic()
        print(f"seed {seed}: ", end="", flush=True)
        accepted, refused = live_and_go_on(seed, options.blocks)
        took = time.monotonic() - before
        print(f"{options.blocks} blocks, {accepted} transactions, {refused} refused, {took:.0f} s", flush=True)


if __name__ == "__main__":
    main()
