"""Schemathesis, unmodified: requests made of our OpenAPI document get the statuses and shapes it names, never a 5xx."""

import os
import subprocess
from pathlib import Path

import pytest

from qos.testing.running_network import Network

CLIENT = Path(__file__).parent / "clients" / "schemathesis"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    ",response_headers_conformance"
)
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_a_node_answers_as_its_description_says(network: Network, long_run: bool, tmp_path: Path) -> None:
    examples = "100" if long_run else "2"
    command = [
        *(str(CLIENT / ".venv" / "bin" / "schemathesis"), "run", f"{network.rest['public']}/openapi.json"),
        *(
            "--phases",
            "coverage,fuzzing" if long_run else "fuzzing",
            "--max-examples",
            examples,
            "--seed",
            "1",
            "--checks",
            CHECKS,
            "--no-color",
        ),
    ]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No operations" not in done.stdout
