"""Bech32 and Bech32m strings of BIP 173 and BIP 350. Segwit's own rules (versions, lengths) are not ours."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qos.base.bech32 import (
    BECH32,
    BECH32M,
    BadBech32,
    decode,
    decode_words,
    encode_words,
    from_words,
    to_words,
)

KINDS = {"wallet/bech32": ("wallet/bech32*.json",)}
VARIANTS = {"bip173": BECH32, "bip350": BECH32M}
OUR_RULES = re.compile("checksum|case|padding", re.IGNORECASE)


def accept(text: str, variant: int) -> None:
    prefix, words = decode_words(text, variant)
    assert encode_words(prefix, words, variant) == text.lower()


def refuse(text: str, variant: int) -> None:
    with pytest.raises(BadBech32):
        pytest.fail(f"{text!r}: {decode_words(text, variant)}")


def read_program(text: str, script: bytes) -> None:
    _, words = decode_words(text)
    program = from_words(words[1:])
    assert to_words(program) == words[1:]
    version = words[0] + 0x50 if words[0] else 0
    assert bytes([version, len(program)]) + program == script


def refuse_program(text: str) -> None:
    with pytest.raises(BadBech32):
        pytest.fail(f"{text!r}: {from_words(decode_words(text)[1][1:])!r}")


@pytest.mark.vectors("wallet/bech32")
def test_strings_get_their_verdict(vector_file: Path, vector_cases: Callable[[Path, int], None]) -> None:
    vectors: dict[str, Any] = json.loads(vector_file.read_text())
    tried = 0
    for name, variant in VARIANTS.items():
        for title, cases in vectors[name].items():
            tried += sum(try_case(title, case, variant) for case in cases)
    vector_cases(vector_file, tried)


def try_case(title: str, case: dict[str, str], variant: int) -> bool:
    """Try one case; False when it is about a rule that is not ours."""
    if "segwit" not in title:
        (refuse if "not valid" in title else accept)(case["s"], variant)
    elif "script_hex" in case:
        read_program(case["s"], bytes.fromhex(case["script_hex"]))
    elif OUR_RULES.search(case["note"]):
        refuse_program(case["s"])
    else:
        return False
    return True


def test_one_checksum_does_not_pass_as_the_other() -> None:
    for variant, other in ((BECH32, BECH32M), (BECH32M, BECH32)):
        refuse(encode_words("qos", to_words(bytes(20)), variant), other)


def test_decode_refuses_padding_that_is_not_zero() -> None:
    with pytest.raises(BadBech32):
        decode(encode_words("qos", b"\x00\x01"))
