"""Whatever bytes a decoder is given, it answers or refuses as it declares, at once. `make fuzz` tries for longer."""

import random
import time
from base64 import b64decode
from pathlib import Path

import pytest

from qos.testing import fuzz_homes
from qos.testing.fuzz_targets import TARGETS
from qos.testing.fuzzing import SLOWEST_S, Target, damaged

CORPUS = Path(__file__).parent / "corpus"
SHORT, LONG = 300, 20_000


def corpus_of(target: Target) -> list[bytes]:
    file = CORPUS / f"{target.name}.txt"
    return [b64decode(line) for line in file.read_text().split()] if file.is_file() else []


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_decoder_answers_or_refuses_as_it_declares(target: Target, long_run: bool) -> None:
    inputs = [*target.seeds(), *corpus_of(target), b""]
    for data in inputs:
        target.attempt(data)
    chance = random.Random(target.name)
    for _ in range(LONG if long_run else SHORT):
        data = damaged(chance, chance.choice(inputs), chance.choice(inputs))
        began = time.process_time()
        target.attempt(data)
        assert time.process_time() - began < SLOWEST_S, data[:200]


def test_good_input_is_accepted_by_the_decoders_that_check_their_input() -> None:
    checked = {"tx", "packet", "proof", "light-block", "commit-json", "validators-json", "evidence-json", "genesis"}
    checked |= {
        "range",
        "batch-proof",
        "snapshot-manifest",
        "snapshot-items",
        "resume-point",
        "sign-log",
        "multisig-file",
    }
    checked |= {"certificate", "bech32", "address", "hex-address", "keystore", "phrase", "amounts", "search"}
    checked |= {"node-record", "founder", "holdings", "rotation", "evidence", "node-key", "sign-state", "relay-keys"}
    checked |= {target.name for target in fuzz_homes.TARGETS}
    for target in TARGETS:
        if target.name in checked:
            assert any(target.attempt(seed) for seed in target.seeds()), target.name


def test_names_are_unique_and_the_corpus_belongs_to_them() -> None:
    names = [target.name for target in TARGETS]
    assert len(set(names)) == len(names)
    assert {file.stem for file in CORPUS.glob("*")} <= set(names)
