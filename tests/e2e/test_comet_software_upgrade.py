"""The upgrade on CometBFT: the application ends at the planned height, the second build goes on below the engine."""

from pathlib import Path
from typing import Any

import pytest

from qos.node.program import EXIT_REFUSED
from qos.testing import second_build
from qos.testing.comet_node import DEADLINE_S, CometNode, genesis_of
from qos.testing.engine_program import engine_program

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
HEIGHT = 8
START = "from qos.node.run_app import main; sys.exit(main())"


def planned(key: str) -> dict[str, Any]:
    document = genesis_of(key)
    document["app_state"]["upgrade"] = {"plan": {"name": second_build.NAME, "height": str(HEIGHT)}}
    return document


def test_cometbft_goes_on_with_the_second_build(tmp_path: Path) -> None:
    source = second_build.build(tmp_path / "second")
    second = (
        "-c",
        f"import sys; sys.path.insert(0, {str(source)!r}); from qos.node.run_app import main; sys.exit(main())",
    )
    node = CometNode(engine_program(), tmp_path / "node", block_ms=100, genesis=planned)
    try:
        node.start()
        assert node.app is not None
        assert node.app.wait(DEADLINE_S) == EXIT_REFUSED
        assert "knows upgrade 'second'" in (node.home.folder / "errors").read_text()
        node.kill(node.engine)
        node.start_engine(node.start_app(program=second))
        node.until_answers()
        node.until_height(HEIGHT + 3)
        answer = node.call("abci_query", path="/cosmos.upgrade.v1beta1.Query/AppliedPlan", data=b"\n\x06second".hex())
        assert answer["response"]["value"] == "CAg="  # height 8
    finally:
        node.close()
