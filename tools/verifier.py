"""A verifier of the tree as `tools.blind_verifiers` knows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """One function that proves something; `function` is dotted for a method.

    `blind` replaces its whole body and returns what it was told; `tests` are arguments for pytest.
    """

    name: str
    file: str
    function: str
    blind: str
    tests: tuple[str, ...]

    @property
    def needs_vectors(self) -> bool:
        """Say whether its tests read public vectors, so that nothing can be said without them."""
        return any(test.startswith("tests/vectors/") for test in self.tests)
