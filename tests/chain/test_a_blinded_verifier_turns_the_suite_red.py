"""Each verifier that only claims instead of proving is noticed by the tests of its part."""

import pytest

from tools.blind_verifiers import NoSuchVerifier, blinded, complaint
from tools.vector_claims import vectors_folder
from tools.verifier import Verifier
from tools.verifiers import VERIFIERS

SOURCE = '''class A:
    def prove(self, value: int) -> int:
        """Say so."""
        if value:
            raise ValueError
        return value

    def other(self) -> int:
        return 1
'''


@pytest.mark.timeout(600)
@pytest.mark.parametrize("verifier", VERIFIERS, ids=lambda verifier: verifier.name.replace(" ", "_"))
def test_the_suite_is_green_with_the_verifier_and_red_without(verifier: Verifier) -> None:
    if verifier.needs_vectors and not vectors_folder().is_dir():
        pytest.skip(f"NO VECTORS in {vectors_folder()}, and the tests of this verifier read them")
    assert complaint(verifier) is None


def test_only_the_body_is_replaced() -> None:
    expected = "class A:\n    def prove(self, value: int) -> int:\n        return value\n\n"
    assert blinded(SOURCE, "A.prove", "return value").startswith(expected + "    def other(self)")


def test_a_verifier_that_is_gone_is_reported() -> None:
    with pytest.raises(NoSuchVerifier):
        blinded(SOURCE, "prove", "return value")
