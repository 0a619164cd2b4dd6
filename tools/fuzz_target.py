"""One fuzz target under atheris; `tools.fuzz` runs it: `python -m tools.fuzz_target NAME FOLDER [options]`."""

import sys
import time

import atheris

with atheris.instrument_imports(include=["qos"], enable_loader_override=False):
    from qos.testing import fuzz_targets
    from qos.testing.fuzzing import SLOWEST_S

TARGETS = {target.name: target for target in fuzz_targets.TARGETS}


def main() -> None:
    """Fuzz until the time is over or something breaks."""
    name, *options = sys.argv[1:]
    target = TARGETS[name]
    target.seeds()

    def attempt(data: bytes) -> None:
        # Processor time: on a busy host whoever waits for a processor is not slow.
        began = time.process_time()
        target.attempt(data)
        spent_s = time.process_time() - began
        assert spent_s <= SLOWEST_S, f"{spent_s:.1f} s of CPU for one input"

    atheris.Setup([sys.argv[0], *options], attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
