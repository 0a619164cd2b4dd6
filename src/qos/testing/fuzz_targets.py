"""Every decoder of what comes from outside, for `make test` and `make fuzz` alike."""

from qos.testing import fuzz_claims, fuzz_edges, fuzz_engines, fuzz_files, fuzz_homes, fuzz_ranges, fuzz_rules

TARGETS = (
    *fuzz_rules.TARGETS,
    *fuzz_edges.TARGETS,
    *fuzz_files.TARGETS,
    *fuzz_engines.TARGETS,
    *fuzz_ranges.TARGETS,
    *fuzz_claims.TARGETS,
    *fuzz_homes.TARGETS,
)
