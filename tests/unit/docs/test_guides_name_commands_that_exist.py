"""What a guide tells to type exists: every message and query of QCP it names is one the chain declares."""

import re
from pathlib import Path

import pytest

from qos.proto.records.qos_qcp_v1 import MsgServer, QueryServer

GUIDES = sorted((Path(__file__).resolve().parents[3] / "docs" / "guides").glob("*.md"))
DECLARED = {
    verb: {re.sub(r"(?<!^)(?=[A-Z])", "-", method.name).lower() for method in server.methods}
    for verb, server in (("tx", MsgServer), ("query", QueryServer))
}


@pytest.mark.parametrize("guide", GUIDES, ids=[guide.stem for guide in GUIDES])
def test_commands_of_qcp_in_a_guide_exist(guide: Path) -> None:
    for verb, command in re.findall(r"qos (tx|query) qcp ([a-z-]+)", guide.read_text()):
        assert command in DECLARED[verb], f"qos {verb} qcp {command}"
