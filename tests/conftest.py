"""What every test run shares: long and short runs, and the table of vectors."""

import os
from collections import Counter

import hypothesis
import pytest

from tools import vector_claims

VECTOR_PROPERTY = "vector_cases"
LONG_RUN = os.environ.get("QOS_LONG") == "1"

hypothesis.settings.register_profile("short", max_examples=25, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("long", max_examples=2_000, deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("long" if LONG_RUN else "short")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --vector-report: print files and cases per kind, and fail when a kind is unknown or empty."""
    parser.addoption("--vector-report", action="store_true", help="print and check the table of vectors")


@pytest.fixture(scope="session")
def long_run() -> bool:
    """Say whether this is `make test-long`: tests then use the large counts instead of the short seeds."""
    return LONG_RUN


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave long tests to long runs."""
    left_out = [item for item in items if item.get_closest_marker("long") and not LONG_RUN]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a --vector-report run whose table has gaps."""
    if _reports_vectors(session.config) and session.exitstatus == pytest.ExitCode.OK and _gaps(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of vectors, or loudly that there are none."""
    if not config.getoption("--vector-report"):
        return
    folder = vector_claims.vectors_folder()
    terminalreporter.section(f"vectors in {folder}")
    if not folder.is_dir():
        terminalreporter.line(
            f"NO VECTORS: {folder} does not exist, so no vector was tried. Set QOS_VECTORS.", red=True
        )
        return
    for line in vector_claims.table(folder, vector_claims.declared_kinds(), _passed_cases(config)):
        terminalreporter.line(line)
    for entry in vector_claims.not_yet():
        count = len(vector_claims.matching(folder, entry.files))
        terminalreporter.line(f"not yet: {', '.join(entry.files)} ({count} files): {entry.reason}")
    for gap in _gaps(config):
        terminalreporter.line(f"FAILED {gap}", red=True)


def _reports_vectors(config: pytest.Config) -> bool:
    is_worker = hasattr(config, "workerinput")
    return bool(config.getoption("--vector-report")) and not is_worker and vector_claims.vectors_folder().is_dir()


def _gaps(config: pytest.Config) -> list[str]:
    folder, kinds = vector_claims.vectors_folder(), vector_claims.declared_kinds()
    unclaimed = vector_claims.claim_errors(folder, kinds, vector_claims.not_yet())
    return unclaimed + vector_claims.coverage_errors(folder, kinds, _passed_cases(config))


def _passed_cases(config: pytest.Config) -> Counter[str]:
    """Sum the cases that passing tests reported, by file; reports from parallel workers carry them too."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    total: Counter[str] = Counter()
    for report in reporter.stats.get("passed", []) if reporter else []:
        for name, value in report.user_properties:
            if name == VECTOR_PROPERTY:
                total[value["file"]] += value["cases"]
    return total
