"""`python -m qos.testing.check_adapter package.module:Cases`: run the conformance suite over somebody's adapter.

`Cases` is a subclass of `AdapterConformance` that can be made without arguments. Prints a line a claim; exit code 0
when all hold.
"""

import argparse
import importlib
import os
import sys

from qos.testing.adapter_conformance import AdapterConformance


def main(arguments: list[str] | None = None) -> int:
    """Run all claims; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", help="package.module:Class")
    module_name, _, class_name = parser.parse_args(arguments).cases.partition(":")
    sys.path.insert(0, os.getcwd())
    kind = getattr(importlib.import_module(module_name), class_name or "Cases")
    if not (isinstance(kind, type) and issubclass(kind, AdapterConformance)):
        sys.stderr.write(f"{kind} is no subclass of {AdapterConformance.__name__}\n")
        return 2
    failures = [name for name in claims(kind) if not _holds(kind, name)]
    sys.stdout.write(f"{len(claims(kind)) - len(failures)} of {len(claims(kind))} claims hold\n")
    return 1 if failures else 0


def claims(kind: type[AdapterConformance]) -> tuple[str, ...]:
    """Return the names of all claims, in the order they are written."""
    return tuple([name for each in reversed(kind.__mro__) for name in vars(each) if name.startswith("test_")])


def _holds(kind: type[AdapterConformance], name: str) -> bool:
    try:
        getattr(kind(), name)()
    except AssertionError as error:
        sys.stdout.write(f"FAILS  {name.removeprefix('test_').replace('_', ' ')}: {error}\n")
        return False
    sys.stdout.write(f"holds  {name.removeprefix('test_').replace('_', ' ')}\n")
    return True


if __name__ == "__main__":
    sys.exit(main())
