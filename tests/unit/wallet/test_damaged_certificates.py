"""Certificates and keys of forms nobody issues are refused in words wherever they are read."""

from base64 import b64decode, encodebytes
from pathlib import Path

import pytest

from qos.rpc.backend.callers import CHAIN, LEAF, certificates_in
from qos.rpc.services.status import CallRefused
from qos.testing.consortium import consortium
from qos.wallet.certificates import key_from_pem, key_to_pem
from qos.wallet.errors import BadCaFolder, BadRequest
from qos.wallet.io.ca_folder import CaFolder

VERSION_3, VERSION_4 = bytes.fromhex("a003020102"), bytes.fromhex("a003020103")
ANY_CURVE, NO_ALGORITHM = bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("0607240648ce3d0201")


def pem(label: str, der: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n{encodebytes(der).decode()}-----END {label}-----\n".encode()


def of_version_4(der: bytes) -> bytes:
    assert VERSION_3 in der
    return pem("CERTIFICATE", der.replace(VERSION_3, VERSION_4, 1))


def test_a_caller_with_a_certificate_of_an_unknown_version_is_not_let_in() -> None:
    made = consortium()
    node, member = of_version_4(made.node("node").certificate), of_version_4(made.member.certificate)
    with pytest.raises(CallRefused, match="send the node's certificate"):
        certificates_in({LEAF: [node], CHAIN: [member]})


def test_a_folder_with_a_certificate_of_an_unknown_version_says_which(tmp_path: Path) -> None:
    (tmp_path / "shop.crt").write_bytes(of_version_4(consortium().member.certificate))
    with pytest.raises(BadCaFolder, match=r"shop\.crt"):
        CaFolder(tmp_path).entry("shop")


def test_a_key_of_an_unknown_algorithm_cannot_be_opened() -> None:
    lines = key_to_pem(consortium().root.key).splitlines()
    der = b"".join(lines[1:-1])
    plain = b64decode(der)
    assert ANY_CURVE in plain
    with pytest.raises(BadRequest, match="cannot be opened"):
        key_from_pem(pem("PRIVATE KEY", plain.replace(ANY_CURVE, NO_ALGORITHM, 1)))
