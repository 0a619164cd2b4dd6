"""What `qos doctor` may find wrong, read from its source: each has a test that provokes it."""

import ast
from pathlib import Path

from qos.node import doctor

HERE = Path(__file__).parent
PROVOKED = {
    ("app hash", "problem"): "a state that is not that of the blocks",
    ("blocks", "problem"): "test_a_block_that_does_not_follow_is_found_by_reading_all",
    ("clock", "problem"): "test_disk_and_clock_have_bounds",
    ("config", "problem"): "a malformed configuration",
    ("disk", "problem"): "test_disk_and_clock_have_bounds",
    ("disk", "warning"): "test_disk_and_clock_have_bounds",
    ("double sign", "problem"): "test_one_validator_key_in_two_homes_is_a_problem",
    ("engine", "problem"): "an engine below the floor",
    ("genesis", "problem"): "a malformed genesis",
    ("genesis", "warning"): "test_too_few_keys_for_blocks_are_a_warning",
    ("heights", "problem"): "older blocks than state",
    ("home", "problem"): "test_an_empty_folder_is_no_home",
    ("node", "problem"): "test_a_node_whose_newest_block_is_old_is_a_problem",
    ("packages", "problem"): "test_an_old_interpreter_and_a_missing_package_are_problems",
    ("peers", "problem"): "test_a_node_without_any_of_its_peers_is_a_problem",
    ("ports", "problem"): "test_a_taken_port_and_a_silent_process_are_problems",
    ("python", "problem"): "test_an_old_interpreter_and_a_missing_package_are_problems",
    ("secrets", "problem"): "test_keys_another_user_owns_are_a_problem",
    ("sign state", "problem"): "a damaged sign state",
    ("sign state", "warning"): "test_a_key_that_signed_long_before_the_state_is_a_warning",
    ("stores", "problem"): "a cut state",
}
"""What is found, and its test or the fault that a test lists."""


def found_in_source() -> set[tuple[str, str]]:
    """Return name and level of what the modules of the doctor say is wrong."""
    (folder,) = doctor.__path__
    calls = [node for file in Path(folder).glob("*.py") for node in ast.walk(ast.parse(file.read_text()))]
    return {
        (str(call.args[0].value), call.func.id)
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("problem", "warning")
        and isinstance(call.args[0], ast.Constant)
    }


def test_whatever_the_doctor_finds_has_a_test() -> None:
    assert found_in_source() == set(PROVOKED)
    tests = "".join((HERE / name).read_text() for name in ("test_doctor.py", "comet/test_comet_doctor.py"))
    assert [name for name in PROVOKED.values() if name not in tests] == []
