"""The certificate reader meets random and almost right bytes: it answers or refuses, nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from qos.base.errors import RuleViolation
from qos.crypto import certificates, der
from qos.testing.consortium import consortium

GROUP = consortium()
GOOD = (GROUP.root.certificate, GROUP.member.certificate, GROUP.node("node").certificate)


def reads_or_refuses(data: bytes) -> None:
    try:
        found = certificates.read(data)
    except RuleViolation:
        return
    assert data.startswith(b"\x30")
    assert found.signed in data


@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data: bytes) -> None:
    reads_or_refuses(data)


@given(st.sampled_from(GOOD), st.integers(0, 600), st.binary(max_size=4), st.integers(0, 4))
def test_a_good_certificate_with_a_piece_replaced_is_read_or_refused(
    good: bytes, at: int, piece: bytes, removed: int
) -> None:
    reads_or_refuses(good[:at] + piece + good[at + removed :])


@given(st.lists(st.tuples(st.sampled_from((2, 3, 4, 6, 12, 48, 49, 163)), st.binary(max_size=40)), max_size=8))
def test_well_formed_values_of_any_shape_are_read_or_refused(parts: list[tuple[int, bytes]]) -> None:
    content = b"".join(bytes((tag, len(body))) + body for tag, body in parts)
    assert [(each.tag, each.content) for each in der.values(content)] == parts
    length = bytes((len(content),)) if len(content) < 128 else b"\x82" + len(content).to_bytes(2, "big")
    reads_or_refuses(b"\x30" + length + content)
