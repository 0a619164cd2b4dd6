"""No vector file is forgotten: each is claimed by a test here or listed in not_yet.toml with its reason."""

from pathlib import Path

from tools.vector_claims import claim_errors, declared_kinds, not_yet


def test_every_vector_file_is_claimed_or_put_off_with_a_reason(vector_folder: Path) -> None:
    assert claim_errors(vector_folder, declared_kinds(), not_yet()) == []
