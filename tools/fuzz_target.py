"""One fuzz target under atheris; `tools.fuzz` runs it: `python -m tools.fuzz_target NAME FOLDER [options]`."""

import sys

import atheris

with atheris.instrument_imports(include=["qos"], enable_loader_override=False):
    from qos.testing import fuzz_edges, fuzz_engines, fuzz_files, fuzz_ranges, fuzz_rules

ALL = (*fuzz_rules.TARGETS, *fuzz_edges.TARGETS, *fuzz_files.TARGETS, *fuzz_engines.TARGETS, *fuzz_ranges.TARGETS)
TARGETS = {target.name: target for target in ALL}


def main() -> None:
    """Fuzz until the time is over or something breaks."""
    name, *options = sys.argv[1:]
    target = TARGETS[name]
    target.seeds()

    def attempt(data: bytes) -> None:
        target.attempt(data)

    atheris.Setup([sys.argv[0], *options], attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
